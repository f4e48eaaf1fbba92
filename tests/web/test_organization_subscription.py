"""The subscription of a customer: to look at, to ask for changes, and the partner's answers in its Store."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import html

from portal.billing.commands import standing
from portal.billing.commands.orders import change_subscription
from portal.customers.models import Organization
from portal.storage import transaction
from portal.subscriptions.commands import ask_change
from portal.subscriptions.commands.suspensions import suspend
from portal.subscriptions.models import ChangeRequest, Subscription
from portal.subscriptions.policy import Wish
from tests.client import HTMX, statements
from tests.inside import inside


@pytest.fixture
def boss(cast):
    return cast.siam_admin.browser()


@pytest.fixture
def page(cast):
    return f"/en/organizations/{cast.siam.public_id}/subscription"


@pytest.fixture
def owned(cast):
    return Subscription.get(Subscription.organization == cast.siam)


@pytest.fixture
def asked(cast, owned):
    return ask_change(inside(cast.siam_admin, cast.siam), owned.public_id, Wish(licenses=20), "For the new branch")


def words(response):
    return " ".join(html.fromstring(response.data).text_content().split())


def fill(owned, **values):
    return {"subscription": owned.public_id, "topic": "licenses", **values}


def test_the_organization_sees_what_it_has(boss, page):
    text = words(boss.get(page))
    for part in ("Workplace Standard", "Number of licenses10", "Licenses in use1", "Renewal date", "40 GB", "36.00"):
        assert part in text, part


def test_it_asks_and_sees_the_state_of_its_request(boss, page, owned):
    sent = boss.send(f"{page}/requests", page, **fill(owned, licenses="25", note="ด่วน"))
    assert (sent.status_code, sent.headers["Location"]) == (303, page)
    text = words(boss.get(page))
    assert "25 licenses in total" in text
    assert "ด่วน" in text
    assert "Open" in text


def test_it_withdraws(boss, page, asked):
    done = boss.send(f"{page}/requests/{asked.public_id}/withdraw", page)
    assert done.status_code == 303
    assert ChangeRequest.get().state == "withdrawn"
    again = boss.post(f"{page}/requests/{asked.public_id}/withdraw", data={"csrf_token": boss.csrf(page)})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [
        ({"topic": "licenses", "licenses": ""}, 422, "This field is required."),
        ({"topic": "licenses", "licenses": "many"}, 422, "Not a valid integer value."),
        ({"topic": "plan", "plan": ""}, 422, "This field is required."),
        ({"topic": "plan", "plan": "mail-lite"}, 422, "Not a valid choice."),
        ({"topic": ""}, 422, "This field is required."),
        ({"topic": "owner"}, 422, "Not a valid choice."),
        ({"topic": "licenses", "licenses": "10"}, 409, "This is the number of licenses you have."),
        ({"topic": "licenses", "licenses": "99999999999999999999"}, 409, "Use a number from 1 to 100000."),
        ({"topic": "storage_gb", "storage_gb": "-1"}, 409, "Use a number from 0 to 100000."),
        ({"topic": "licenses", "licenses": "20", "note": "x" * 2001}, 422, "longer than 2000"),
    ],
)
def test_bad_answers_are_told_beside_their_field_and_kept(boss, page, owned, values, status, said):
    response = boss.send(f"{page}/requests", page, **fill(owned, **{"note": "Kept", **values}))
    assert response.status_code == status
    assert said in words(response)
    assert ("Kept" in response.text) == ("note" not in values)
    assert not ChangeRequest.select().exists()


def test_a_foreign_subscription_is_no_choice(cast, boss, page):
    other = cast.customer("Other", "other.example")
    foreign = Subscription.get(Subscription.organization == other)
    response = boss.send(f"{page}/requests", page, **fill(foreign, licenses="25"))
    assert response.status_code == 422
    assert not ChangeRequest.select().exists()


def test_the_partner_looks_and_answers_elsewhere(cast, page, asked):
    browser = cast.colleague.browser()
    response = browser.get(page)
    assert f'href="/en/store/changes/{asked.public_id}"' in response.text
    assert "Request a change" not in response.text
    assert browser.send(f"{page}/requests", page, topic="licenses", licenses="50").status_code == 403
    assert browser.send(f"{page}/requests/{asked.public_id}/withdraw", page).status_code == 403


def test_without_a_partner_there_is_nobody_to_ask(cast, boss, page):
    Organization.update(partner=None).where(Organization.id == cast.siam.id).execute()
    assert "Request a change" not in boss.get(page).text


def test_the_store_lists_what_waits_and_leads_to_its_preview(cast, owned, asked):
    cast.card(cast.siam)
    browser = cast.colleague.browser()
    listed = browser.get("/en/store/changes")
    assert "20 licenses in total" in words(listed)
    assert "Siam Trading" in words(listed)
    one = browser.get(f"/en/store/changes/{asked.public_id}")
    assert "For the new branch" in one.text
    link = html.fromstring(one.data).xpath("//a[normalize-space()='Prepare the change']/@href")[0]
    preview = browser.get(link)
    for part in ("For the new branch", "10 licenses × 36.00", "Your answer"):
        assert part in words(preview), part
    changed = html.fromstring(preview.data).xpath("//tr[contains(th, 'Number of licenses')]/td")
    assert [cell.text_content() for cell in changed] == ["10", "20"]
    assert ChangeRequest.get().state == "open"


def test_a_decline_says_why(cast, owned, asked):
    browser = cast.colleague.browser()
    one = f"/en/store/changes/{asked.public_id}"
    silent = browser.send(f"{one}/decline", one, answer="  ")
    assert silent.status_code == 409
    assert "Tell your customer why." in silent.text
    assert browser.send(f"{one}/decline", one, answer="Nächstes Jahr").status_code == 303
    told = cast.siam_admin.browser().get(f"/en/organizations/{cast.siam.public_id}/subscription")
    assert "Nächstes Jahr" in told.text


def test_an_outsider_finds_nothing(cast, asked):
    browser = cast.outsider.browser()
    assert "Siam" not in browser.get("/en/store/changes").text
    one = f"/en/store/changes/{asked.public_id}"
    assert browser.get(one).status_code == 404
    assert browser.send(f"{one}/decline", "/en/store/changes").status_code == 404


def test_revoked_access_leaves_the_commercial_side(cast, asked):
    with transaction():
        Organization.update(access="revoked").where(Organization.id == cast.siam.id).execute()
    browser = cast.admin.browser()
    assert "Siam Trading" in browser.get("/en/store/changes").text
    assert "20 licenses in total" in words(browser.get(f"/en/store/customers/{cast.siam.public_id}"))


@pytest.mark.parametrize("lang", ["es", "fr", "th"])
def test_a_refused_fragment_is_a_page_in_the_reader_s_language(cast, lang, asked):
    path = f"/{lang}/organizations/{cast.siam.public_id}/subscription"
    browser = cast.colleague.browser()
    token = browser.csrf(path)
    refused = browser.post(f"{path}/requests", data={"csrf_token": token}, headers=HTMX)
    assert (refused.status_code, refused.headers["HX-Retarget"]) == (403, "body")


STANDINGS = [
    ({"state": "trial", "trial_days": 15, "renews_on": date(2026, 3, 17)}, "On trial until March 17, 2026."),
    ({"state": "expired", "trial_days": 15}, "The trial has ended. It can still be bought"),
    ({"renewal": "renew"}, "Paid until March 2, 2027. It renews by itself."),
    ({"renewal": "end"}, "Paid until March 2, 2027. It ends then."),
    ({"renewal": "ask"}, "The partner is asked before; without an answer it ends."),
    ({"state": "ended", "renews_on": None, "ended_on": date(2026, 3, 1)}, "Ended on March 1, 2026."),
]


@pytest.mark.parametrize(("values", "said"), STANDINGS)
def test_each_state_is_in_words(boss, page, owned, values, said):
    Subscription.update(renews_on=date(2027, 3, 2)).where(Subscription.id == owned.id).execute()
    Subscription.update(**values).where(Subscription.id == owned.id).execute()
    assert said in words(boss.get(page))


def test_every_reason_of_a_suspension_and_what_is_planned(cast, boss, page, owned):
    change_subscription(cast.admin.ctx, owned.public_id, owned.plan, 5, "yearly", 0, owned.version, 0)
    standing.suspend_subscription(cast.admin.ctx, owned.public_id, "Holidays")
    standing.suspend_for_vendor(cast.reviewer.ctx, owned.public_id, "Abuse was reported")
    with transaction():
        suspend(cast.make_ctx(), Subscription.get_by_id(owned.id), "payment")
    with statements() as seen:
        text = words(boss.get(page))
    assert len(seen) <= 5
    for part in ("Andina Cloud has suspended it", "Holidays", "Zoho has suspended it", "Abuse was reported",
                 "An invoice has not been paid", "From Mar 2, 2027 on: Workplace Standard. Number of licenses: 5."):
        assert part in text, part


def test_one_that_ended_cannot_be_asked_about(cast, boss, page, owned):
    Subscription.update(state="ended").where(Subscription.id == owned.id).execute()
    assert "Request a change" not in words(boss.get(page))
