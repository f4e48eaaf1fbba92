"""Labels in articles are words of the interface, and numbers are those of the rules: neither is ever typed."""

import re

import pytest

from portal.catalogs import extracted
from portal.core.locales import COMPLETE
from portal.help.collection import library

LABEL = re.compile(r'label\("([^"]*)"(?:, "([^"]*)")?\)')
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# What stands in front of a list's entry, and the names of severities.
NUMBERING = re.compile(r"^\s*\d+\.\s|\bS[1-4]\b", re.MULTILINE)
PAIR = re.compile(r'label\("([^"]*)"[^}]*\}\}\**\s*\(([^)]*)\)')


@pytest.fixture(scope="module")
def messages():
    """Every message that templates and code mark, with its context."""
    return {(message.id if isinstance(message.id, str) else message.id[0], message.context or "")
            for message in extracted()}


def unknown(articles, messages):
    """Tell which files quote labels that nothing shows."""
    for article in articles:
        for label in sorted(set(LABEL.findall(article.body)) - messages):
            yield f"{article.lang}/{article.key}.md quotes {label}, which nothing shows"


def test_quoted_labels_exist(messages):
    assert list(unknown(library().every(), messages)) == []


def test_a_label_that_is_gone_is_told_with_the_files_that_quote_it(messages):
    quoted = {(article.lang, article.key): LABEL.findall(article.body) for article in library().every()}
    label = next(label for found in quoted.values() for label in found)
    told = list(unknown(library().every(), messages - {label}))
    assert told == [f"{lang}/{key}.md quotes {label}, which nothing shows"
                    for (lang, key), found in quoted.items() if label in found]


def test_labels_are_always_written_plainly():
    """What the checks above do not recognize they cannot check."""
    for article in library().every():
        assert article.body.count("label(") == len(LABEL.findall(article.body)), f"{article.lang}/{article.key}.md"


def test_translations_quote_the_labels_of_their_source():
    for article in library().every():
        source = library().source(article.key)
        assert sorted(set(LABEL.findall(article.body))) == sorted(set(LABEL.findall(source.body))), (
            f"{article.lang}/{article.key}.md")


@pytest.mark.parametrize("lang", COMPLETE)
def test_no_number_is_typed(lang):
    typed = [f"{article.lang}/{article.key}.md: {line.strip()}"
             for article in library().every() if article.lang == lang
             for line in NUMBERING.sub("", JINJA.sub("", article.body)).splitlines() if re.search(r"\d", line)]
    assert typed == [], "take numbers from p.… or facts.…"


def test_no_second_language_is_typed_behind_a_label():
    typed = [f"{article.lang}/{article.key}.md: {label} ({words})"
             for article in library().every() if article.lang != "en"
             for label, words in PAIR.findall(article.body)
             if words.casefold() == label.casefold() or (article.lang == "th" and re.fullmatch("[A-Za-z ]+", words))]
    assert typed == [], "label(…) shows the second language by itself"
