"""Many workers and people at once: nobody waits in a circle, and every number, day and balance is right afterwards."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

from portal.billing.commands.cards import use_card
from portal.billing.models import Charge, DayTotal, Invoice, InvoiceNumber
from portal.commissions.models import Balance
from portal.customers.models import Organization
from portal.jobs.models import Job
from portal.jobs.worker import run_due
from portal.storage import database
from tests.billing.shop import invoices

COUNTRIES = (("US", "UTC"), ("TH", "Asia/Bangkok"), ("FR", "Europe/Paris"), ("US", "UTC"))


def at_once(*acts: Callable[[], object]) -> None:
    """Do everything at the same moment, each on a connection of its own; whatever fails, fails the test."""
    errors: list[BaseException] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            with database.connection_context():
                start.wait(20)
                act()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []


def customers_of(cast, count: int) -> list[Organization]:
    made = []
    for number in range(count):
        country, zone = COUNTRIES[number % len(COUNTRIES)]
        made.append(cast.customer(f"C{number}", f"c{number}.example", standing="ended", country=country,
                                  language="en", time_zone=zone))
        cast.card(made[-1], token=f"t{number}")
    return made


def test_workers_share_charges_renewals_tries_and_refunds(shop, cast, make_ctx, money_only) -> None:
    customers = customers_of(cast, 8)
    for customer in customers:
        shop.buy(customer)

    def work() -> None:
        run_due(make_ctx)

    at_once(work, work, work)
    bought = [invoice.subscription for invoice in Invoice.select()]
    assert len(bought) == 8
    shop.gateway.decline.update({f"t{number}": "do_not_honor" for number in range(0, 8, 2)})
    for owned in bought:
        shop.refund(invoices(owned)[0], 1000)
    shop.clock.now = datetime(2026, 4, 2, 13, tzinfo=UTC)
    at_once(work, work, work)
    shop.clock.advance(days=1)
    at_once(work, work, work)
    assert Job.select().where(Job.state == "ready", Job.run_at <= shop.clock.now).count() == 0
    assert [len(invoices(owned)) for owned in bought] == [2] * 8
    assert Invoice.select().where(Invoice.state == "open").count() == 4
    assert Charge.select().count() == 8 + 8 + 4
    assert sum(row.count for row in DayTotal.select()) == 8 + 8 + 4 + 8
    assert {row.entity: row.last for row in InvoiceNumber.select()} == {"us": 12, "th": 6, "eu": 6}
    assert Balance.select().count() == 3
    assert shop.faults() == []


def test_cards_change_both_ways_at_once(shop, cast, make_ctx, money_only) -> None:
    """An invoice that is made out anew takes a number of each entity: from the one to the other and the other way."""
    customers = [cast.customer(f"C{number}", f"c{number}.example", standing="ended", country="FR", time_zone="UTC")
                 for number in range(6)]
    partner_s = cast.card(customers[0], "reseller", token="partner")
    cards = [cast.card(customer, token=f"t{number}") for number, customer in enumerate(customers)]
    for customer, kind in zip(customers, ("reseller", "customer") * 3, strict=True):
        card = partner_s if kind == "reseller" else cards[customers.index(customer)]
        Organization.update(card_id=card.id, card_kind=kind).where(Organization.id == customer.id).execute()
    bought = [shop.bought(customer) for customer in customers]
    shop.gateway.decline.update({card.token: "do_not_honor" for card in (partner_s, *cards)})
    shop.clock.now = datetime(2026, 4, 2, 13, tzinfo=UTC)
    shop.work()
    shop.gateway.decline.clear()
    ctx = shop.ctx

    def other(number: int) -> Callable[[], object]:
        card = cards[number] if number % 2 == 0 else partner_s
        return lambda: use_card(ctx, customers[number].public_id, card.public_id)

    at_once(*(other(number) for number in range(6)))
    shop.work()
    assert [[invoice.state for invoice in invoices(owned)] for owned in bought] == [["paid", "credited", "paid"]] * 6
    assert {row.entity: row.last for row in InvoiceNumber.select()} == {"us": 12, "eu": 12}
    assert shop.faults() == []
