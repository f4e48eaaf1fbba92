"""The Store of a customer that has closed its console: what the partner reads, asks, and takes back."""

from __future__ import annotations

import pytest
from lxml import html

from portal.delegation.commands import accept_access, decline_access, revoke_access, suspend_access
from portal.delegation.models import Access, Invitation
from tests.inside import inside


def path(organization, act=""):
    return f"/en/store/customers/{organization.public_id}{act}"


def owner(cast):
    return inside(cast.siam_admin, cast.siam)


def panel(response):
    found = html.fromstring(response.data).xpath("//section[@id='access']")
    return " ".join(found[0].text_content().split()) if found else ""


@pytest.fixture
def browser(cast):
    revoke_access(owner(cast))
    return cast.admin.browser()


def test_nothing_to_ask_while_access_is_active(cast):
    assert panel(cast.admin.browser().get(path(cast.siam))) == ""


def test_suspended_access_names_who_can_allow_it(cast):
    suspend_access(owner(cast))
    page = cast.admin.browser().get(path(cast.siam))
    assert "Access suspended" in page.text
    assert "Super Admin" in panel(page)
    assert "Ask for access" not in page.text


def test_asking_and_withdrawing(cast, browser):
    page = browser.get(path(cast.siam))
    assert "Access revoked" in page.text
    assert "Ask for access" in panel(page)
    sent = browser.send(path(cast.siam, "/access"), page=path(cast.siam), message="  To add <new> colleagues. ")
    assert (sent.status_code, sent.headers["Location"]) == (303, path(cast.siam))
    page = browser.get(path(cast.siam))
    assert "on its way" in page.text
    assert "Partner Admin asked for access" in panel(page)
    assert "To add <new> colleagues." in panel(page)
    assert "Mar 17, 2026" in panel(page)
    colleague = cast.colleague.browser()
    assert colleague.send(path(cast.siam, "/access/withdraw"), page=path(cast.siam)).status_code == 303
    assert "Ask for access" in panel(colleague.get(path(cast.siam)))
    assert Invitation.get().state == "withdrawn"


@pytest.mark.parametrize("message", ["", "   ", "\0", "x" * 501])
def test_a_question_needs_words_and_not_too_many(cast, browser, message):
    refused = browser.send(path(cast.siam, "/access"), page=path(cast.siam), message=message)
    assert refused.status_code == 422
    assert "aria-invalid" in refused.text
    assert message.strip("\0 ") in refused.text
    assert Invitation.select().count() == 0


def test_a_question_in_any_script_arrives(cast, browser):
    browser.send(path(cast.siam, "/access"), page=path(cast.siam), message="ขอสิทธิ์อีกครั้ง\nครับ 🙏")
    assert "ขอสิทธิ์อีกครั้ง" in panel(browser.get(path(cast.siam)))


def test_a_double_click_asks_once(cast, browser):
    token = browser.csrf(path(cast.siam))
    for _click in range(2):
        data = {"csrf_token": token, "message": "Please"}
        assert browser.post(path(cast.siam, "/access"), data=data).status_code == 303
    assert Invitation.select().count() == 1


def test_what_was_decided_is_told_and_one_may_ask_again(cast, browser, clock):
    browser.send(path(cast.siam, "/access"), page=path(cast.siam), message="Please")
    decline_access(owner(cast), Invitation.get().public_id)
    assert "Super Admin declined your request" in panel(browser.get(path(cast.siam)))
    browser.send(path(cast.siam, "/access"), page=path(cast.siam), message="Please!")
    clock.advance(days=15)
    page = browser.get(path(cast.siam))
    assert "was not answered in time" in panel(page)
    assert "Ask for access" in panel(page)


def test_an_old_page_is_refused_with_what_was_typed(cast, browser):
    token = browser.csrf(path(cast.siam))
    colleague = cast.colleague.browser()
    colleague.send(path(cast.siam, "/access"), page=path(cast.siam), message="First")
    late = browser.post(path(cast.siam, "/access"), data={"csrf_token": token, "message": "Second"})
    assert late.status_code == 409
    assert "has changed in the meantime" in late.text
    assert "First" in panel(late)
    accept_access(owner(cast), Invitation.get().public_id)
    for act, data in (("/access", {"message": "Third"}), ("/access/withdraw", {})):
        late = browser.post(path(cast.siam, act), data={"csrf_token": token, **data})
        assert late.status_code == 409
        assert "has changed in the meantime" in late.text
    assert Access.get().state == "active"


def test_asking_too_often_is_refused_in_words(cast, browser):
    for number in range(3):
        browser.send(path(cast.siam, "/access"), page=path(cast.siam), message=f"Please {number}")
        decline_access(owner(cast), Invitation.get(Invitation.state == "open").public_id)
    refused = browser.send(path(cast.siam, "/access"), page=path(cast.siam), message="Once more")
    assert refused.status_code == 409
    assert "You have asked several times lately." in refused.text
    assert "Once more" in refused.text


def test_who_may_ask(cast, browser, client):
    seller = cast.member("seller@small.example", "en", cast.partner("Small", "US", "en", console=False), "sales")
    narrow = cast.customer("Narrow", "narrow.example", partner=seller.partner, access="revoked")
    page = seller.browser().get(path(narrow))
    assert "Access revoked" in page.text
    assert panel(page) == ""
    token = seller.browser().csrf("/en/account")
    assert seller.browser().post(path(narrow, "/access"), data={"csrf_token": token}).status_code in {400, 403}
    outsider = cast.outsider.browser()
    data = {"csrf_token": outsider.csrf("/en/account"), "message": "Let us in"}
    for act in ("/access", "/access/withdraw"):
        assert outsider.post(path(cast.siam, act), data=data).status_code == 404
    assert client.get(path(cast.siam, "/access")).status_code == 302
    assert Invitation.select().count() == 0


def test_a_refused_form_leads_back_when_its_address_is_opened(cast, browser):
    for act in ("/access", "/access/withdraw"):
        assert browser.get(path(cast.siam, act)).headers["Location"] == path(cast.siam)
