"""The pictures of the help: each was taken in every language, and shows the labels of today."""

import re

import pytest
from PIL import Image

from portal.core.locales import COMPLETE
from portal.help.collection import library
from portal.help.pictures import pictures, taken
from portal.settings import ROOT

NAMED = re.compile(r"!\[([^]]*)\]\(([^)]*)\)")
AGAIN = "run `make screenshots`"


def file_of(lang, name):
    return ROOT / "static/help" / lang / f"{name}.webp"


def test_articles_show_pictures_that_are_listed_and_say_what_they_show():
    for article in library().every():
        for words, name in NAMED.findall(article.body):
            assert name in pictures(), f"{article.lang}/{article.key}.md shows {name}: list it in pictures.toml"
            assert len(words) >= 15, f"{article.lang}/{article.key}.md does not say what {name} shows"


def test_every_listed_picture_is_shown_by_an_article_in_every_language():
    shown = {(article.lang, name) for article in library().every() for _words, name in NAMED.findall(article.body)}
    assert shown == {(lang, name) for lang in COMPLETE for name in pictures()}


@pytest.mark.parametrize("lang", COMPLETE)
def test_pictures_were_taken_in_every_language(lang):
    for name in pictures():
        with Image.open(file_of(lang, name)) as image:
            assert image.format == "WEBP", (lang, name)
            assert image.width >= 500, (lang, name)


@pytest.mark.parametrize("lang", COMPLETE)
def test_pictures_show_the_labels_of_today(app, lang):
    words = app.extensions["templates"][lang].globals["_"]
    for name, picture in pictures().items():
        today = {label: words(label) for label in picture.labels}
        assert taken()[lang][name] == today, f"the picture {name} in {lang} shows other labels: {AGAIN}"
