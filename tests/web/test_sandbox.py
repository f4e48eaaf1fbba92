"""The sandbox's hosted pages, from the portal's question to the card that is kept and the payment that is confirmed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import create_app
from portal.adapters.signon import FakeSignOn
from portal.billing.commands.cards import ask_card
from portal.billing.models import Card, CardSetup, Charge
from portal.core.context import Ports
from portal.customers.models import Organization
from tests.billing.shop import Shop
from tests.payments import ASKS, EMPTY, GOOD, REFUSED, answer, enter, opened, path_of, webhooks_arrive


@pytest.fixture
def gateway(sandbox):
    return sandbox


@pytest.fixture
def setup(cast, run_jobs):
    """Andina asks for Siam's own card; the worker has the page opened."""
    asked = ask_card(cast.admin.ctx, cast.siam.public_id, True)
    run_jobs()
    return CardSetup.get_by_id(asked.id)


@pytest.fixture
def shop(cast, sandbox, clock, run_jobs):
    return Shop(cast, sandbox, clock, run_jobs)


def keep(browser, setup, number):
    response = enter(browser, setup.url, number=number)
    assert (response.status_code, response.headers["Location"]) == (
        303, f"http://portal.test/cards/back/setup/{setup.public_id}")
    return browser.get(path_of(response.headers["Location"]))


# ---- Entering a card ----

def test_a_card_is_entered_and_kept(cast, setup, run_jobs):
    browser = cast.admin.browser()
    back = keep(browser, setup, GOOD)
    assert back.headers["Location"] == f"/es/store/cards/setups/{setup.public_id}"
    run_jobs()
    card = CardSetup.get_by_id(setup.id).card
    assert (card.brand, card.last4, card.exp_month, card.exp_year) == ("visa", "4242", 12, 2030)
    assert (card.organization_id, card.gateway) == (cast.siam.id, "sandbox")
    organization = Organization.get_by_id(cast.siam.id)
    assert (organization.card_id, organization.card_kind) == (card.id, "customer")
    assert "4242" in browser.get(back.headers["Location"]).text


def test_the_webhook_is_enough_if_nobody_comes_back(app, cast, setup, sandbox, run_jobs):
    answers = webhooks_arrive(app, sandbox)
    enter(cast.admin.browser(), setup.url)
    run_jobs()
    run_jobs()
    assert (answers, CardSetup.get_by_id(setup.id).state) == ([200], "done")


def test_coming_back_twice_keeps_one_card(app, cast, setup, sandbox, run_jobs):
    webhooks_arrive(app, sandbox)
    browser = cast.admin.browser()
    keep(browser, setup, GOOD)
    for _ in range(3):
        run_jobs()
        assert browser.get(f"/cards/back/setup/{setup.public_id}").status_code == 302
    assert Card.select().count() == 1
    assert CardSetup.get_by_id(setup.id).state == "done"


def test_whoever_comes_back_without_a_card_may_go_there_again(cast, setup, run_jobs):
    browser = cast.admin.browser()
    browser.get(f"/cards/back/setup/{setup.public_id}")
    assert CardSetup.get_by_id(setup.id).state == "returned"
    run_jobs()
    assert CardSetup.get_by_id(setup.id).state == "open"
    keep(browser, setup, GOOD)
    run_jobs()
    assert CardSetup.get_by_id(setup.id).state == "done"


def test_the_page_is_in_the_readers_language_and_says_what_it_is(cast, client, setup):
    assert opened(cast.siam_admin.browser(), setup.url).startswith("/th/sandbox/")
    assert opened(cast.admin.browser(), setup.url).startswith("/es/sandbox/")
    page = client.get(opened(client, setup.url)).text
    assert "Sandbox: no money moves" in page
    for shown in ("4242 4242 4242 4242", "3782 822463 10005", "Every payment waits until"):
        assert shown in page
    assert "Partner Store" not in page


@pytest.mark.parametrize(("typed", "words"), [
    ({"number": "4111 1111 1111 1111"}, "none of the test numbers"),
    ({"number": "4242"}, "Enter the digits of the card number"),
    ({"number": "4242 4242 4242 424x"}, "Enter the digits of the card number"),
    ({"number": REFUSED}, "The card was declined"),
    ({"expiry": "02/26"}, "The card has expired"),
    ({"expiry": "13/30"}, "Enter month and year"),
    ({"expiry": "soon"}, "Enter month and year"),
    ({"cvc": "12"}, "three or four digits"),
    ({"cvc": "abc"}, "three or four digits"),
])
def test_what_is_wrong_is_told_beside_the_field_and_all_but_the_code_is_kept(client, setup, typed, words):
    response = enter(client, setup.url, **typed)
    assert response.status_code == 422
    assert words in response.text
    kept = {"number": "4242 4242 4242 4242", "expiry": "12/30", **typed}
    assert f'value="{kept["number"]}"' in response.text
    assert f'value="{kept["expiry"]}"' in response.text
    assert 'value="123"' not in response.text
    assert CardSetup.get_by_id(setup.id).state == "open"


@pytest.mark.parametrize("expiry", ["12/30", "12/2030", "1230", "12-30", " 12 / 30 "])
def test_expiry_dates_are_read_as_people_write_them(client, setup, sandbox, expiry):
    assert enter(client, setup.url, expiry=expiry).status_code == 303
    assert sandbox.finish_setup(setup.reference).exp_year == 2030


