"""The articles as files: complete, current, and judged with words that name the file and the remedy."""

import shutil

import pytest

from portal.core.locales import COMPLETE
from portal.help.collection import OUTDATED, SECTIONS, WARNED, ArticleError, fallback, library, load
from tests.help.small import KEY, OTHER, STAFF, changed, edit, small


@pytest.fixture
def folder(tmp_path):
    return small(tmp_path / "articles")


@pytest.mark.parametrize("lang", COMPLETE)
def test_every_language_has_every_article(lang):
    keys = [article.key for article in library().shelf("en", staff=True)]
    assert [article.key for article in library().shelf(lang, staff=True)] == keys
    assert not [article.key for article in library().shelf(lang, staff=True) if fallback(article, lang)]
    assert not [article.key for article in library().shelf(lang, staff=True) if len(article.summary) > 160]


def test_articles_stand_in_the_order_of_their_sections_and_in_places_of_their_own():
    places = [(list(SECTIONS).index(one.section), one.order) for one in library().shelf("en", staff=True)]
    assert places == sorted(set(places))


def test_no_translation_is_behind():
    assert library().outdated() == []


def test_staff_articles_are_shelved_for_staff_only(folder):
    assert STAFF not in [article.key for article in load(folder).shelf("en")]
    assert STAFF in [article.key for article in load(folder).shelf("en", staff=True)]
    assert all(article.section == "staff" for article in library().shelf("en", staff=True) if not article.public)


@pytest.mark.parametrize("slug", [KEY, f"{KEY}-es", f"{KEY}-fr"])
def test_an_article_is_found_by_the_slug_of_any_language(folder, slug):
    assert load(folder).find("fr", slug).slug == f"{KEY}-fr"


def test_a_missing_translation_is_the_english_article(folder):
    (folder / "th" / f"{KEY}.md").unlink()
    loaded = load(folder)
    article = loaded.get(KEY, "th")
    assert (article.lang, fallback(article, "th")) == ("en", True)
    assert loaded.translations(KEY) == ["en", "es", "fr"]


@pytest.mark.parametrize(("significance", "outdated", "warned"), [(10, 0, False), (20, 3, False), (30, 3, True)])
def test_translations_lag_by_the_significance_of_the_change(folder, significance, outdated, warned):
    loaded = changed(folder, significance)
    assert len(loaded.outdated()) == outdated
    assert (loaded.lag(loaded.get(KEY, "es")) >= WARNED) is warned
    assert loaded.lag(loaded.source(KEY)) < OUTDATED


def test_a_slip_does_not_hide_the_change_before_it(folder):
    """Readers miss the most significant of all changes since, not the last one."""
    changed(folder, 30)
    loaded = changed(folder, 10, "Add a picture.", "Add pictures.")
    assert loaded.lag(loaded.get(KEY, "fr")) == 30
    edit(folder / "fr" / f"{KEY}.md", "based_on = 1", "based_on = 2")
    loaded = load(folder)
    assert loaded.lag(loaded.get(KEY, "fr")) == 10


def test_a_text_that_somebody_follows_must_be_kept(folder):
    edit(folder / "en" / f"{KEY}.md", "revision = 1", "revision = 2")
    with pytest.raises(ArticleError) as caught:
        load(folder)
    assert f"th/{KEY}.md: follows 1: keep revisions/{KEY}.1.md" in caught.value.faults
    edit(folder / "th" / f"{KEY}.md", "based_on = 1", "based_on = 3")
    with pytest.raises(ArticleError, match=f"th/{KEY}.md: based_on is 3: the English revisions are 1 to 2"):
        load(folder)


@pytest.mark.parametrize("language", [code for code in COMPLETE if code != "en"])
def test_translations_take_section_place_and_pages_from_their_source(language):
    for article in library().shelf(language, staff=True):
        source = library().source(article.key)
        assert (article.section, article.order, article.pages, article.faq) == (
            source.section, source.order, source.pages, source.faq)


def test_the_help_of_a_page_is_the_article_that_names_it_or_that_of_its_audience(folder):
    edit(folder / "en" / f"{KEY}.md", "order = 10\n", 'order = 10\npages = ["x.one", "x.*"]\n')
    edit(folder / "en" / f"{OTHER}.md", "order = 10\n", 'order = 10\npages = ["x.two"]\n')
    loaded = load(folder)
    assert loaded.on_page("x.one", "th") == loaded.on_page("x.three", "th") == loaded.get(KEY, "th")
    assert loaded.on_page("x.two", "th") == loaded.get(OTHER, "th")
    assert loaded.on_page("y.one", "th") is None
    edit(folder / "en" / f"{OTHER}.md", "x.two", "x.one")
    with pytest.raises(ArticleError, match=r"page x\.one has its help in"):
        load(folder)


FAULTS = [
    (f"es/{KEY}.md", "+++\n", "", "has no front matter", "+++ lines"),
    (f"es/{KEY}.md", "based_on = 1\n", "", "based_on is missing", "add based_on"),
    (f"en/{KEY}.md", "revision = 1\n", 'revision = "1"\n', "revision is '1'", "whole number"),
    (f"fr/{KEY}.md", "based_on = 1\n", "based_on = 1\norder = 1\n", "order is not known", "remove it"),
    (f"fr/{KEY}.md", "based_on = 1\n", "based_on = = 1\n", "is not TOML", "correct it"),
    (f"en/{KEY}.md", '"support"', '"all"', "section must be one of programme, store", "choose one"),
    (f"en/{KEY}.md", "revision = 1\n", 'revision = 1\npages = "x"\n', "pages is 'x'", "a list of texts"),
    (f"en/{KEY}.md", "revision = 1\n", "revision = 1\nfaq = 1\n", "faq is 1", "true or false"),
    (f"th/{KEY}.md", f'"{KEY}-th"', f'"{OTHER}"', "belongs to", "choose another"),
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
    shutil.copy(folder / "es" / f"{KEY}.md", folder / "es" / "other.md")
    edit(folder / "th" / f"{KEY}.md", "based_on = 1\n", "")
    with pytest.raises(ArticleError) as caught:
        load(folder)
    assert "es/other.md: has no English source: write en/other.md first" in caught.value.faults
    assert any(fault.startswith(f"th/{KEY}.md: based_on") for fault in caught.value.faults)
