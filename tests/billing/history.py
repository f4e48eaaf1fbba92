"""A mixed history for reports: two currencies, three services, both kinds of cards, declines, refunds, months apart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.billing.models import Charge, Invoice, Refund
from portal.customers.models import Organization
from tests.billing.shop import Shop, charge_of, fresh
from tests.cast import Cast


@dataclass
class History:
    """Who bought what: `thai` pays by its own card in THB, `french` by its partner's in EUR, `gone` has revoked."""

    thai: Organization
    french: Organization
    gone: Organization


def told(shop: Shop, cast: Cast) -> History:
    """Let the history happen, from January 2026 on."""
    shop.clock.now = shop.clock.now.replace(month=1, day=10)
    thai = cast.customer("Thai Silk", "silk.example", country="TH")
    french = cast.customer("Boulangerie", "pain.example", country="FR", language="fr", time_zone="Europe/Paris")
    gone = cast.customer("Gone", "gone.example", country="TH", access="revoked")
    for customer, kind, token in ((thai, "customer", "thai"), (french, "reseller", "french"), (gone, "customer", "x")):
        cast.card(customer, kind, token=token)
    shop.bought(thai, "crm-standard", 10)
    shop.bought(french, "crm-standard", 3)
    shop.bought(gone, "crm-standard", 2)
    shop.day(45)  # a renewal of each
    shop.gateway.decline["thai"] = "insufficient_funds"
    shop.buy(thai, "mail-lite", 5)
    shop.work()
    shop.gateway.decline.clear()
    first = Invoice.select().where(Invoice.organization == thai.id).order_by(Invoice.id).get()
    shop.refund(first, 1234)
    shop.work()
    shop.day(12)
    shop.refund(first, 1000)
    shop.refund(Invoice.select().where(Invoice.organization == gone.id).order_by(Invoice.id).get(), 500)
    shop.work()
    shop.gateway.action.add("french")
    waiting = shop.buy(french, "desk-standard", 1)
    shop.work()
    shop.gateway.action.clear()
    assert charge_of(fresh(waiting)).state == "action"
    return History(thai, french, gone)


def naive(
    since: date, until: date, *, customers: set[int] | None = None, **columns: str
) -> dict[tuple[str, str], list[int]]:
    """Add up charges and refunds one by one, in Python: number, amount, net, commission by currency and state."""
    found: dict[tuple[str, str], list[int]] = {}

    def add(charge: Charge, state: str, amount: int, net: int, commission: int) -> None:
        mine = customers is None or charge.organization_id in customers
        if mine and all(getattr(charge, name) == value for name, value in columns.items()):
            sums = found.setdefault((charge.currency, state), [0, 0, 0, 0])
            sums[:] = [had + more for had, more in zip(sums, (1, amount, net, commission), strict=True)]

    for charge in Charge.select():
        if since <= charge.on <= until:
            earned = charge.invoice.commission if charge.state == "succeeded" else 0
            state = "waiting" if charge.state in {"pending", "action"} else charge.state
            add(charge, state, charge.amount, charge.net, earned)
    for refund in Refund.select().where(Refund.state == "succeeded"):
        if since <= refund.on <= until:
            note = refund.credit_note
            add(refund.charge, "refunded", refund.amount, note.net, note.commission)
    return found