def test_whoever_cancels_goes_back_without_a_card(cast, setup, run_jobs):
    browser = cast.admin.browser()
    page = opened(browser, setup.url)
    response = browser.send(f"{page}/cancel", page)
    assert response.headers["Location"].endswith(f"/cards/back/setup/{setup.public_id}")
    browser.get(path_of(response.headers["Location"]))
    run_jobs()
    found = CardSetup.get_by_id(setup.id)
    assert (found.state, found.fault, Card.select().count()) == ("failed", "cancelled", 0)


def test_a_finished_page_takes_nothing_more(client, setup):
    page = opened(client, setup.url)
    token = client.csrf(page)
    enter(client, setup.url)
    for path in (page, f"{page}/cancel"):
        response = client.post(path, data={"csrf_token": token, "number": GOOD, "expiry": "12/30", "cvc": "123"})
        assert response.status_code == 409
        assert "The card is saved." in response.text
    assert f"/cards/back/setup/{setup.public_id}" in client.get(page).text


def test_a_page_that_expired_says_so(client, setup, clock):
    clock.advance(hours=25)
    assert "This page has expired" in client.get(opened(client, setup.url)).text


def test_no_page_no_card(client, setup):
    token = client.csrf(opened(client, setup.url))
    for path in ("/en/sandbox/cards/none", "/en/sandbox/cards/none/cancel", "/en/sandbox/confirm/none"):
        assert client.get(path).status_code == 404
        assert client.post(path, data={"csrf_token": token}).status_code == 404


def test_the_form_needs_its_token(client, setup):
    page = opened(client, setup.url)
    response = client.post(page, data={"number": GOOD, "expiry": "12/30", "cvc": "987"},
                           headers={"Origin": "http://localhost"})
    assert response.status_code == 400
    assert "987" not in response.text


def test_a_page_asks_few_things(client, setup):
    from tests.client import statements

    page = opened(client, setup.url)
    with statements() as seen:
        client.get(page)
    assert len(seen) <= 5


# ---- Paying with it ----

def paying_with(cast, number, run_jobs):
    """Let Siam pay with a card of that number."""
    asked = ask_card(cast.admin.ctx, cast.siam.public_id, True)
    run_jobs()
    enter(cast.admin.browser(), CardSetup.get_by_id(asked.id).url, number=number)
    cast.admin.browser().get(f"/cards/back/setup/{asked.public_id}")
    run_jobs()


def test_a_good_card_pays_an_order(cast, shop, run_jobs):
    paying_with(cast, GOOD, run_jobs)
    assert shop.bought(cast.siam).state == "paid"
    assert shop.faults() == []


def test_an_empty_card_is_taken_and_declines_the_charge(cast, shop, run_jobs):
    paying_with(cast, EMPTY, run_jobs)
    shop.buy(cast.siam)
    run_jobs()
    charge = Charge.get()
    assert (charge.state, charge.decline_code) == ("declined", "insufficient_funds")


@pytest.mark.parametrize(("said", "state", "code"), [
    ("confirm", "succeeded", ""), ("refuse", "declined", "authentication_failed"),
])
def test_a_payment_is_confirmed_by_the_cards_holder(cast, shop, run_jobs, said, state, code):
    paying_with(cast, ASKS, run_jobs)
    order = shop.buy(cast.siam)
    run_jobs()
    charge = Charge.get()
    assert charge.state == "action"
    browser = cast.admin.browser()
    assert charge.currency in browser.get(opened(browser, charge.action_url)).text
    response = answer(browser, charge, said)
    assert response.headers["Location"] == f"http://portal.test/cards/back/charge/{charge.public_id}"
    back = browser.get(path_of(response.headers["Location"]))
    assert back.headers["Location"] == f"/es/store/orders/{order.public_id}"
    run_jobs()  # without any time having passed
    charge = Charge.get()
    assert (charge.state, charge.decline_code) == (state, code)
    assert shop.faults() == []


def test_a_payment_is_confirmed_once(client, cast, shop, run_jobs):
    paying_with(cast, ASKS, run_jobs)
    shop.buy(cast.siam)
    run_jobs()
    charge = Charge.get()
    page = opened(client, charge.action_url)
    token = client.csrf(page)
    assert client.post(page, data={"csrf_token": token, "answer": "perhaps"}).status_code == 422
    assert client.post(page, data={"csrf_token": token, "answer": "refuse"}).status_code == 303
    late = client.post(page, data={"csrf_token": token, "answer": "confirm"})
    assert late.status_code == 409
    assert "The payment was not confirmed." in late.text


# ---- Only where the sandbox is the gateway ----

@pytest.mark.parametrize(("changes", "there"), [
    ({}, True), ({"development": False}, False), ({"cards": "none"}, False), ({"cards": "stripe"}, False),
])
def test_the_pages_exist_only_where_the_sandbox_is_in_use(settings, dns, web, mailer, gateway, changes, there):
    built = create_app(replace(settings, **changes), Ports(dns, web, mailer, gateway, FakeSignOn()))
    found = {rule.endpoint for rule in built.url_map.iter_rules() if rule.endpoint.startswith("sandbox.")}
    assert bool(found) == there
