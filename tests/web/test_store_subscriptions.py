"""The page of a subscription, and the preview before every change of it, with JavaScript and without."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

import pytest
from lxml import html

from portal.billing.models import Order
from portal.customers.models import Organization
from portal.subscriptions.commands import ask_change
from portal.subscriptions.models import ChangeRequest, Scheduled, Subscription, Suspension
from portal.subscriptions.policy import Wish
from tests.client import HTMX, statements
from tests.inside import inside
from tests.no_js import NoJs

STANDARD, PROFESSIONAL = "workplace-standard", "workplace-professional"


@pytest.fixture
def owned(cast):
    """Siam Trading's Workplace Standard, 10 licenses at 36.00 USD a year, half of which has passed."""
    half = {"period_from": date(2025, 9, 1), "renews_on": date(2026, 9, 1), "anchor_day": 1}
    Subscription.update(**half).where(Subscription.organization == cast.siam).execute()
    return Subscription.get(Subscription.organization == cast.siam)


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


@pytest.fixture
def person(browser):
    return NoJs(browser)


def path(owned, more=""):
    return f"/en/store/subscriptions/{owned.public_id}{more}"


def change(owned, **values):
    wanted = {"plan": owned.plan, "licenses": owned.licenses, "period": owned.period, "extra_storage_gb": 0, **values}
    return path(owned, f"/change?{urlencode(wanted)}")


def words(response):
    return " ".join(html.fromstring(response.data).xpath("//main")[0].text_content().split()).replace("\u00a0", " ")


def cells(response, heading):
    found = html.fromstring(response.data).xpath(f"//tr[contains(th, '{heading}')]/td")
    return [" ".join(cell.text_content().split()).replace("\u00a0", " ") for cell in found]


def fresh(row):
    return type(row).get_by_id(row.id)


# ---- The page ----

def test_the_customer_s_page_leads_to_each_subscription(cast, owned, person):
    person.open(f"/en/store/customers/{cast.siam.public_id}").click("Workplace")
    assert person.url.endswith(path(owned))
    for part in ("Workplace Standard", "Paid until September 1, 2026. It renews by itself.", "36.00", "No card yet"):
        assert part in person.text.replace("\u00a0", " "), part


def test_what_it_says_in_few_statements(cast, owned, browser):
    cast.card(cast.siam)
    for reason in ("payment", "partner", "vendor"):
        Suspension.create(subscription=owned, reason=reason, note=f"Because {reason}", since=cast.now)
    Subscription.update(state="suspended").where(Subscription.id == owned.id).execute()
    with statements() as seen:
        page = browser.get(path(owned))
    assert len(seen) <= 5
    for part in ("Suspended", "Because payment", "Because partner", "Because vendor", "Visa •••• 4242"):
        assert part in words(page), part


def test_renewal_behavior(owned, person):
    person.open(path(owned)).press("Update", renewal="end")
    assert fresh(owned).renewal == "end"
    assert "It ends then." in person.text
    stale = person.client.send(path(owned, "/renewal"), path(owned), renewal="ask", seen=owned.version)
    assert stale.status_code == 409
    assert "changed in the meantime" in words(stale)
    assert person.client.send(path(owned, "/renewal"), path(owned), renewal="never", seen="1").status_code == 422


def test_suspend_and_lift(owned, person):
    person.open(path(owned)).press("Suspend")
    assert person.status == 409
    assert "Say why" in person.text
    person.press("Suspend", note="Closed for the season")
    assert (fresh(owned).state, person.status) == ("suspended", 200)
    assert "Closed for the season" in person.text
    person.press("Lift the suspension")
    assert fresh(owned).state == "paid"
    assert person.client.send(path(owned, "/suspension/lift"), path(owned)).status_code == 409


