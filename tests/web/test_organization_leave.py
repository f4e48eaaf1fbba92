"""Leaving the partner from the organization's console, and disputing a change."""

from __future__ import annotations

import pytest
from lxml import html

from portal.customers.models import Organization
from portal.relations.commands.ending import release_customer
from portal.relations.models import Change, Dispute
from tests.client import statements
from tests.relations.doors import agree, boss, entered, independent

LANGUAGES = ("en", "es", "fr", "th")


def path(cast, rest="", lang="en"):
    return f"/{lang}/organizations/{cast.siam.public_id}/partner{rest}"


def text(response):
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_in_every_language(cast, lang):
    browser = cast.siam_admin.browser()
    with statements() as seen:
        page = browser.get(path(cast, "/leave", lang))
    assert page.status_code == 200
    assert len(seen) <= 5
    assert "Andina Cloud" in page.text
    assert path(cast, "/leave", lang) in browser.get(path(cast, lang=lang)).text


def test_leaving_and_taking_it_back(cast):
    browser = cast.siam_admin.browser()
    answer = browser.send(path(cast, "/leave"), subscriptions="end", reason="We do it ourselves.")
    assert answer.status_code == 303
    change = Change.get()
    assert (change.subscriptions, change.reason, change.state) == ("end", "We do it ourselves.", "announced")
    page = browser.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "Until that day you can take it back." in text(page)
    assert "You leave your partner on" in text(browser.get(path(cast, "/leave")))
    here = path(cast, f"/changes/{change.public_id}")
    assert browser.send(f"{here}/take-back", page=here).status_code == 303
    assert Change.get().state == "withdrawn"
    late = browser.send(f"{here}/take-back", page=path(cast, "/leave"))
    assert "cannot be taken back any more" in text(browser.get(late.headers["Location"]))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_all_changes_are_listed(cast, lang):
    browser = cast.siam_admin.browser()
    assert path(cast, "/changes", lang) in browser.get(path(cast, lang=lang)).text
    assert browser.get(path(cast, "/changes", lang)).status_code == 200
    change = agree(cast, entered(cast))
    page = browser.get(path(cast, "/changes", lang))
    for said in ("Andina Cloud", "Other Resale", path(cast, f"/changes/{change.public_id}", lang)):
        assert said in page.text
    assert cast.siam_manager.browser().get(path(cast, "/changes", lang)).status_code == 403


def test_what_happens_to_the_subscriptions_has_no_default(cast):
    browser = cast.siam_admin.browser()
    assert not html.fromstring(browser.get(path(cast, "/leave")).data).xpath("//input[@checked]")
    answer = browser.send(path(cast, "/leave"), reason="We do it ourselves.")
    assert answer.status_code == 422
    assert "We do it ourselves." in answer.text
    assert browser.send(path(cast, "/leave"), subscriptions="delete").status_code == 422
    assert Change.select().count() == 0


def test_fields_that_the_form_does_not_have_change_nothing(cast):
    cast.siam_admin.browser().send(
        path(cast, "/leave"), subscriptions="continue", effective_on="2020-01-01", by="vendor", state="done",
        to_partner=cast.outsider.partner.id, with_access="yes")
    change = Change.get()
    assert (change.by, change.state, change.to_partner_id, change.with_access) == ("customer", "announced", None, False)
    assert Organization.get_by_id(cast.siam.id).partner == cast.andina


def test_the_partner_was_first(cast):
    browser = cast.siam_admin.browser()
    token = browser.csrf(path(cast, "/leave"))
    release_customer(cast.admin.ctx, cast.siam.public_id, "We close our office.")
    answer = browser.post(path(cast, "/leave"), data={"csrf_token": token, "subscriptions": "continue"})
    assert answer.status_code == 409
    assert "Another change of partner is announced" in text(answer)
    change = browser.get(path(cast, f"/changes/{Change.get().public_id}"))
    assert "We close our office." in text(change)
    assert "take-back" not in change.text


def test_without_a_partner(cast):
    independent(cast)
    browser = cast.siam_admin.browser()
    assert "There is nothing to end." in text(browser.get(path(cast, "/leave")))
    answer = browser.send(path(cast, "/leave"), page=path(cast, "/code"), subscriptions="continue")
    assert answer.status_code == 409
    assert path(cast, "/leave") not in browser.get(path(cast)).text


def test_without_the_forms_token_nothing_happens(cast):
    change = agree(cast, entered(cast))
    browser = cast.siam_admin.browser()
    for rest in ("/leave", f"/changes/{change.public_id}/take-back", f"/changes/{change.public_id}/dispute"):
        assert browser.post(path(cast, rest)).status_code == 400
    assert Dispute.select().count() == 0


def test_a_dispute_keeps_what_was_typed_and_is_raised_once(cast):
    change = agree(cast, entered(cast))
    browser, here = cast.siam_admin.browser(), path(cast, f"/changes/{change.public_id}")
    for lang in LANGUAGES:
        assert browser.get(path(cast, f"/changes/{change.public_id}", lang)).status_code == 200
    long = browser.send(f"{here}/dispute", page=here, text="x" * 2001)
    assert long.status_code == 422
    assert "x" * 2001 in long.text
    assert browser.send(f"{here}/dispute", page=here, text="<b>No</b>").status_code == 303
    page = browser.get(here)
    assert "&lt;b&gt;No&lt;/b&gt;" in page.text
    assert "text" not in html.fromstring(page.data).xpath("//textarea/@name")
    again = browser.send(f"{here}/dispute", page=path(cast, "/leave"), text="More")
    assert again.status_code == 409
    assert Dispute.select().count() == 1
    assert Dispute.get().side == "customer"


def test_it_is_the_super_administrators_alone(cast, app):
    app.config["WTF_CSRF_ENABLED"] = False
    change = agree(cast, entered(cast))
    for person in (cast.siam_manager,):
        for rest in ("/leave", f"/changes/{change.public_id}/take-back", f"/changes/{change.public_id}/dispute"):
            assert person.browser().post(path(cast, rest)).status_code == 403
    assert boss(cast).actor.name in text(cast.siam_admin.browser().get(path(cast, f"/changes/{change.public_id}")))
