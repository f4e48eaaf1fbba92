"""The site map and what crawlers are asked to leave alone."""

from lxml import etree

from portal.core.locales import COMPLETE
from portal.help.collection import library

SPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


def test_the_site_map_lists_every_public_page_in_every_language(client):
    response = client.get("/sitemap.xml")
    assert response.mimetype == "application/xml"
    assert "Set-Cookie" not in response.headers
    tree = etree.fromstring(response.data)
    places = tree.xpath("//s:loc/text()", namespaces=SPACES)
    assert len(places) == len(set(places)) == (3 + len(library().shelf("en"))) * len(COMPLETE)
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
