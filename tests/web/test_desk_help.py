"""Help articles at the desk: what needs work and is read most comes first; what readers say is read and settled."""

import re
from datetime import timedelta

import pytest
from lxml import html

from portal.core.ids import public_id
from portal.core.locales import LANGUAGES
from portal.help.answers import PAGE_SIZE
from portal.help.collection import load
from portal.help.models import Answer, Reading
from tests.help.small import KEY, OTHER, STAFF, changed, small

DESK = "/en/desk/help"
TITLES = {key: f"{key} (en)" for key in (KEY, OTHER, STAFF)}


def tree_of(response):
    assert response.status_code == 200, response.status
    return html.fromstring(response.text)


@pytest.fixture(autouse=True)
def shelf(app, tmp_path, monkeypatch):
    """A library in which English has changed one article, and another was never translated into Thai."""
    folder = small(tmp_path / "articles")
    changed(folder)
    (folder / "th" / f"{OTHER}.md").unlink()
    monkeypatch.setitem(app.extensions, "articles", load(folder))


@pytest.fixture
def desk(cast):
    return cast.reviewer.browser()


def read(key, lang, count, day):
    Reading.create(key=key, lang=lang, day=day, count=count)


def said(cast, sentence="?", key=KEY, lang="es", helpful=False, **more):
    return Answer.create(public_id=public_id(), key=key, lang=lang, helpful=helpful, sentence=sentence,
                         created_at=cast.now, **more)


def table(tree):
    """Return the rows of the dashboard: the title, and the words of each language's cell."""
    rows = tree.xpath("//table[contains(@class, 'articles')]/tbody/tr")
    return [(row.xpath("string(th/a)"), [" ".join(cell.text_content().split()) for cell in row.xpath("td")])
            for row in rows]


def test_all_articles_in_all_languages(desk):
    found = table(tree_of(desk.get(DESK)))
    assert {title for title, _cells in found} == set(TITLES.values())
    assert all(len(cells) == len(LANGUAGES) and "Up to date" in cells[0] for _title, cells in found)


def test_what_needs_work_comes_first_and_of_that_what_is_read_most(desk, cast):
    today = cast.now.date()
    read(STAFF, "es", 900, today)  # much, but up to date
    read(OTHER, "th", 7, today)
    read(OTHER, "th", 5000, today - timedelta(days=90))  # long ago
    read(KEY, "en", 500, today)  # needs no work in English
    read(KEY, "fr", 4, today)
    read(KEY, "fr", 4, today - timedelta(days=89))
    said(cast, helpful=True, lang="fr")
    said(cast, "", lang="fr")
    found = table(tree_of(desk.get(DESK)))
    assert [title for title, _cells in found] == [TITLES[KEY], TITLES[OTHER], TITLES[STAFF]]
    french = found[0][1][list(LANGUAGES).index("fr")]
    assert "Outdated, and readers are warned" in french
    assert french.endswith("Read 8 times Helpful: 1, not helpful: 1")
    assert "Not translated" in found[1][1][list(LANGUAGES).index("th")]
    assert "Read 7 times" in found[1][1][list(LANGUAGES).index("th")]


@pytest.mark.parametrize(("query", "shown"), [
    ("?language=th&state=missing", [OTHER]), ("?state=major", [KEY]), ("?language=es&state=missing", []),
    ("?language=en&state=current", list(TITLES)),
    ("?language=xx&state=yy", list(TITLES)),
])
def test_by_language_and_state(desk, query, shown):
    tree = tree_of(desk.get(DESK + query))
    found = table(tree)
    assert {title for title, _cells in found} == {TITLES[key] for key in shown}
    assert {len(cells) for _title, cells in found} <= {1 if "language=" in query and "xx" not in query else 4}
    assert bool(tree.xpath("//div[@class='empty']")) is (not shown)


