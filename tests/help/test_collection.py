"""The articles as files: complete, current, and judged with words that name the file and the remedy."""

import shutil

import pytest

from portal.core.locales import LANGUAGES
from portal.help.collection import ARTICLES, OUTDATED, WARNED, ArticleError, fallback, library, load

PUBLIC = ["partner-programme", "manage-customer-account", "priority-support"]
STAFF = "priority-support-staff"


@pytest.fixture
def folder(tmp_path):
    """A copy of the articles that a test may spoil."""
    return shutil.copytree(ARTICLES, tmp_path / "articles")


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_every_article(lang):
    assert [article.key for article in library().shelf(lang)] == PUBLIC
    assert not any(fallback(article, lang) for article in library().shelf(lang, staff=True))
    assert all(len(article.summary) <= 160 for article in library().shelf(lang, staff=True))


def test_no_translation_is_behind():
    assert library().outdated() == []


def test_staff_articles_are_shelved_for_staff_only():
    assert STAFF not in [article.key for article in library().shelf("en")]
    assert STAFF in [article.key for article in library().shelf("en", staff=True)]


@pytest.mark.parametrize("slug", ["priority-support", "asistencia-prioritaria", "support-prioritaire"])
def test_an_article_is_found_by_the_slug_of_any_language(slug):
    assert library().find("fr", slug).slug == "support-prioritaire"


def test_a_missing_translation_is_the_english_article(folder):
    (folder / "th" / "priority-support.md").unlink()
    loaded = load(folder)
    article = loaded.get("priority-support", "th")
    assert (article.lang, fallback(article, "th")) == ("en", True)
    assert loaded.translations("priority-support") == ["en", "es", "fr"]


@pytest.mark.parametrize(("significance", "outdated", "warned"), [(10, 0, False), (20, 3, False), (30, 3, True)])
def test_translations_lag_by_the_significance_of_the_change(folder, significance, outdated, warned):
    source = folder / "en" / "priority-support.md"
    edit(source, "revision = 1", "revision = 2")
    edit(source, "significance = 30", f"significance = {significance}")
    loaded = load(folder)
    assert len(loaded.outdated()) == outdated
    assert (loaded.lag(loaded.get("priority-support", "es")) >= WARNED) is warned
    assert loaded.lag(loaded.source("priority-support")) < OUTDATED


FAULTS = [
    ("es/partner-programme.md", "+++\n", "", "has no front matter", "+++ lines"),
    ("es/partner-programme.md", "based_on = 1\n", "", "based_on is missing", "add based_on"),
    ("en/partner-programme.md", "revision = 1\n", 'revision = "1"\n', "revision is '1'", "whole number"),
    ("fr/partner-programme.md", "order = 10\n", "order = 10\nauthor = 1\n", "author is not known", "remove it"),
    ("fr/partner-programme.md", "order = 10\n", "order = = 10\n", "is not TOML", "correct it"),
    ("fr/priority-support-staff.md", '"staff"', '"public"', "audience is public", "use staff"),
    ("en/partner-programme.md", '"public"', '"all"', "audience must be public or staff", "choose one"),
    ("th/priority-support.md", '"priority-support"', '"partner-programme"', "belongs to", "choose another"),
]


@pytest.mark.parametrize(("file", "old", "new", "wrong", "remedy"), FAULTS)
def test_a_fault_names_file_and_remedy(folder, file, old, new, wrong, remedy):
    edit(folder / file, old, new)
    with pytest.raises(ArticleError) as caught:
        load(folder)
    line = caught.value.faults[0]
    assert file in line
    assert wrong in line
    assert remedy in line


def test_an_unknown_key_is_a_fault_and_all_faults_come_at_once(folder):
    shutil.copy(folder / "es" / "priority-support.md", folder / "es" / "other.md")
    edit(folder / "es" / "other.md", "asistencia-prioritaria", "otra")
    edit(folder / "th" / "priority-support.md", "based_on = 1\n", "")
    with pytest.raises(ArticleError) as caught:
        load(folder)
    assert "es/other.md: has no English source: write en/other.md first" in caught.value.faults
    assert any(fault.startswith("th/priority-support.md: based_on") for fault in caught.value.faults)
