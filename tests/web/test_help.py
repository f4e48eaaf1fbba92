"""Help pages: readable by everybody in four languages, found by search engines, true for any vendor."""

import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html

from portal.core.locales import LANGUAGES
from portal.help.collection import ARTICLES, library, load
from portal.programme import load as load_programme
from portal.web.public import article_body

ACME = Path(__file__).parent.parent / "programme" / "acme.toml"
BASE = "http://portal.test"
STAFF = "/en/help/priority-support-staff"
PAGES = [
    (lang, article.key, f"/{lang}/help/{article.slug}") for lang in LANGUAGES for article in library().shelf(lang)
]


def tree_of(response):
    assert response.status_code == 200, response.status
    return html.fromstring(response.text)


@pytest.fixture
def acme(app, monkeypatch):
    """The portal of another vendor."""
    programme = load_programme(ACME)
    make_ctx = app.extensions["make_ctx"]
    monkeypatch.setitem(app.extensions, "make_ctx",
                        lambda *args, **more: replace(make_ctx(*args, **more), programme=programme))
    return programme


@pytest.fixture
def shelf(app, tmp_path, monkeypatch):
    """Another library: `shelf(spoil)` lets `spoil` change a copy of the articles."""

    def use(spoil):
        folder = shutil.copytree(ARTICLES, tmp_path / "articles")
        spoil(folder)
        monkeypatch.setitem(app.extensions, "articles", load(folder))

    return use


@pytest.mark.parametrize(("lang", "key", "path"), PAGES)
def test_articles_are_pages(client, lang, key, path):
    tree = tree_of(client.get(path))
    article = library().get(key, lang)
    assert tree.xpath("string(//h1)") == article.title
    assert tree.xpath("//meta[@name='description']/@content") == [article.summary]
    levels = [int(heading.tag[1]) for heading in tree.xpath("//main//*[self::h1 or self::h2 or self::h3]")]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    anchors = [link[1:] for link in tree.xpath("//nav[@class='toc']//a/@href")]
    assert anchors == tree.xpath("//article/h2/@id")
    assert not re.search(r"\*\*|\{\{|\]\(|label\(", tree.xpath("string(//main)"))
    assert tree.xpath("//a[starts-with(@href, 'mailto:support@')]")


@pytest.mark.parametrize("key", ["partner-programme", "manage-customer-account", "priority-support"])
def test_translations_have_the_structure_of_the_source(client, key):
    trees = [tree_of(client.get(path)) for _lang, other, path in PAGES if other == key]
    shapes = [[part.tag for part in tree.xpath("//article//*[self::h2 or self::h3 or self::table]")] for tree in trees]
    assert all(shape == shapes[0] for shape in shapes)


@pytest.mark.parametrize(("lang", "key", "path"), PAGES)
def test_facts_come_from_the_programme(acme, client, lang, key, path):
    text = client.get(path).text
    assert "zoho" not in text.lower()
    assert "Workplace" not in text
    words = " ".join(html.fromstring(text).xpath("string(//article)").split())
    if key == "partner-programme":
        trial = acme.trial
        numbers = {trial.initial_days, trial.extension_days, trial.max_days, acme.application.review_days}
        assert {str(number) for number in numbers} <= set(re.findall(r"\d+", words))
        assert "Acme Studio" in words
    if key == "priority-support":
        assert "alps@acme.example" in words


def test_search_engines_find_all_translations_from_each_and_leave_the_rest(client):
    queue, seen = [f"{BASE}/{lang}/" for lang in LANGUAGES] + [f"{BASE}/en/help"], {}
    while queue:
        url = queue.pop()
        if url in seen:
            continue
        tree = tree_of(client.get(url.removeprefix(BASE)))
        links = {link.get("hreflang"): link.get("href") for link in tree.xpath("//link[@rel='alternate']")}
        assert tree.xpath("//link[@rel='canonical']/@href") == [url]
        assert not tree.xpath("//meta[@name='robots']")
        assert links.pop("x-default") == links["en"]
        seen[url] = links
        cards = tree.xpath("//article[contains(@class, 'card')]//a/@href")
        queue += [*links.values(), *(BASE + card for card in cards)]
    assert len(seen) == 4 * 5
    for url, links in seen.items():
        assert url in links.values()
        assert set(links) == set(LANGUAGES)
        assert all(seen[other] == links for other in links.values())


@pytest.mark.parametrize(("path", "target"), [
    ("/es/help/priority-support", "/es/help/asistencia-prioritaria"),
    ("/en/help/programme-partenaire", "/en/help/partner-programme"),
    ("/fr/help/manage-customer-account", "/fr/help/gerer-un-compte-client"),
])
def test_the_slug_of_another_language_leads_to_the_right_one(client, path, target):
    response = client.get(path)
    assert (response.status_code, response.headers["Location"]) == (301, target)


