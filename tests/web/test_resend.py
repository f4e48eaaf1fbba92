"""What somebody typed outlives their session: it is kept through the sign-in, and sent by one more click."""

import pytest
from lxml.html import fromstring

from portal.accounts import passwords
from portal.accounts.models import Session
from portal.storage import transaction
from tests.cast import PASSWORD
from tests.client import HTMX

HERE = {"Origin": "http://localhost"}
FIELDS = {
    "once": "opening", "name": "Siam <b>Shop</b>", "domain": "siam-shop.example", "admin_name": "สมชาย",
    "admin_email": "somchai@siam-shop.example", "country": "TH", "language": "th", "plan": "workplace-standard",
    "licenses": "5",
}
ADD = "/es/console/customers/add"


@pytest.fixture(autouse=True)
def password(cast):
    cast.admin.account.password_hash = passwords.hashed(PASSWORD)
    cast.admin.account.save()


def end_sessions():
    with transaction():
        Session.delete().execute()


def form(response, field):
    found = fromstring(response.data).xpath(f"//main//form[.//input[@name='{field}']]")[0]
    return found.get("action"), dict(found.form_values())


def signed_out(browser, origin=HERE, **more):
    token = browser.csrf(ADD)
    end_sessions()
    return browser.post(ADD, data={"csrf_token": token, **FIELDS}, headers={**origin, **more})


def test_a_form_sent_after_the_session_has_ended_is_sent_after_signing_in(cast):
    browser = cast.admin.browser()
    page = signed_out(browser)
    assert page.status_code == 403
    action, fields = form(page, "kept")
    wrong = browser.post(action, data={**fields, "email": cast.admin.email, "password": "not the password"})
    action, fields = form(wrong, "kept")
    page = browser.post(action, data={**fields, "email": cast.admin.email, "password": PASSWORD})
    action, fields = form(page, "once")
    assert (page.status_code, action) == (200, ADD)
    assert cast.admin.account.name in page.text
    assert {name: fields[name] for name in FIELDS} == FIELDS
    assert "/domain" in browser.post(action, data=fields, headers=HERE).headers["Location"]


@pytest.mark.parametrize("origin", [{}, {"Origin": "null"}, {"Origin": "https://elsewhere.example"}])
def test_what_another_site_sends_is_not_kept(cast, origin):
    response = signed_out(cast.admin.browser(), origin)
    assert (response.status_code, response.headers["Location"]) == (303, "/es/sign-in")


def test_htmx_puts_the_sign_in_page_in_the_place_of_the_whole_page(cast):
    response = signed_out(cast.admin.browser(), **HTMX)
    assert (response.status_code, response.headers["HX-Retarget"]) == (403, "body")


def test_passwords_are_not_kept(cast):
    browser = cast.admin.browser()
    token = browser.csrf("/en/account")
    end_sessions()
    data = {"csrf_token": token, "current": PASSWORD, "password": "correct horse battery"}
    response = browser.post("/en/account/password", data=data, headers=HERE)
    assert response.status_code == 303
    assert "correct horse" not in response.text


def test_a_page_that_is_older_than_the_session_can_be_sent_again(cast):
    browser = cast.admin.browser()
    browser.get(ADD)
    page = browser.post(ADD, data={"csrf_token": "of another session", **FIELDS}, headers=HERE)
    assert page.status_code == 400
    action, fields = form(page, "once")
    assert browser.post(action, data=fields, headers=HERE).status_code == 303


def test_a_button_alone_is_kept_through_the_sign_in(cast):
    browser = cast.admin.browser()
    token = browser.csrf("/en/account")
    end_sessions()
    page = browser.post("/en/account/sessions/others", data={"csrf_token": token}, headers=HERE)
    action, fields = form(page, "kept")
    page = browser.post(action, data={**fields, "email": cast.admin.email, "password": PASSWORD})
    action, fields = form(page, "csrf_token")
    assert (action, list(fields)) == ("/en/account/sessions/others", ["csrf_token"])
    assert browser.post(action, data=fields, headers=HERE).status_code == 303


def test_without_the_token_of_a_page_nothing_is_kept(cast):
    browser = cast.admin.browser()
    end_sessions()
    assert browser.post("/en/account/sessions/others", headers=HERE).headers["Location"] == "/en/sign-in"


@pytest.mark.parametrize("kept", ["", "x", "W10.forged"])
def test_nothing_is_offered_that_the_portal_has_not_sealed(cast, kept):
    browser = cast.admin.browser()
    end_sessions()
    data = {"email": cast.admin.email, "password": PASSWORD, "kept": kept}
    assert browser.send("/en/sign-in", **data).status_code == 303
