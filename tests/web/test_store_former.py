"""Giving notice to a customer, and what a partner keeps of one that has left."""

from __future__ import annotations

import pytest
from lxml import html

from portal.audit.models import Event
from portal.relations.commands.ending import leave
from portal.relations.models import Change, Dispute
from portal.subscriptions.commands import extend_trial_of, try_service
from tests.client import statements
from tests.relations.doors import agree, boss, entered

LANGUAGES = ("en", "es", "fr", "th")


def text(response):
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


def release(cast, lang="en"):
    return f"/{lang}/store/customers/{cast.siam.public_id}/release"


@pytest.fixture
def left(cast):
    """Siam has left Andina, which had done something for it, for the outsider's partner."""
    trial = try_service(cast.admin.ctx, cast.siam.public_id, "crm-standard", 3, "monthly")
    extend_trial_of(cast.admin.ctx, trial.public_id, 15)
    return agree(cast, entered(cast))


def former(change, rest="", lang="en"):
    return f"/{lang}/store/former/{change.public_id}{rest}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_in_every_language(cast, left, lang):
    browser = cast.admin.browser()
    for address in (f"/{lang}/store/former", former(left, lang=lang)):
        with statements() as seen:
            assert browser.get(address).status_code == 200
        assert len(seen) <= 5, address
    back = agree(cast, entered(cast, cast.admin, "back"))
    assert cast.outsider.browser().get(former(back, lang=lang)).status_code == 200
    assert browser.get(release(cast, lang)).status_code == 200


def test_notice_has_a_reason_and_can_be_taken_back(cast):
    browser = cast.admin.browser()
    assert release(cast) in browser.get(f"/en/store/customers/{cast.siam.public_id}").text
    assert browser.send(release(cast), reason="  ").status_code == 422
    assert browser.send(release(cast), reason="We close our office.").status_code == 303
    page = browser.get(release(cast))
    assert "We close our office." in page.text
    assert html.fromstring(page.data).xpath("count(//textarea)") == 0
    assert browser.send(f"{release(cast)}/withdraw", page=release(cast)).status_code == 303
    assert Change.get().state == "withdrawn"
    assert browser.send(f"{release(cast)}/withdraw", page=release(cast)).status_code == 409


def test_the_customer_was_first(cast):
    browser = cast.admin.browser()
    token = browser.csrf(release(cast))
    leave(boss(cast), "continue", "We do it ourselves.")
    answer = browser.post(release(cast), data={"csrf_token": token, "reason": "x"})
    assert answer.status_code == 409
    assert "Another change of partner is announced" in text(answer)
    assert "This customer leaves you on" in text(answer)
    assert "We do it ourselves." in text(browser.get(former(Change.get())))


def test_the_live_page_is_gone_at_once_and_what_it_keeps_is_there(cast, left):
    browser = cast.admin.browser()
    live = f"/en/store/customers/{cast.siam.public_id}"
    for rest in ("", "/record", "/edit", "/release", "/services"):
        assert browser.get(live + rest).status_code == 404, rest
    assert "Siam Trading" not in browser.get("/en/store/customers").text
    assert "/en/store/former" in browser.get("/en/store/customers").text
    assert former(left) in browser.get("/en/store/former").text
    page = browser.get(former(left))
    assert "Extended the trial" in text(page)
    assert "Other Resale" not in page.text  # who comes next is not its business
    assert "The customer" in text(page)
    file = browser.get(former(left, "/record.csv"))
    assert "Extended the trial" in file.text
    assert "Other Resale" not in file.text


def test_its_own_acts_of_later_are_not_those_of_then(cast, left, clock):
    clock.advance(days=1)
    agree(cast, entered(cast, cast.admin, "back"))
    cast.admin.browser().send(release(cast), reason="Later")
    assert Event.select().where(Event.verb == "relation.announced", Event.side == "partner").exists()
    page = text(cast.admin.browser().get(former(left)))
    assert "A change of partner was announced" not in page
    assert "Extended the trial" in page


def test_nobody_else_finds_it(cast, left):
    third = cast.member("boss@third.example", "en", cast.partner("Third", "US", "en"), "super-admin")
    for person in (cast.outsider, third):
        for rest in ("", "/record.csv"):
            assert person.browser().get(former(left, rest)).status_code == 404
        assert former(left) not in person.browser().get("/en/store/former").text
        assert person.browser().send(former(left, "/dispute"), page="/en/store/attach", text="x").status_code == 404
    assert Dispute.select().count() == 0


def test_a_dispute(cast, left):
    browser = cast.admin.browser()
    assert browser.send(former(left, "/dispute"), page=former(left), text=" ").status_code == 422
    assert browser.send(former(left, "/dispute"), page=former(left), text="No", side="customer").status_code == 303
    assert Dispute.get().side == "partner"
    assert "It waits for the decision" in text(browser.get(former(left)))
    assert browser.send(former(left, "/dispute"), page="/en/store/attach", text="Again").status_code == 409
    reader = cast.member("reader@andina.example", "en", cast.andina, "reader").browser()
    assert reader.get(former(left)).status_code == 200
    assert reader.send(former(left, "/dispute"), page="/en/account", text="x").status_code == 403


def test_after_the_period_there_is_no_form(cast, left, clock):
    browser = cast.admin.browser()
    clock.advance(days=60)
    assert "cannot be disputed any more" in text(browser.get(former(left)))
    answer = browser.send(former(left, "/dispute"), page="/en/store/attach", text="x")
    assert answer.status_code == 409
    assert Dispute.select().count() == 0


def test_without_the_forms_token_nothing_happens(cast, left):
    browser = cast.admin.browser()
    agree(cast, entered(cast, cast.admin, "back"))
    for address in (former(left, "/dispute"), release(cast), f"{release(cast)}/withdraw"):
        assert browser.post(address).status_code == 400