def test_the_end_is_told_before(owned, person):
    person.open(path(owned)).click("End the subscription")
    for part in ("It ends today.", "Nothing is paid back", "It is paid until September 1, 2026."):
        assert part in person.text, part
    person.press("End it today")
    assert (fresh(owned).state, fresh(owned).ended_on) == ("ended", date(2026, 3, 2))
    again = person.client.send(path(owned, "/end"), path(owned), seen=fresh(owned).version)
    assert again.status_code == 409


def test_its_history_is_there(owned, person):
    person.open(path(owned)).press("Suspend", note="Closed for the season")
    assert "Suspended the subscription" in person.text


def test_any_trial_is_extended(cast, person):
    trial = cast.customer("Try", "try.example", plan="crm-standard", standing="trial")
    owned = Subscription.get(Subscription.organization == trial)
    person.open(path(owned)).press("Extend trial")
    assert fresh(owned).trial_days == 30
    assert "On trial until April 1, 2026." in person.text
    assert person.client.send(path(owned, "/trial"), path(owned), seen="15").status_code == 409


@pytest.mark.parametrize("act", ["renewal", "planned", "suspension", "suspension/lift", "trial"])
def test_reloading_what_was_sent_leads_to_the_page(owned, browser, act):
    assert browser.get(path(owned, f"/{act}")).headers["Location"] == path(owned)


# ---- The preview ----

def test_the_form_shows_what_is(owned, browser):
    page = html.fromstring(browser.get(path(owned, "/change")).data)
    assert page.xpath("//select[@name='plan']/option[@selected]/@value") == [STANDARD]
    assert page.xpath("//input[@name='licenses']/@value") == ["10"]
    assert page.xpath("//input[@name='period'][@checked]/@value") == ["yearly"]
    assert "Before you confirm" not in page.text_content()


def test_an_upgrade_shows_each_line_with_its_formula(cast, owned, browser):
    cast.card(cast.siam)
    with statements() as seen:
        page = browser.get(change(owned, plan=PROFESSIONAL))
    assert len(seen) <= 5
    assert cells(page, "Credit for Workplace Standard") == [
        "− 10 licenses × 36.00 USD × 183 of 365 days-180.49315 USD is rounded to -180.49 USD.", "-180.49 USD"]
    assert cells(page, "Workplace Professional, rest of the period") == [
        "10 licenses × 72.00 USD × 183 of 365 days360.986301 USD is rounded to 360.99 USD.", "360.99 USD"]
    assert cells(page, "VAT (Thailand)")[0].startswith("180.50 USD × 7%12.635 USD is rounded to 12.64 USD.")
    assert cells(page, "Charged now")[-1:] == ["193.14 USD"]
    for part in ("Visa •••• 4242", "Customer card (CC)", "On September 1, 2026, at the prices", "770.40 USD",
                 "Your commission on it"):
        assert part in words(page), part


def test_more_and_less_at_once_says_what_waits(owned, browser):
    page = browser.get(change(owned, plan=PROFESSIONAL, licenses=5))
    assert cells(page, "Number of licenses") == ["10", "10", "5"]
    assert "What becomes more takes effect at once, what becomes less waits for the renewal." in words(page)


def test_less_alone_waits_and_costs_nothing(owned, person):
    person.open(change(owned, licenses=5))
    assert "Nothing is charged now." in person.text
    assert "From the renewal on Sep 1, 2026 on" in person.text
    person.press("Confirm the change")
    assert (Scheduled.get().licenses, fresh(owned).licenses) == (5, 10)
    assert "The change is planned for the renewal." in person.notices
    assert "From Sep 1, 2026 on: Workplace Standard. Number of licenses: 5." in person.text
    person.press("Cancel the planned change")
    assert not Scheduled.select().exists()


def test_what_was_planned_before_is_named(owned, person):
    person.open(change(owned, licenses=5)).press("Confirm the change")
    person.open(change(owned, licenses=7))
    assert "This takes the place of what was planned before." in person.text
    assert "Number of licenses: 5." in person.text


