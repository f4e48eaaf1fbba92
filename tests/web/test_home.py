"""The start page: the programme in one look, and the way in for everybody."""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from portal.core.locales import COMPLETE
from portal.help.collection import library
from portal.programme import load as load_programme

ACME = Path(__file__).parent.parent / "programme" / "acme.toml"


@pytest.mark.parametrize("lang", COMPLETE)
def test_a_newcomer_sees_the_programme_and_where_to_begin(client, lang):
    tree = html.fromstring(client.get(f"/{lang}/").text)
    links = tree.xpath("//main//a/@href")
    assert {f"/{lang}/apply", f"/{lang}/sign-in", f"/{lang}/help"} <= set(links)
    about = [article for article in library().shelf("en") if article.section == "programme"]
    assert len(tree.xpath("//article[contains(@class, 'card')]")) == len(about) == 2
    assert tree.xpath("//meta[@name='description']/@content")


def test_names_and_numbers_are_the_programmes(app, client, monkeypatch):
    make_ctx, acme = app.extensions["make_ctx"], load_programme(ACME)
    monkeypatch.setitem(app.extensions, "make_ctx",
                        lambda *args, **more: replace(make_ctx(*args, **more), programme=acme))
    text = client.get("/en/").text
    assert "zoho" not in text.lower()
    assert "Workplace" not in text
    for fact in ("Acme Studio", "within 3 days", "for 10 days", "up to 30 days"):
        assert fact in text


def test_partners_find_their_doors(cast):
    tree = html.fromstring(cast.admin.browser().get("/en/").text)
    doors = tree.xpath("//ul[contains(@class, 'doors')]//a/@href")
    assert doors == tree.xpath("//nav[@class='contexts']//a/@href")
    assert doors
    assert "/en/apply" not in tree.xpath("//main//a/@href")


def test_a_person_without_a_part_yet_sees_their_application(cast):
    links = html.fromstring(cast.newcomer.browser().get("/th/").text).xpath("//main//a/@href")
    assert {"/th/apply", "/th/application"} <= set(links)
    assert "/th/sign-in" not in links
