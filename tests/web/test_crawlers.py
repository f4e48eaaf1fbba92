"""The site map, what crawlers are asked to leave alone, what caches may keep, what previews say."""

import pytest
from flask.testing import FlaskClient
from lxml import etree, html

from portal.core.locales import COMPLETE
from portal.help.collection import library
from tests.client import HTMX

SPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
ALSO = ("/", "/apply", "/help", "/help/contact")  # beside articles


def test_the_site_map_lists_every_public_page_in_every_language(client):
    response = client.get("/sitemap.xml")
    assert response.mimetype == "application/xml"
    assert "Set-Cookie" not in response.headers
    tree = etree.fromstring(response.data)
    places = tree.xpath("//s:loc/text()", namespaces=SPACES)
    assert len(places) == len(set(places)) == (len(ALSO) + len(library().shelf("en"))) * len(COMPLETE)
    assert {f"http://portal.test/th{path}" for path in ALSO} <= set(places)
    for place in places:
        assert client.get(place.removeprefix("http://portal.test")).status_code == 200
    for entry in tree.findall("s:url", SPACES):
        links = {link.get("hreflang"): link.get("href") for link in entry.findall("x:link", SPACES)}
        assert set(links) == {*COMPLETE, "x-default"}
        assert entry.findtext("s:loc", namespaces=SPACES) in links.values()


def test_robots_learn_where_the_site_map_is(client):
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    assert "Sitemap: http://portal.test/sitemap.xml" in response.text


def test_articles_in_the_site_map_tell_when_they_changed(client):
    tree = etree.fromstring(client.get("/sitemap.xml").data)
    told = {entry.findtext("s:loc", namespaces=SPACES).removeprefix("http://portal.test"):
            entry.findtext("s:lastmod", namespaces=SPACES) for entry in tree.findall("s:url", SPACES)}
    for article in library().every():
        if article.public:
            assert told[f"/{article.lang}/help/{article.slug}"] == article.updated.isoformat()
    assert told["/th/help"] is None


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt", "/th/help", "/th/help/contact?country=TH",
                                  "/th/help/changes.atom"])
def test_caches_may_keep_what_everybody_gets(app, path):
    browser = FlaskClient(app, app.response_class)  # what is compressed, no law of templates can be asked of
    first = browser.get(path, headers={"Accept-Encoding": "br"})
    assert first.headers["Cache-Control"] == "public, max-age=300"
    again = browser.get(path, headers={"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name], name


@pytest.mark.parametrize("path", ["/th/help", "/th/help/search?q=trial"])
def test_caches_keep_nothing_that_is_for_one_reader_or_for_htmx(client, cast, path):
    assert client.get(path).headers["Cache-Control"].startswith("public")
    for answer in (cast.admin.browser().get(path), client.get(path, headers=HTMX)):
        assert answer.headers["Cache-Control"].startswith("private"), answer.headers


def test_previews_name_the_language_and_its_translations(client):
    tree = html.fromstring(client.get("/fr/help").text)
    assert tree.xpath("//meta[@property='og:locale']/@content") == ["fr_FR"]
    assert set(tree.xpath("//meta[@property='og:locale:alternate']/@content")) == {"en_US", "es_ES", "th_TH"}
