"""The Partner Store from end to end, in four languages, without JavaScript, with the sandbox gateway's own pages.

A trial is bought with a card that the customer's people never type here, upgraded with a preview, its details are
updated, its card changed, its invoices, reports and commission read (S0.13-19, S3.23-35).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portal.billing.models import Charge, Invoice
from portal.commissions.models import Balance, Entry
from portal.core.locales import COMPLETE
from portal.customers.models import Organization
from portal.subscriptions.models import Subscription
from tests.journeys.conftest import World
from tests.no_js import NoJs
from tests.words import words

CARD = {"number": "4242 4242 4242 4242", "expiry": "12/30", "cvc": "123"}


@pytest.mark.parametrize("language", COMPLETE)
def test_the_store(world: World, language: str) -> None:
    store_story(world, lambda who: NoJs(who.browser()), language)


def store_story(world: World, enter: Callable[[Any], Any], language: str) -> None:
    """Walk it with any browser that speaks like `NoJs`."""
    say = words(language)
    organization = world.cast.customer("Lanna Craft", "lanna.example", standing="trial", licenses=6)
    person = enter(world.cast.member(f"seller@{language}.example", language, world.cast.andina, "super-admin"))
    person.open(f"/{language}/store/customers/{organization.public_id}")

    _buys_the_trial(world, person, say)
    _upgrades(world, person, say, organization)
    _updates_the_details(person, say, organization)
    _changes_the_card(world, person, say, organization, language)
    _reads_reports_and_commission(person, say, language)
    _the_customer_reads_its_invoice(world, enter, organization)


def _buys_the_trial(world: World, person: Any, say: Any) -> None:
    person.click("Workplace").click(say("Change or buy"))
    person.press(say("Show what it costs"), mode="convert", licenses="8", period="yearly")
    assert say("This customer has no payment card yet. Choose one to go on.") in person.text
    person.click(say("Choose a card"))
    person.press(say("Update"), customer_card=True)
    _enters_a_card(world, person, say)
    person.press(say("Confirm the change"))
    _is_paid(world, person, say)
    invoice = Invoice.get()
    assert (invoice.state, invoice.card_kind, invoice.paid) == ("paid", "customer", invoice.total)
    world.work()
    mail = world.box.to("super-admin@lanna.example")[-1]
    assert mail["Content-Language"] == "th", "the customer's own language"
    assert invoice.code in mail["Subject"]


def _enters_a_card(world: World, person: Any, say: Any) -> None:
    world.work()
    person.refreshed(say("Refresh"), until=say("The card page is ready"))
    person.click(say("Continue to the card page"))
    person.press(say("Save the card"), **{**CARD, "number": "1234 5678 9012"})
    assert person.status == 422
    person.press(say("Save the card"), **CARD)
    world.work()
    person.refreshed(say("Refresh"), until=say("The card is saved."))
    person.click(say("Continue"))


def _is_paid(world: World, person: Any, say: Any) -> None:
    world.work()
    person.refreshed(say("Refresh"), until=say("Show the subscription"))


def _upgrades(world: World, person: Any, say: Any, organization: Organization) -> None:
    before = Charge.select().count()
    person.click(say("Show the subscription")).click(say("Change", "button"))
    person.press(say("Show what it costs"), licenses="0")
    assert Charge.select().count() == before
    person.press(say("Show what it costs"), plan="workplace-professional", licenses="10", extra_storage_gb="20")
    person.press(say("Confirm the change"))
    _is_paid(world, person, say)
    owned = Subscription.get(Subscription.organization == organization)
    assert (owned.plan, owned.licenses, owned.extra_storage_gb, owned.state) == (
        "workplace-professional", 10, 20, "paid")
    assert Charge.select().count() == before + 1
    person.click(say("Show the subscription")).click(say("Change", "button"))
    person.press(say("Show what it costs"), licenses="7")
    assert say("Nothing is charged now.") in person.text
    person.press(say("Confirm the change"))
    assert (Charge.select().count(), Subscription.get_by_id(owned.id).licenses) == (before + 1, 10)


def _updates_the_details(person: Any, say: Any, organization: Organization) -> None:
    person.click(say("Show the customer")).click(say("Edit details"))
    person.press(say("Update"), name="ล้านนา คราฟท์", tax_id="0105555555555", bill_city="เชียงใหม่")
    assert "ล้านนา คราฟท์" in person.text
    assert Organization.get_by_id(organization.id).name == "ล้านนา คราฟท์"


def _changes_the_card(world: World, person: Any, say: Any, organization: Organization, language: str) -> None:
    listed = f"/{language}/store/customers"
    assert say("CC", "payment") in person.open(listed).text
    person.open(f"{listed}/{organization.public_id}").click(say("Change card"))
    person.press(say("Update"), customer_card=False)
    _enters_a_card(world, person, say)
    assert Organization.get_by_id(organization.id).card_kind == "reseller"
    assert say("RC", "payment") in person.open(listed).text


def _reads_reports_and_commission(person: Any, say: Any, language: str) -> None:
    person.click(say("Reports"))
    total = person.tree.xpath("//tbody//a[contains(@href, '/reports/payments')]/@href")[0]
    person.open(total)
    receipt = person.tree.xpath("//tbody//a[contains(@href, '/invoices/')]/@href")[0]
    person.open(receipt)
    assert Invoice.get(Invoice.kind == "invoice").entity.upper() in person.text, "a receipt is two clicks away"
    person.click(say("Commission"))
    assert person.status == 200
    assert Balance.get().amount == sum(entry.amount for entry in Entry.select())
    assert Balance.get().amount > 0


def _the_customer_reads_its_invoice(world: World, enter: Callable[[Any], Any], organization: Organization) -> None:
    boss = world.cast.person("super-admin@lanna.example", "th", time_zone="Asia/Bangkok")
    world.cast.employ(organization, boss, "super-admin")
    window = enter(boss)
    window.open(f"/th/organizations/{organization.public_id}/invoices")
    assert window.status == 200
    for invoice in Invoice.select():
        assert invoice.code in window.text
