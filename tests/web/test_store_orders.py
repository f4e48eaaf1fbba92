"""The page of an order: while it is paid, when the bank asks, and what became of it."""

from __future__ import annotations

from datetime import date

import pytest
from lxml import html

from portal.billing.commands.orders import change_subscription
from portal.billing.models import Charge, Invoice, Order
from portal.billing.queries.quotes import preview_change
from portal.subscriptions.models import Subscription
from tests.client import HTMX, statements
from tests.no_js import NoJs

PROFESSIONAL = "workplace-professional"


@pytest.fixture
def order(cast):
    """An upgrade of Siam Trading that waits for its money."""
    cast.card(cast.siam)
    half = {"period_from": date(2025, 9, 1), "renews_on": date(2026, 9, 1)}
    Subscription.update(**half).where(Subscription.organization == cast.siam).execute()
    owned = Subscription.get(Subscription.organization == cast.siam)
    total = preview_change(cast.admin.ctx, cast.siam, owned, PROFESSIONAL, 10, "yearly", 0).bill.total
    return change_subscription(cast.admin.ctx, owned.public_id, PROFESSIONAL, 10, "yearly", 0, owned.version, total)


@pytest.fixture
def path(order):
    return f"/en/store/orders/{order.public_id}"


@pytest.fixture
def person(cast):
    return NoJs(cast.admin.browser())


def test_it_waits_by_itself_and_with_a_link(cast, path, person, run_jobs):
    browser = cast.colleague.browser()
    with statements() as seen:
        page = html.fromstring(browser.get(path).data)
    assert len(seen) <= 5
    assert page.xpath("//*[@id='order']/@hx-get") == [path]
    person.open(path)
    assert "The card is being charged" in person.text
    assert "Visa •••• 4242" in person.text
    run_jobs()
    person.click("Refresh")
    assert "Workplace Professional" in person.text
    assert Invoice.get().code in person.text
    assert not html.fromstring(browser.get(path).data).xpath("//*[@id='order']/@hx-get")


def test_htmx_gets_the_part_alone(cast, path):
    part = cast.admin.browser().get(path, headers=HTMX)
    assert part.text.lstrip().startswith('<div id="order"')


def test_the_bank_asks_and_the_holder_confirms(order, path, person, gateway, run_jobs, clock):
    gateway.action.add("tok")
    run_jobs()
    person.open(path)
    link = person.tree.xpath("//a[normalize-space()='Confirm at the bank']/@href")
    assert link == [Charge.get().action_url]
    gateway.confirm(Charge.get().reference)
    clock.advance(minutes=2)
    run_jobs()
    assert "Done" in person.click("Refresh").text


def test_it_is_given_up(order, path, person, gateway, run_jobs):
    gateway.action.add("tok")
    run_jobs()
    person.open(path).press("Give up")
    assert "is being given up" in person.notices
    run_jobs()
    person.open(path)
    assert "The payment was given up before the card's holder confirmed it." in person.text
    assert gateway.taken == 0
    again = person.client.post(f"{path}/withdraw", data={"csrf_token": person.client.csrf(path)})
    assert again.status_code == 409
    assert person.client.get(f"{path}/withdraw").headers["Location"] == path


DECLINES = [
    ("insufficient_funds", "There is not enough money on the account of the card."),
    ("a_code_of_tomorrow", "The payment was declined. The bank of the card knows why."),
]


@pytest.mark.parametrize(("code", "said"), DECLINES)
def test_a_decline_says_why_and_what_to_do(order, path, person, gateway, run_jobs, code, said):
    gateway.decline["tok"] = code
    run_jobs()
    person.open(path)
    assert said in person.text
    assert "/card?next=" in person.tree.xpath("//a[normalize-space()='Change card']/@href")[0]
    person.click("Try again")
    assert "Before you confirm" in person.text
    assert "Workplace Professional" in person.text


def test_money_that_goes_back_is_told(cast, order, path, person, run_jobs):
    Subscription.update(state="ended").where(Subscription.organization == cast.siam).execute()
    run_jobs()
    assert "The money goes back" in person.open(path).text


def test_an_outsider_finds_nothing(cast, order, path):
    browser = cast.outsider.browser()
    assert browser.get(path).status_code == 404
    assert browser.send(f"{path}/withdraw", "/en/store/customers").status_code == 404
    assert Order.get().state == "pending"
