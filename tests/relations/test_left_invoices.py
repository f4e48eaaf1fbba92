"""Invoices that are open when a customer moves: whose they stay, whose card pays them, and who does not suffer."""

from __future__ import annotations

from typing import Any

import pytest

from portal.billing.commands.cards import use_card
from portal.billing.commands.renewals import pay_invoice
from portal.billing.models import Card, Charge, Invoice
from portal.core.errors import NotFound
from portal.customers.models import Organization
from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.relations.commands.changes import announce
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.billing.shop import Shop, fresh, invoices


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


def move(cast: Any, to: Any = None) -> None:
    ctx = cast.siam_admin.ctx
    with transaction():
        announce(ctx, cast.siam, to_partner=to, by="customer", effective_on=ctx.today("Asia/Bangkok"))


def unpaid(cast: Any, shop: Shop, kind: str, days: int = 32) -> tuple[Subscription, Invoice]:
    """A monthly service whose renewal was declined, some days after it was bought."""
    _ = cast.siam_admin
    cast.card(cast.siam, kind, token="old")
    owned = shop.bought(cast.siam)
    shop.gateway.decline["old"] = "do_not_honor"
    shop.day(days)
    [_, invoice] = invoices(owned)
    assert invoice.state == "open"
    Outgoing.delete().execute()
    return owned, invoice


def card_of(cast: Any, token: str, **owner: Any) -> Card:
    with transaction():
        return Card.create(  # type: ignore[no-any-return]
            **owner, gateway="fake", customer="payer", token=token, brand="visa", last4="1111", exp_month=12,
            exp_year=2030, created_at=cast.now,
        )


def charged(invoice: Invoice) -> set[str]:
    """Return the cards that an invoice was tried with."""
    return {charge.card.token for charge in Charge.select().where(Charge.invoice == invoice.id)}


def told(event: str) -> set[str]:
    return {mail.to_address for mail in Outgoing.select().where(Outgoing.event == event)}


def use_theirs(cast: Any) -> None:
    """Let the new partner pay for its new customer, by its own card."""
    theirs = card_of(cast, "theirs", partner=cast.outsider.partner)
    use_card(cast.outsider.ctx, cast.siam.public_id, theirs.public_id)


@pytest.mark.parametrize("kind", ["reseller", "customer"])
def test_a_new_partner_never_pays_for_the_former_one_s_business(cast, shop, kind) -> None:
    owned, invoice = unpaid(cast, shop, kind)
    move(cast, cast.outsider.partner)
    use_theirs(cast)
    shop.day(40)
    assert charged(invoice) == {"old"}
    assert [(one.partner_id, one.card_kind) for one in invoices(owned)[:2]] == [(cast.andina.id, kind)] * 2
    assert "theirs" not in {charge.card.token for charge in Charge.select().where(Charge.partner == cast.andina)}
    assert shop.faults() == []


def test_a_former_partner_s_debt_is_not_held_against_its_customer(cast, shop) -> None:
    owned, invoice = unpaid(cast, shop, "reseller")
    move(cast, cast.outsider.partner)
    use_theirs(cast)
    shop.day(40)
    assert fresh(owned).state == "paid"
    assert fresh(invoice).state == "credited"  # given up, as any invoice after its timetable
    assert [one.partner_id for one in invoices(owned)] == [cast.andina.id] * 2 + [cast.outsider.partner.id]
    assert told("payment-declined") == {"partner-admin@andina.example"}
    assert not told("subscription-suspended") | told("subscription-ended")
    assert shop.faults() == []


def test_what_a_former_partner_s_debt_had_suspended_works_again(cast, shop) -> None:
    owned, _ = unpaid(cast, shop, "reseller", days=44)
    assert fresh(owned).state == "suspended"
    move(cast, cast.outsider.partner)
    assert fresh(owned).state == "paid"
    shop.day(30)
    assert shop.faults() == []


def test_what_the_customer_owes_keeps_it_suspended_wherever_it_goes(cast, shop) -> None:
    owned, invoice = unpaid(cast, shop, "customer", days=44)
    move(cast, cast.outsider.partner)
    assert fresh(owned).state == "suspended"
    good = card_of(cast, "good", organization=cast.siam)
    use_card(cast.outsider.ctx, cast.siam.public_id, good.public_id)
    shop.work()
    assert (fresh(owned).state, fresh(invoice).state) == ("paid", "paid")
    assert fresh(invoice).partner_id == cast.andina.id
    assert shop.faults() == []


def test_the_customer_s_own_card_does_not_pay_what_its_partner_owed(cast, shop) -> None:
    owned, invoice = unpaid(cast, shop, "reseller")
    card_of(cast, "own", organization=cast.siam)
    move(cast, None)
    assert fresh(cast.siam).card_kind == "customer"
    shop.day(40)
    assert (charged(invoice), fresh(invoice).card_kind) == ({"old"}, "reseller")
    assert [charged(one) for one in invoices(owned)[2:]] == [{"own"}]
    assert shop.faults() == []


def test_an_invoice_without_card_is_paid_by_the_customer_s_and_stays_the_former_partner_s(cast, shop) -> None:
    _ = cast.siam_admin
    cast.card(cast.siam)
    owned = shop.bought(cast.siam)
    with transaction():
        Organization.update(card_id=None, card_kind="none").where(Organization.id == cast.siam.id).execute()
    shop.day(32)
    assert invoices(owned)[-1].card_kind == "none"
    move(cast, cast.outsider.partner)
    use_card(cast.outsider.ctx, cast.siam.public_id, card_of(cast, "good", organization=cast.siam).public_id)
    shop.work()
    [*_, anew] = invoices(owned)
    assert (anew.partner_id, anew.state, charged(anew)) == (cast.andina.id, "paid", {"good"})
    assert shop.faults() == []


def test_a_former_partner_pays_what_it_owes(cast, shop) -> None:
    _, invoice = unpaid(cast, shop, "reseller")
    move(cast, cast.outsider.partner)
    shop.gateway.decline.clear()
    browser = cast.admin.browser()
    assert "/pay" in browser.get(f"/en/store/invoices/{invoice.public_id}").text
    with pytest.raises(NotFound):
        pay_invoice(cast.outsider.ctx, invoice.public_id)
    seller = cast.member("limited@andina.example", "en", cast.andina, "admin")
    Member.update(sees="chosen").where(Member.account == seller.account).execute()
    with pytest.raises(NotFound):
        pay_invoice(seller.ctx, invoice.public_id)
    pay_invoice(cast.admin.ctx, invoice.public_id)
    shop.work()
    assert (fresh(invoice).state, charged(invoice)) == ("paid", {"old"})
    assert shop.faults() == []


def test_a_former_partner_does_not_charge_its_customer_of_then(cast, shop) -> None:
    _, invoice = unpaid(cast, shop, "customer")
    move(cast, cast.outsider.partner)
    for person in (cast.admin, cast.outsider):
        with pytest.raises(NotFound):
            pay_invoice(person.ctx, invoice.public_id)


def test_a_declined_order_is_told_to_who_ordered(cast, shop, gateway) -> None:
    _ = cast.admin, cast.siam_admin, cast.outsider
    cast.card(cast.siam, "reseller", token="asks")
    gateway.action.add("asks")
    shop.buy(cast.siam)
    shop.work()
    move(cast, cast.outsider.partner)
    shop.clock.advance(minutes=1)
    shop.work()
    assert told("order-declined") == {"partner-admin@andina.example"}
    assert shop.faults() == []