def test_the_english_change_stands_beside_the_translation(desk, cast):
    said(cast, "No encontré el horario.")
    said(cast, "Pas en espagnol", lang="fr")
    tree = tree_of(desk.get(f"{DESK}/{KEY}/es"))
    assert tree.xpath("//section[1]//ins/text()") == ["Call us at night."]
    assert tree.xpath("//section[1]//pre/@lang") == ["en"]
    assert tree.xpath("string(//section[2]//pre[@lang='es'])").startswith(f"{KEY} (es)")
    assert "No encontré el horario." in tree.text_content()
    assert "Pas en espagnol" not in tree.text_content()
    missing = tree_of(desk.get(f"{DESK}/{OTHER}/th"))
    assert f"About {OTHER} (en)." in missing.xpath("string(//section[1]//pre)")
    assert "There is no translation yet." in missing.xpath("string(//section[2])")
    current = tree_of(desk.get(f"{DESK}/{OTHER}/fr"))
    assert not current.xpath("//ins | //del")


@pytest.mark.parametrize("path", ["/no-such-article/es", f"/{KEY}/xx"])
def test_what_is_not_there_is_not_found(desk, path):
    assert desk.get(DESK + path).status_code == 404


def test_staff_articles_are_compared_too_and_nobody_else_reads_of_it(desk, cast, client):
    assert desk.get(f"{DESK}/{STAFF}/fr").status_code == 200
    for who in (cast.admin, cast.siam_admin, cast.newcomer):
        for path in (DESK, f"{DESK}/{STAFF}/fr", f"{DESK}/answers"):
            assert who.browser().get(path).status_code == 403
    assert client.get(DESK).status_code == 302


def listed(tree):
    return tree.xpath("//ul[@class='thread']//p[@class='typed']//bdi/text()")


def test_sentences_are_read_and_marked_as_dealt_with(desk, cast):
    said(cast, "Later", lang="th", key=OTHER)
    said(cast, "")  # nothing to read
    row = said(cast, "<b>Newest</b>", helpful=True)
    page = f"{DESK}/answers"
    tree = tree_of(desk.get(page))
    assert listed(tree) == ["<b>Newest</b>", "Later"]
    assert tree.xpath("//p[@class='typed']/@lang") == ["es", "th"]
    assert listed(tree_of(desk.get(f"{page}?article={OTHER}"))) == ["Later"]
    assert listed(tree_of(desk.get(f"{page}?language=es"))) == ["<b>Newest</b>"]
    for _ in range(2):  # a double click
        settled = desk.send(f"{page}/{row.public_id}?article={KEY}&language=es", page=page)
        assert (settled.status_code, settled.headers["Location"]) == (303, f"{page}?article={KEY}&language=es")
    assert listed(tree_of(desk.get(page))) == ["Later"]
    assert listed(tree_of(desk.get(f"{page}?state=done"))) == ["<b>Newest</b>"]
    assert Answer.get_by_id(row.id).done_at == cast.now
    assert desk.send(f"{page}/nothing", page=page).status_code == 404


def test_whoever_has_dealt_with_an_answer_stays_where_they_were(desk, cast):
    row = said(cast, "Where?")
    here = f"{DESK}/{KEY}/es"
    action = tree_of(desk.get(here)).xpath("//ul[@class='thread']//form/@action")[0]
    assert desk.send(action, page=here).headers["Location"] == here
    after = f"{DESK}/answers?after=x"
    moved = desk.send(f"{DESK}/answers/{row.public_id}?after=x", page=here)
    assert moved.headers["Location"] == after


def test_many_sentences_come_page_by_page(desk, cast):
    for number in range(PAGE_SIZE + 1):
        said(cast, f"Sentence {number}")
    first = tree_of(desk.get(f"{DESK}/answers?article={KEY}"))
    assert len(listed(first)) == PAGE_SIZE
    [more] = first.xpath("//a[@rel='next']/@href")
    last = tree_of(desk.get(more))
    assert listed(last) == ["Sentence 0"]
    assert f"article={KEY}" in more
    assert listed(tree_of(desk.get(last.xpath("//a[@rel='prev']/@href")[0]))) == listed(first)


def test_an_answer_to_an_article_that_is_gone_is_still_read(desk, cast):
    said(cast, "Where is it?", key="gone-article")
    assert listed(tree_of(desk.get(f"{DESK}/answers"))) == ["Where is it?"]
    assert re.search("gone-article", desk.get(f"{DESK}/answers").text)
