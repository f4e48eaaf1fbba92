"""Disputes and the standing of partners at the desk."""

from __future__ import annotations

import pytest
from lxml import html

from portal.mail.models import Outgoing
from portal.mail.render import rendered
from portal.partners.models import Partner
from portal.relations.commands.disputes import raise_dispute
from portal.relations.models import Dispute
from portal.storage import transaction
from tests.client import statements
from tests.relations.doors import agree, boss, entered

LANGUAGES = ("en", "es", "fr", "th")


def text(response):
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


@pytest.fixture
def dispute(cast):
    _ = cast.reviewer
    return raise_dispute(cast.admin.ctx, agree(cast, entered(cast)).public_id, "We were not told.")


def at(dispute, rest="", lang="en"):
    return f"/{lang}/desk/disputes/{dispute.public_id}{rest}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_in_every_language(cast, dispute, lang):
    raise_dispute(boss(cast), dispute.change.public_id, "It was me.")
    browser = cast.reviewer.browser()
    for address in (f"/{lang}/desk/disputes", at(dispute, lang=lang)):
        with statements() as seen:
            page = browser.get(address)
        assert page.status_code == 200
        assert len(seen) <= 5, address
        assert f'href="/{lang}/desk/disputes"' in page.text


def test_it_holds_the_dated_facts(cast, dispute):
    page = text(cast.reviewer.browser().get(at(dispute)))
    for said in ("We were not told.", "Andina Cloud", "Other Resale", "Partner code", "Led to this change",
                 "Agreed to the terms of the partner Other Resale", "The terms that were shown and agreed to",
                 "in the language th", "A change of partner was announced", "Mar 2, 2026"):
        assert said in page, said


def test_a_decision_is_made_once(cast, dispute):
    browser = cast.reviewer.browser()
    page = browser.get(at(dispute))
    seen = html.fromstring(page.data).xpath("//input[@name='seen']/@value")[0]
    assert browser.send(at(dispute, "/decision"), page=at(dispute), seen=seen, decision=" ").status_code == 422
    raise_dispute(boss(cast), dispute.change.public_id, "It was me.")
    stale = browser.send(at(dispute, "/decision"), page=at(dispute), seen=seen, decision="No")
    assert stale.status_code == 409
    assert "It was me." in stale.text
    assert html.fromstring(stale.data).xpath("//textarea")[0].value.strip() == "No"
    fresh = html.fromstring(stale.data).xpath("//input[@name='seen']/@value")[0]
    assert fresh != seen
    assert browser.send(at(dispute, "/decision"), page=at(dispute), seen=fresh, decision="No").status_code == 303
    assert Dispute.get_by_id(dispute.id).state == "settled"
    assert "textarea" not in browser.get(at(dispute)).text
    assert "No" in text(cast.admin.browser().get(f"/en/store/former/{dispute.change.public_id}"))


@pytest.mark.parametrize(("task", "read", "decides"), [
    ("reviewer", 403, False), ("support", 200, False), ("support-lead", 200, True), ("finance", 200, False)])
def test_who_reads_and_who_decides(cast, dispute, task, read, decides):
    browser = cast.person("one@vendor.example", "en", staff=task).browser()
    page = browser.get(at(dispute))
    assert page.status_code == read
    assert (b"<textarea" in page.data) is decides
    answer = browser.send(at(dispute, "/decision"), page="/en/account", decision="x")
    assert answer.status_code == (409 if decides else 403)


def test_without_the_forms_token_nothing_happens(cast, dispute):
    browser = cast.reviewer.browser()
    for address in (at(dispute, "/decision"), f"/en/desk/partners/{cast.andina.public_id}/standing"):
        assert browser.post(address).status_code == 400


# ---- Standing ----

def partner(cast, rest="", lang="en"):
    return f"/{lang}/desk/partners/{cast.andina.public_id}{rest}"


def test_suspend_reinstate_terminate(cast):
    browser = cast.reviewer.browser()

    def stand(act, seen, **more):
        return browser.send(partner(cast, "/standing"), page=partner(cast), act=act, seen=seen, **more)

    refused = stand("suspend", "active", **{"suspend-reason": ""})
    assert refused.status_code == 409
    assert "the partner reads it" in text(refused)
    assert stand("suspend", "active", **{"suspend-reason": "Invoices are open."}).status_code == 303
    assert "Invoices are open." in text(browser.get(partner(cast)))
    stale = stand("suspend", "active", **{"suspend-reason": "Again"})
    assert stale.status_code == 409
    assert stand("promote", "suspended", state="terminated").status_code == 422
    assert stand("reinstate", "suspended", **{"reinstate-reason": "x"}).status_code == 303
    assert stand("terminate", "active", **{"terminate-reason": "The end."}).status_code == 303
    assert "Being terminated" in text(browser.get(partner(cast)))
    row = Partner.get_by_id(cast.andina.id)
    assert (row.state, row.ending, row.state_reason) == ("suspended", True, "The end.")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_partners_page_asks_no_more_than_five_things(cast, lang):
    browser = cast.reviewer.browser()
    for state, ending in (("active", False), ("suspended", False), ("suspended", True), ("terminated", False)):
        with transaction():
            Partner.update(state=state, ending=ending, state_since=cast.now).where(
                Partner.id == cast.andina.id).execute()
        with statements() as seen:
            assert browser.get(partner(cast, lang=lang)).status_code == 200
        assert len(seen) <= 5


def test_finance_reads_how_a_partner_stands_and_changes_nothing(cast):
    browser = cast.person("money@vendor.example", "en", staff="finance").browser()
    assert "/standing" not in browser.get(partner(cast)).text
    answer = browser.send(partner(cast, "/standing"), page=partner(cast), act="suspend", seen="active")
    assert answer.status_code == 403


# ---- Mails ----

@pytest.mark.parametrize("lang", LANGUAGES)
def test_mails_are_written_in_the_language_of_who_gets_them(cast, make_ctx, app, lang):
    mails = [
        ("dispute-raised", {"dispute": "x", "organization": "Siam", "side": side, "person": "Ada", "country": "US"})
        for side in ("customer", "partner")
    ] + [
        ("dispute-settled", {"side": side, "left": left, "organization": "Siam", "customer": "x", "change": "y",
                             "decision": "It <stays>.", "decided_by": "Ada", "country": "US"})
        for side, left in (("customer", False), ("partner", True), ("partner", False))
    ] + [
        ("partner-standing", {"done": done, "partner": "Andina", "reason": reason, "days": 30, "country": "US"})
        for done, reason in (("suspended", "Why"), ("reinstated", ""), ("ending", "Why"), ("terminated", "Why"))
    ]
    with app.test_request_context():
        for number, (event, params) in enumerate(mails):
            mail = Outgoing(key=str(number), event=event, to_address="a@b.example", to_name="Ada", language=lang,
                            params=params, created_at=cast.now)
            message = rendered(make_ctx(), mail)
            body = message.get_body(("plain",)).get_content()
            assert message["Subject"]
            assert "None" not in body
            assert "%(" not in body
            if event == "dispute-settled":
                assert "It <stays>." in body
            if params.get("reason"):
                assert "Why" in body