def test_the_picker_leads_to_the_same_article(client):
    tree = tree_of(client.get("/en/help/priority-support"))
    picked = client.get(tree.xpath("//footer//a[@hreflang='es']/@href")[0])
    assert picked.headers["Location"] == "/es/help/asistencia-prioritaria"


def test_an_unknown_article_is_not_found(client):
    assert client.get("/en/help/no-such-article").status_code == 404


@pytest.mark.parametrize("path", ["/en/", "/th/help", "/es/help/programa-de-socios"])
def test_a_signed_out_reader_gets_a_page_that_caches_may_keep(client, path):
    response = client.get(path)
    assert "Set-Cookie" not in response.headers
    assert response.headers["Cache-Control"] == "public, max-age=300"
    assert {"Cookie", "HX-Request"} <= set(response.vary)
    again = client.get(path, headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "Set-Cookie" not in again.headers


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_compressed_pages_are_recognized_too(app, coding):
    client = FlaskClient(app, app.response_class)  # the checked one reads only what is not packed
    packed = {"Accept-Encoding": coding}
    response = client.get("/en/help", headers=packed)
    assert response.headers["Content-Encoding"] == coding
    assert client.get("/en/help", headers={**packed, "If-None-Match": response.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/en/", "/en/help", "/en/help/partner-programme"])
def test_a_page_with_a_name_on_it_stays_private(cast, path):
    response = cast.newcomer.browser().get(path)
    assert cast.newcomer.account.name in response.text
    assert "private" in response.headers["Cache-Control"]


def test_a_page_with_a_notice_stays_private(client):
    with client.session_transaction() as session:
        session["_flashes"] = [("success", "You have signed out.")]
    response = client.get("/en/help")
    assert "You have signed out." in response.text
    assert "private" in response.headers["Cache-Control"]


def test_staff_read_what_is_theirs(cast):
    browser = cast.reviewer.browser()
    response = browser.get(STAFF)
    assert tree_of(response).xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert not tree_of(response).xpath("//link[@rel='alternate']")
    assert "private" in response.headers["Cache-Control"]
    assert STAFF in browser.get("/en/help").text


@pytest.mark.parametrize("who", ["admin", "newcomer", None])
@pytest.mark.parametrize("slug", ["priority-support-staff", "asistencia-prioritaria-personal"])
def test_nobody_else_learns_that_it_exists(cast, client, who, slug):
    browser = getattr(cast, who).browser() if who else client
    assert browser.get(f"/en/help/{slug}").status_code == 404
    assert browser.get(f"/es/help/{slug}").status_code == 404
    for path in ("/en/help", "/en/", "/en/help/priority-support", "/sitemap.xml"):
        assert STAFF not in browser.get(path).text


def test_a_missing_translation_is_english_and_says_so(shelf, client):
    shelf(lambda folder: (folder / "th" / "priority-support.md").unlink())
    tree = tree_of(client.get("/th/help/priority-support"))
    assert tree.get("lang") == "th"
    assert tree.xpath("//article/@lang") == ["en"]
    assert tree.xpath("//article/h1[.='Priority support for large accounts']")
    assert tree.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert tree.xpath("//link[@rel='canonical']/@href") == [f"{BASE}/en/help/priority-support"]
    assert not tree.xpath("//link[@rel='alternate']")
    assert tree.xpath("//main//div[contains(@class, 'notice')]")
    english = tree_of(client.get("/en/help/priority-support"))
    assert "th" not in english.xpath("//link[@rel='alternate']/@hreflang")


@pytest.mark.parametrize(("significance", "warned"), [(20, False), (30, True)])
def test_readers_of_an_outdated_translation_are_led_to_the_english_one(shelf, client, significance, warned):
    def change(folder):
        source = folder / "en" / "priority-support.md"
        text = source.read_text(encoding="utf-8").replace("revision = 1", "revision = 2")
        source.write_text(text.replace("significance = 30", f"significance = {significance}"), encoding="utf-8")

    shelf(change)
    links = tree_of(client.get("/es/help/asistencia-prioritaria")).xpath(
        "//div[contains(@class, 'warning')]//a[@hreflang='en']/@href"
    )
    assert links == (["/en/help/priority-support"] if warned else [])


def test_a_page_is_rendered_once(client, monkeypatch):
    calls = []
    monkeypatch.setattr("portal.web.public.help.rendered",
                        lambda *args: calls.append(args) or article_body.rendered(*args))
    for _ in range(3):
        client.get("/en/help/partner-programme")
    assert len(calls) == 1


def test_sharing_needs_no_script(client):
    hrefs = tree_of(client.get("/th/help/priority-support")).xpath("//ul[contains(@class, 'share')]//a/@href")
    assert [href.split(":")[0] for href in hrefs] == ["mailto", "https", "https"]
    assert all("portal.test%2Fth%2Fhelp%2Fpriority-support" in href for href in hrefs)
