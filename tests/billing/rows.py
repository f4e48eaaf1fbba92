"""Rows of billing for tests that only look at them."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.billing.models import Invoice, InvoiceLine, InvoiceNumber
from portal.customers.models import Organization
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
