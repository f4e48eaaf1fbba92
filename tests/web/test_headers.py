"""Headers that every answer carries, pages and files alike."""

from dataclasses import replace

import brotli
import pytest
from flask.testing import FlaskClient

from portal import create_app
from portal.core.context import Ports


@pytest.mark.parametrize("path", ["/en/", "/en/nothing-here", "/", "/static/app.css", "/robots.txt", "/en/store/"])
def test_every_answer_says_what_a_browser_may_do_with_it(client, path):
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_wrong_method_is_told_the_right_ones(client):
    response = client.get("/en/sign-out")
    assert response.status_code == 405
    assert {"POST", "OPTIONS"} == set(response.allow)


@pytest.mark.parametrize("path", ["/en/invitation/%00", "/en/verify-email/%00.x", "/en/help/%00", "/en/domain/%00.x"])
def test_an_address_that_no_database_takes_does_not_exist(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["store/customers/%00", "console/customers/%00/domain", "organizations/%00/"])
def test_nor_does_it_for_partners(cast, path):
    assert cast.admin.browser().get(f"/en/{path}").status_code == 404


def test_over_https_cookies_belong_to_this_host_alone(settings, dns, web, mailer, gateway, signon):
    ports = Ports(dns, web, mailer, gateway, signon)
    client = create_app(replace(settings, base_url="https://partners.example"), ports).test_client()
    answers = (
        client.get("/fr/language?next=/fr/", base_url="https://partners.example"),
        client.get("/fr/sign-in", base_url="https://partners.example"),
    )
    for answer in answers:
        set_cookies = answer.headers.getlist("Set-Cookie")
        assert set_cookies
        for line in set_cookies:
            assert line.startswith("__Host-")
            assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(line.split("; "))
            assert "Domain" not in line
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_signing_out_leaves_no_page_behind(cast):
    browser = cast.admin.browser()
    assert browser.send("/en/sign-out", "/en/account").headers["Clear-Site-Data"] == '"cache"'


def test_static_texts_travel_compressed_and_whole(app):
    browser = FlaskClient(app, app.response_class)
    plain = browser.get("/static/app.css")
    packed = browser.get("/static/app.css", headers={"Accept-Encoding": "gzip, br", "Range": "bytes=0-9"})
    assert "Content-Encoding" not in plain.headers
    assert (packed.status_code, packed.headers["Content-Encoding"]) == (200, "br")
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert brotli.decompress(packed.data) == plain.data
    assert len(packed.data) * 3 < len(plain.data)
    known = {"Accept-Encoding": "br", "If-None-Match": plain.headers["ETag"]} if "ETag" in plain.headers else {
        "Accept-Encoding": "br", "If-Modified-Since": plain.headers["Last-Modified"]}
    assert browser.get("/static/app.css", headers=known).status_code == 304
    assert browser.head("/static/app.css", headers={"Accept-Encoding": "br"}).data == b""
