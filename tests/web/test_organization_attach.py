"""Choosing a partner in the organization's console: codes, requests, tokens, and the page on which they agree."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from lxml import html

from portal.commissions.models import TierChange
from portal.customers.models import Organization
from portal.delegation.policy import ALLOWED, FORBIDDEN
from portal.partners.models import Partner
from portal.relations.commands.offers import make_code
from portal.relations.models import Change, Offer
from portal.relations.policy.offers import TRIES_PER_ACCOUNT
from portal.relations.policy.terms import SEES_INSIDE
from portal.storage import transaction
from tests.client import statements
from tests.relations.doors import entered, independent, requested, token

LANGUAGES = ("en", "es", "fr", "th")


def path(cast, rest="", lang="en"):
    return f"/{lang}/organizations/{cast.siam.public_id}/partner{rest}"


def fields(response):
    """Return the values of the consent form as a browser would send them: nothing that nobody has chosen."""
    tree = html.fromstring(response.data)
    return dict(tree.xpath("//form[.//input[@name='with_access']]")[0].form_values())


def consent(browser, address, **chosen):
    """Post the consent form with what the page holds and what somebody chooses."""
    return browser.post(address, data={**fields(browser.get(address)), "agree": "y", **chosen})


def partner_of(cast):
    return Organization.get_by_id(cast.siam.id).partner


def test_a_code_leads_to_the_terms_and_consent_to_the_partner(cast):
    independent(cast)
    browser, made = cast.siam_admin.browser(), make_code(cast.outsider.ctx, "form")
    typed = f" {made.text.lower().replace('-', ' ')} "
    answer = browser.send(path(cast, "/code"), code=typed)
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert partner_of(cast) is None
    done = consent(browser, address, with_access="yes")
    assert done.status_code == 303
    assert partner_of(cast) == cast.outsider.partner
    again = browser.get(address)
    assert "already the partner" in again.text
    assert not html.fromstring(again.data).xpath("//input[@name='with_access']")


def test_the_page_says_what_the_partner_sees_does_and_is_paid(cast):
    page = cast.siam_admin.browser().get(path(cast, f"/attach/{entered(cast)}"))
    text = unescape(page.text)
    for said in (
        "Other Resale", "United States", "Outsider", "Your subscriptions: plans", "Change, suspend, renew and end",
        *(words for task, words in ALLOWED.items() if task not in SEES_INSIDE), *SEES_INSIDE.values(),
        *FORBIDDEN.values(), "15%", "10%", "Authorized", "Workplace", "All other services",
        "You pay the same prices", "No card is set", "What ends with Andina Cloud", "It need not agree",
        "I have read this and agree for Siam Trading", "Move to Other Resale",
    ):
        assert said in text, said


def test_a_partners_card_is_named_as_what_ends(cast):
    cast.card(cast.siam, "reseller")
    text = cast.siam_admin.browser().get(path(cast, f"/attach/{entered(cast)}")).text
    assert "Andina Cloud, with its own card" in text
    assert "Until a card is chosen, nothing is charged" in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_shows_the_page(cast, lang):
    browser, offer = cast.siam_admin.browser(), entered(cast)
    for rest in (f"/attach/{offer}", "/code", "/token", ""):
        assert browser.get(path(cast, rest, lang)).status_code == 200


def test_access_and_consent_have_no_default(cast):
    browser, offer = cast.siam_admin.browser(), entered(cast)
    for rest in (f"/attach/{offer}", "/token"):
        held = fields(browser.get(path(cast, rest)))
        assert "with_access" not in held
        assert "agree" not in held


@pytest.mark.parametrize(
    ("left_out", "status"),
    [({"with_access": None}, 422), ({"agree": None}, 422), ({"with_access": "maybe"}, 422),
     ({"effective_on": ""}, 422), ({"effective_on": "soon"}, 422), ({"effective_on": "2030-01-01"}, 409),
     ({"seen": ""}, 409), ({"seen": "x"}, 409)],
)
def test_nothing_is_attached_without_every_answer(cast, left_out, status):
    browser, address = cast.siam_admin.browser(), path(cast, f"/attach/{entered(cast)}")
    data = {**fields(browser.get(address)), "with_access": "yes", "agree": "y", **left_out}
    refused = browser.post(address, data={name: value for name, value in data.items() if value is not None})
    assert refused.status_code == status
    held = fields(refused)
    assert "agree" not in held
    assert held["seen"] == fields(browser.get(address))["seen"]
    assert Change.select().count() == 0


def test_what_changed_while_it_was_read_is_shown_before_anybody_agrees(cast):
    browser, address = cast.siam_admin.browser(), path(cast, f"/attach/{entered(cast)}")
    data = {**fields(browser.get(address)), "with_access": "no", "agree": "y"}
    with transaction():
        TierChange.create(partner=cast.outsider.partner, tier="premium", effective_from=cast.now.date(),
                          set_by_name="?", created_at=cast.now)
    refused = browser.post(address, data=data)
    assert refused.status_code == 409
    assert "25%" in refused.text
    assert fields(refused)["with_access"] == "no"
    assert browser.post(address, data={**fields(refused), "agree": "y"}).status_code == 303


def test_the_same_form_sent_twice_is_one_change(cast):
    browser, address = cast.siam_admin.browser(), path(cast, f"/attach/{entered(cast)}")
    day = (cast.now + timedelta(days=5)).date().isoformat()
    data = {**fields(browser.get(address)), "with_access": "no", "agree": "y", "effective_on": day}
    first, second = browser.post(address, data=data), browser.post(address, data=data)
    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert Change.select().count() == 1
    assert browser.post(address, data={**data, "with_access": "yes"}).status_code == 409
    assert partner_of(cast) == cast.andina


def test_extra_fields_decide_nothing(cast):
    independent(cast)
    browser, address = cast.siam_admin.browser(), path(cast, f"/attach/{entered(cast)}")
    consent(browser, address, with_access="no", terms="{}", partner=str(cast.andina.id), by="vendor", state="done",
            subscriptions="end", organization="1")
    change = Change.get()
    assert (change.to_partner, change.with_access, change.by, change.subscriptions) == (
        cast.outsider.partner, False, "customer", "continue")
    assert change.terms["partner"]["name"] == "Other Resale"


def test_without_the_forms_token_nothing_happens(cast, run_jobs):
    browser, offer = cast.siam_admin.browser(), requested(cast, run_jobs).public_id
    for rest in ("/code", f"/attach/{offer}", "/token", f"/attach/{offer}/decline", f"/attach/{offer}/withdraw"):
        assert browser.post(path(cast, rest), data={"with_access": "yes", "agree": "y"}).status_code == 400
    assert Offer.get().state == "open"
    assert Change.select().count() == 0


@pytest.mark.parametrize(
    ("who", "status"), [("siam_manager", 403), ("admin", 403), ("colleague", 403), ("outsider", 404), ("reviewer", 404)]
)
def test_nobody_else_chooses(cast, app, who, status, run_jobs):
    app.config["WTF_CSRF_ENABLED"] = False
    browser, offer = getattr(cast, who).browser(), requested(cast, run_jobs).public_id
    for rest in ("/code", "/token", f"/attach/{offer}"):
        assert browser.get(path(cast, rest)).status_code == status
        assert browser.post(path(cast, rest), data={"with_access": "yes", "agree": "y"}).status_code == status
    for act in ("decline", "unblock", "withdraw"):
        assert browser.post(path(cast, f"/attach/{offer}/{act}")).status_code == status
    assert Change.select().count() == 0


def test_an_offer_for_another_organization_is_not_there(cast, app):
    app.config["WTF_CSRF_ENABLED"] = False
    offer = entered(cast)
    bistro = cast.customer("Bistro", "bistro.example", admin_email="boss@bistro.example")
    other = cast.person("boss@bistro.example", "fr")
    cast.employ(bistro, other, "super-admin")
    address = f"/fr/organizations/{bistro.public_id}/partner/attach/{offer}"
    assert other.browser().get(address).status_code == 404
    assert other.browser().post(address, data={"with_access": "yes", "agree": "y"}).status_code == 404


def test_a_wrong_code_is_not_kept_in_the_page_and_guessing_ends(cast):
    browser = cast.siam_admin.browser()
    csrf = browser.csrf(path(cast, "/code"))
    answers = [browser.post(path(cast, "/code"), data={"csrf_token": csrf, "code": f"K7MP-3QXW-9TFA-H2R{number}"})
               for number in range(20)]
    assert [one.status_code for one in answers] == [409] * TRIES_PER_ACCOUNT.tries + [429] * 10
    assert "K7MP-3QXW-9TFA-H2R" not in answers[0].text.replace("K7MP-3QXW-9TFA-H2RD", "")
    assert browser.post(path(cast, "/code"), data={"csrf_token": csrf, "code": " "}).status_code == 422


def test_a_request_is_read_declined_blocked_and_allowed_again(cast, run_jobs, mailer):
    browser, offer = cast.siam_admin.browser(), requested(cast, run_jobs)
    sent = mailer.sent[-1]
    assert f"/th/organizations/{cast.siam.public_id}/partner/attach/{offer.public_id}" in sent.get_body(
        ("plain",)).get_content()
    page = browser.get(path(cast, "/code"))
    assert "Other Resale" in page.text
    assert "shops like yours" in page.text
    browser.get(path(cast, f"/attach/{offer.public_id}"))  # as scanners of mails do
    assert Offer.get().state == "open"
    declined = browser.send(path(cast, f"/attach/{offer.public_id}/decline"), page=path(cast, "/code"), block="yes")
    assert declined.status_code == 303
    page = browser.get(path(cast, "/code"))
    assert "Partners that cannot ask" in page.text
    browser.send(path(cast, f"/attach/{offer.public_id}/unblock"), page=path(cast, "/code"))
    assert "Other Resale" not in browser.get(path(cast, "/code")).text
    closed = browser.get(path(cast, f"/attach/{offer.public_id}"))
    assert "no longer open" in closed.text


def test_what_a_partner_writes_stays_text(cast, run_jobs):
    offer = requested(cast, run_jobs)
    with transaction():
        Offer.update(message="<script>alert(1)</script>", made_by_name="<b>x</b>").execute()
    for rest in ("/code", f"/attach/{offer.public_id}"):
        text = cast.siam_admin.browser().get(path(cast, rest)).text
        assert "&lt;script&gt;" in text
        assert "<b>x" not in text


def test_a_token_is_shown_once_after_consent(cast):
    browser = cast.siam_admin.browser()
    page = browser.get(path(cast, "/token"))
    assert "any partner that holds the token" in page.text
    assert "From 15% to 25%" in page.text
    answer = browser.post(path(cast, "/token"), data={**fields(page), "agree": "y", "with_access": "no"})
    assert answer.status_code == 200
    text = html.fromstring(answer.data).xpath("//div[@class='copy']/code/text()")[0]
    assert len(text) == 19
    overview = browser.get(path(cast, "/code"))
    assert text not in overview.text
    assert f"…{text[-4:]}" in overview.text
    offer = Offer.get()
    assert (offer.consent["with_access"], offer.consent["only"]) == (False, "")
    withdrawn = browser.send(path(cast, f"/attach/{offer.public_id}/withdraw"), page=path(cast, "/code"))
    assert withdrawn.status_code == 303
    assert Offer.get().state == "withdrawn"


@pytest.mark.parametrize("left_out", [{"with_access": None}, {"agree": None}])
def test_no_token_without_consent(cast, left_out):
    browser = cast.siam_admin.browser()
    data = {**fields(browser.get(path(cast, "/token"))), "agree": "y", "with_access": "no", **left_out}
    refused = browser.post(path(cast, "/token"), data={key: value for key, value in data.items() if value})
    assert refused.status_code == 422
    assert Offer.select().count() == 0


def test_a_suspended_partner_is_no_choice(cast, run_jobs):
    offer = requested(cast, run_jobs)
    with transaction():
        Partner.update(state="suspended").where(Partner.id == cast.outsider.partner.id).execute()
    browser = cast.siam_admin.browser()
    assert "Other Resale" not in browser.get(path(cast, "/code")).text
    assert "cannot take customers at present" in browser.get(path(cast, f"/attach/{offer.public_id}")).text


def test_your_partner_leads_here_whoever_may_choose(cast):
    assert path(cast, "/code") in cast.siam_admin.browser().get(path(cast)).text
    for person in (cast.siam_manager, cast.admin):
        assert path(cast, "/code") not in person.browser().get(path(cast)).text
    independent(cast)
    assert path(cast, "/token") in cast.siam_admin.browser().get(path(cast)).text


def test_a_get_of_an_act_leads_to_its_page(cast):
    for act in ("decline", "unblock", "withdraw"):
        answer = cast.siam_admin.browser().get(path(cast, f"/attach/x/{act}"))
        assert answer.headers["Location"].endswith(path(cast, "/code"))


def test_the_pages_ask_the_database_little_however_much_waits(cast, run_jobs):
    offer = entered(cast)
    token(cast)
    browser = cast.siam_admin.browser()
    counts = []
    for number in range(2):
        with statements() as seen:
            browser.get(path(cast, "/code"))
        counts.append(len(seen))
        partner = cast.partner(f"P{number}", "US", "en")
        requested(cast, run_jobs, cast.member(f"p{number}@p.example", "en", partner, "super-admin"))
    assert counts[0] == counts[1] <= 5
    for rest in (f"/attach/{offer}", "/token"):
        with statements() as seen:
            browser.get(path(cast, rest))
        assert len(seen) <= 5, seen
