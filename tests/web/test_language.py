"""Which language a page comes in: prefix, account, cookie, header, English."""

import pytest

REDIRECTS = [
    ("/", {"Accept-Language": "fr-FR"}, "/fr/"),
    ("/", {}, "/en/"),
    ("/ES/", {}, "/es/"),
    ("/fr-FR/", {}, "/fr/"),
    ("/es-mx/sign-in", {}, "/es/sign-in"),
    ("/sign-in?lang=Fr&utm_source=mdn", {}, "/fr/sign-in?utm_source=mdn"),
    ("/sign-in", {"Accept-Language": "th"}, "/th/sign-in"),
]


@pytest.mark.parametrize(("path", "headers", "target"), REDIRECTS)
def test_addresses_without_normal_prefix_lead_to_one(client, path, headers, target):
    response = client.get(path, headers=headers)
    assert (response.status_code, response.headers["Location"]) == (302, target)
    assert {"Accept-Language", "Cookie"} <= set(response.vary)
    assert "private" in response.headers["Cache-Control"]


def test_the_prefix_beats_the_account_and_leaves_it_unchanged(cast):
    browser = cast.admin.browser()
    assert b'<html lang="fr"' in browser.get("/fr/").data
    assert browser.get("/").headers["Location"] == "/es/"


def test_an_unknown_language_is_a_page_that_offers_ours(client):
    response = client.get("/de/help")
    assert response.status_code == 404
    for name in ("English", "Español", "Français", "ไทย"):
        assert name in response.text


def test_a_language_that_was_dropped_is_english(cast):
    assert cast.person("old@example.com", "pt").browser().get("/").headers["Location"] == "/en/"


@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:x", ""])
def test_the_picker_stays_here(client, target):
    response = client.get("/fr/language", query_string={"next": target})
    assert response.headers["Location"] == "/fr/"


def test_the_choice_is_remembered(client):
    assert client.get("/fr/language?next=/fr/").headers["Location"] == "/fr/"
    assert client.get("/", headers={"Accept-Language": "th"}).headers["Location"] == "/fr/"


@pytest.mark.parametrize("language", ["en", "es", "fr", "th"])
def test_an_error_page_speaks_the_language_of_its_address(client, language):
    response = client.get(f"/{language}/nothing/here", headers={"Accept-Language": "xx"})
    assert response.status_code == 404
    assert f'<html lang="{language}"' in response.text
