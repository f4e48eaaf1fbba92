"""Rows of billing for tests that only look at them."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.billing.commands.charging import count
from portal.billing.models import Card, Charge, Invoice, InvoiceLine, InvoiceNumber
from portal.customers.models import Organization
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.cast import Cast


def an_invoice(cast: Cast, organization: Organization | None = None, number: int = 1, **more: Any) -> Invoice:
    """An open invoice that is made out to a customer (Siam Trading unless told otherwise) and was never charged."""
    to = organization or cast.siam
    owned = Subscription.get(Subscription.organization == to)
    today: date = cast.now.date()
    values: dict[str, Any] = {
        "entity": "th", "number": number, "code": f"TH-{number:06d}", "kind": "invoice", "organization": to,
        "partner": to.partner, "subscription": owned, "service": owned.service, "card_kind": "customer",
        "issuer": {"name": "Vendor", "address": ["1 Road"], "country": "TH", "tax_id": "1", "email": "a@b.example",
                   "prefix": "TH-", "vendor": "Vendor"},
        "recipient": {"name": to.name, "street": "", "postal_code": "", "city": "", "region": "", "country": "TH",
                      "tax_id": "", "email": "", "language": to.language, "customer": to.name},
        "language": to.language, "country": to.country, "issued_on": today, "issued_at": cast.now, "due_on": today,
        "currency": "THB", "net": 10000, "tax": 700, "tax_rate": 700, "tax_name": {"en": "VAT"}, "total": 10700,
        "commission_base": 10000, "commission": 1000, "commission_rate": 1000, "state": "open", **more,
    }
    invoice: Invoice = Invoice.create(**values)
    InvoiceNumber.insert(entity=invoice.entity, last=number).on_conflict(
        conflict_target=[InvoiceNumber.entity], update={InvoiceNumber.last: number}
    ).execute()
    InvoiceLine.create(invoice=invoice, position=1, kind="plan", plan=owned.plan, label={"en": "Plan"}, quantity=1,
                       unit_price=values["net"], net=values["net"])
    return invoice


def a_payment(cast: Cast, organization: Organization | None = None, number: int = 1, **more: Any) -> Charge:
    """A payment of such an invoice, which counts in the reports of its partner."""
    invoice = an_invoice(cast, organization, number, state="paid", paid=10700)
    card = Card.get_or_none(Card.id == invoice.organization.card_id)
    card = card or cast.card(invoice.organization, token=f"paid-{number}")
    charge: Charge = Charge.create(**{
        "key": f"paid-{number}", "invoice": invoice, "organization": invoice.organization, "partner": invoice.partner,
        "card": card, "service": invoice.service, "card_kind": "customer", "amount": 10700, "net": 10000,
        "currency": "THB", "state": "succeeded", "on": invoice.issued_on, "created_at": cast.now,
        "settled_at": cast.now, **more,
    })
    with transaction():
        count(cast.make_ctx(), charge, charge.state, charge.amount, charge.net, invoice.commission)
    return charge
