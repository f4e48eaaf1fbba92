"""What others find of the help: structured data, preview text, feeds."""

import json

import pytest
from lxml import etree, html

from portal.core.locales import COMPLETE
from portal.help.collection import library

ATOM = {"a": "http://www.w3.org/2005/Atom"}
BASE = "http://portal.test"
STAFF = [article for article in library().every() if not article.public]


def data_of(tree):
    return [json.loads(script.text) for script in tree.xpath("//script[@type='application/ld+json']")]


def test_every_public_article_says_where_it_stands(client):
    for article in library().every():
        if not article.public:
            continue
        tree = html.fromstring(client.get(f"/{article.lang}/help/{article.slug}").text)
        crumbs = next(entry for entry in data_of(tree) if entry["@type"] == "BreadcrumbList")["itemListElement"]
        assert [crumb["position"] for crumb in crumbs] == [1, 2, 3]
        assert crumbs[-1]["name"] == article.title
        assert crumbs[-1]["item"] == tree.xpath("string(//link[@rel='canonical']/@href)")
        assert [crumb["name"] for crumb in crumbs[:2]] == tree.xpath("//nav[@class='crumbs']//a/text()")
        assert tree.xpath("string(//meta[@property='og:title']/@content)") == article.title
        assert tree.xpath("string(//meta[@property='og:description']/@content)") == article.summary
        assert tree.xpath("//meta[@property='og:url']/@content") == [crumbs[-1]["item"]]


@pytest.mark.parametrize("lang", COMPLETE)
def test_questions_are_data_with_their_answers(client, lang):
    [article] = [article for article in library().shelf(lang) if article.faq]
    tree = html.fromstring(client.get(f"/{lang}/help/{article.slug}").text)
    [page] = [entry for entry in data_of(tree) if entry["@type"] == "FAQPage"]
    assert page["inLanguage"] == lang
    assert len(page["mainEntity"]) == len(tree.xpath("//article//h2")) >= 4
    for question in page["mainEntity"]:
        assert question["name"] in " ".join(tree.xpath("//article//h2//text()"))
        assert len(question["acceptedAnswer"]["text"]) > 40
        assert "<" not in question["acceptedAnswer"]["text"]


@pytest.mark.parametrize("lang", COMPLETE)
def test_the_feed_tells_of_public_articles(client, lang):
    response = client.get(f"/{lang}/help/changes.atom")
    assert response.mimetype == "application/atom+xml"
    assert "Set-Cookie" not in response.headers
    known = {"If-None-Match": response.headers["ETag"]}
    assert client.get(f"/{lang}/help/changes.atom", headers=known).status_code == 304
    feed = etree.fromstring(response.data)
    assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == lang
    ids = feed.xpath("a:entry/a:id/text()", namespaces=ATOM)
    assert len(ids) == len(set(ids)) == len(library().shelf(lang))
    days = feed.xpath("a:entry/a:updated/text()", namespaces=ATOM)
    assert days == sorted(days, reverse=True)
    for address in ids:
        assert client.get(address.removeprefix(BASE)).status_code == 200
    assert not [article for article in STAFF if article.title in response.text or article.slug in response.text]


def test_staff_articles_are_no_data(cast):
    browser = cast.reviewer.browser()
    for article in STAFF:
        tree = html.fromstring(browser.get(f"/{article.lang}/help/{article.slug}").text)
        assert not data_of(tree)
        assert not tree.xpath("//meta[starts-with(@property, 'og:')]")


def test_no_title_breaks_out_of_the_data_or_the_feed(app, client, monkeypatch):
    from dataclasses import replace

    from portal.help.collection import Library
    articles = [replace(article, title='</script><script>alert("x")') if article.key == "partner-programme" else article
                for article in library().every()]
    monkeypatch.setitem(app.extensions, "articles", Library(articles))
    page = client.get("/en/help/partner-programme").text
    assert "<script>alert" not in page
    feed = etree.fromstring(client.get("/en/help/changes.atom").data)
    assert '</script><script>alert("x")' in feed.xpath("a:entry/a:title/text()", namespaces=ATOM)