def test_confirming_asks_for_the_money_and_nothing_more(cast, owned, person, run_jobs, gateway):
    cast.card(cast.siam)
    person.open(path(owned, "/change")).press("Show what it costs", plan=PROFESSIONAL)
    person.press("Confirm the change")
    order = Order.get()
    assert person.url.endswith(f"/en/store/orders/{order.public_id}")
    assert fresh(owned).plan == STANDARD
    run_jobs()
    assert fresh(owned).plan == PROFESSIONAL
    assert gateway.taken == order.total == 19314


def test_without_a_card_the_preview_leads_to_choosing_one_and_back(cast, owned, browser):
    page = html.fromstring(browser.get(change(owned, plan=PROFESSIONAL)).data)
    link = page.xpath("//a[normalize-space()='Choose a card']/@href")[0]
    assert link.startswith(f"/en/store/customers/{cast.siam.public_id}/card?next=")
    assert PROFESSIONAL in link
    assert not page.xpath("//button[normalize-space()='Confirm the change']")
    answer = browser.send(path(owned, "/change"), path(owned), plan=PROFESSIONAL, licenses="10", period="yearly",
                          extra_storage_gb="0", seen=owned.version, total="19314")
    assert answer.status_code == 409
    assert "Add a payment card" in words(answer)


def test_an_expired_card_is_named(cast, owned, browser):
    cast.card(cast.siam, exp_year=2025)
    page = browser.get(change(owned, plan=PROFESSIONAL))
    assert "The card Visa •••• 4242 has expired." in words(page)
    assert "Confirm the change" not in words(page)


WRONG = [
    ({"licenses": "many"}, 422, "Not a valid integer value."), ({"licenses": ""}, 422, "This field is required."),
    ({"plan": "mail-lite"}, 422, "Not a valid choice."), ({"period": "weekly"}, 422, "Not a valid choice."),
    ({"licenses": "0"}, 409, "Use a number from 1 to 100000."),
    ({"extra_storage_gb": "-5"}, 409, "Use a number from 0 to 100000."),
    ({}, 409, "This is what the subscription is already."),
]


@pytest.mark.parametrize(("values", "status", "said"), WRONG)
def test_what_is_wrong_is_said_beside_its_field_and_kept(owned, browser, values, status, said):
    page = browser.get(change(owned, **{"extra_storage_gb": "77" if values and "extra" not in str(values) else "0",
                                        **values}))
    assert page.status_code == status
    assert said in words(page)
    assert "Before you confirm" not in words(page)
    if values:
        name, typed = next(iter(values.items()))
        kept = html.fromstring(page.data).xpath(f"//input[@name='{name}'][not(@type='radio')]/@value")
        assert kept in ([typed], [])


def test_never_fewer_licenses_than_users(cast, owned, browser):
    for number in range(6):
        cast.user(f"user{number}@siam.example")
    page = browser.get(change(owned, licenses=3))
    assert page.status_code == 409
    assert "There are already 6 users" in words(page)


def test_a_stale_confirmation_gets_the_fresh_preview(cast, owned, browser):
    cast.card(cast.siam)
    values = {"plan": PROFESSIONAL, "licenses": "10", "period": "yearly", "extra_storage_gb": "0"}
    for seen, total in ((owned.version + 1, 19314), (owned.version, 1), ("", "")):
        answer = browser.send(path(owned, "/change"), path(owned), **values, seen=seen, total=total)
        assert answer.status_code == 409
        assert "changed in the meantime" in words(answer)
        assert html.fromstring(answer.data).xpath("//input[@name='total']/@value") == ["19314"]
    assert not Order.select().exists()


def test_a_second_order_waits_for_the_first(cast, owned, browser):
    cast.card(cast.siam)
    values = {"plan": PROFESSIONAL, "licenses": "10", "period": "yearly", "extra_storage_gb": "0",
              "seen": owned.version, "total": "19314"}
    assert browser.send(path(owned, "/change"), path(owned), **values).status_code == 303
    again = browser.send(path(owned, "/change"), path(owned), **values)
    assert again.status_code == 409
    assert Order.select().count() == 1
    page = words(browser.get(change(owned, licenses=12)))
    assert "still being paid" in page
    assert "Show what it costs" not in page


