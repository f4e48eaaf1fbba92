"""Labels in articles are words of the interface: help cannot name a button that does not exist."""

import re

import pytest

from portal.catalogs import extracted
from portal.core.locales import LANGUAGES
from portal.help import labels
from portal.help.collection import library

LABEL = re.compile(r'label\("([^"]*)"\)')


@pytest.fixture(scope="module")
def messages():
    """Every message without context that templates and code mark."""
    return {message.id for message in extracted() if isinstance(message.id, str) and not message.context}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_quoted_labels_exist(lang, messages):
    for article in library().shelf(lang, staff=True):
        unknown = set(LABEL.findall(article.body)) - messages
        assert not unknown, f"{article.lang}/{article.key}.md quotes labels that nothing shows: {sorted(unknown)}"


def test_labels_are_always_written_plainly():
    """What the check above does not recognize it cannot check."""
    for lang in LANGUAGES:
        for article in library().shelf(lang, staff=True):
            assert article.body.count("label(") == len(LABEL.findall(article.body)), article.key


def test_the_list_keeps_nothing_that_no_article_quotes():
    quoted = {word for article in library().shelf("en", staff=True) for word in LABEL.findall(article.body)}
    assert set(labels.HELP_CENTER + labels.STORE + labels.ORGANIZATION) <= quoted