def test_htmx_gets_the_form_and_the_preview_alone(owned, browser):
    part = browser.get(change(owned, licenses=5), headers=HTMX)
    assert part.text.lstrip().startswith('<div id="terms">')
    assert "Before you confirm" in part.text


# ---- Trials ----

@pytest.fixture
def trial(cast):
    organization = cast.customer("Try", "try.example", standing="trial", country="US", time_zone="UTC")
    return Subscription.get(Subscription.organization == organization)


def test_a_trial_is_bought(cast, trial, person, run_jobs):
    cast.card(Organization.get_by_id(trial.organization_id))
    person.open(path(trial)).click("Change or buy").press("Show what it costs", mode="convert", licenses="4")
    assert "144.00" in person.text
    person.press("Confirm the change")
    run_jobs()
    assert (fresh(trial).state, fresh(trial).licenses, fresh(trial).trial_days) == ("paid", 4, None)


def test_a_trial_is_changed_for_nothing(trial, person):
    person.open(path(trial, "/change")).press("Show what it costs", mode="change", plan=PROFESSIONAL)
    assert "Nothing is charged now." in person.text
    assert "If the trial is bought" in person.text
    person.press("Confirm the change")
    assert (fresh(trial).plan, fresh(trial).state) == (PROFESSIONAL, "trial")


def test_an_expired_trial_can_only_be_bought(trial, browser):
    Subscription.update(state="expired").where(Subscription.id == trial.id).execute()
    page = browser.get(path(trial, "/change"))
    assert "Change the trial" not in words(page)
    assert "360.00 USD" in words(browser.get(change(trial, mode="change")))


# ---- A customer's wish ----

def test_a_wish_is_prepared_answered_and_closed(cast, owned, person, run_jobs):
    cast.card(cast.siam)
    asked = ask_change(inside(cast.siam_admin, cast.siam), owned.public_id, Wish(licenses=20), "For the branch")
    person.open("/en/store/changes").click("Answer").click("Prepare the change")
    assert "For the branch" in person.text
    person.press("Confirm the change", answer="With pleasure")
    run_jobs()
    done = ChangeRequest.get_by_id(asked.id)
    assert (done.state, done.answer, fresh(owned).licenses) == ("done", "With pleasure", 20)
    person.open(path(owned, f"/change?request={asked.public_id}&licenses=30"))
    assert "Your customer asks for" not in person.text


def test_a_wish_of_another_s_customer_is_not_found(cast, owned):
    asked = ask_change(inside(cast.siam_admin, cast.siam), owned.public_id, Wish(licenses=20))
    other = cast.customer("Else", "else.example", partner=cast.outsider.partner)
    theirs = Subscription.get(Subscription.organization == other)
    browser = cast.outsider.browser()
    assert browser.get(path(theirs, f"/change?request={asked.public_id}")).status_code == 404


def test_an_outsider_finds_nothing(cast, owned):
    browser = cast.outsider.browser()
    for more in ("", "/change", "/end"):
        assert browser.get(path(owned, more)).status_code == 404
    for more in ("/change", "/end", "/renewal", "/planned", "/suspension", "/suspension/lift", "/trial"):
        answer = browser.send(path(owned, more), "/en/store/customers", plan=owned.plan, licenses="5", seen="0",
                              period="yearly", extra_storage_gb="0", total="0", renewal="end", note="?")
        assert answer.status_code == 404, more


@pytest.mark.parametrize("lang", ["es", "fr", "th"])
def test_in_other_languages_and_formats(cast, owned, browser, lang):
    cast.card(cast.siam)
    page = browser.get(change(owned, plan=PROFESSIONAL).replace("/en/", f"/{lang}/"))
    assert page.status_code == 200
    assert ("193.14" if lang in {"th", "es"} else "193,14") in page.text  # Mexican Spanish has points
    assert browser.get(path(owned).replace("/en/", f"/{lang}/")).status_code == 200
