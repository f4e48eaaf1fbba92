"""To whom an invoice is made out: the partner with a reseller card, otherwise the customer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from peewee import JOIN

from portal.billing.models import BillTo
from portal.customers.models import Organization
from portal.partners.models import Partner


@dataclass(frozen=True, slots=True)
class Recipient:
    """A recipient as an invoice names it; `language` is what it is written in."""

    name: str
    street: str
    postal_code: str
    city: str
    region: str
    country: str
    tax_id: str
    email: str
    language: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def recipient_of(organization: Organization, card_kind: str) -> Recipient:
    """Return who gets the invoices of an organization that is paid for with such a card."""
    if card_kind == "reseller":
        assert organization.partner_id is not None
        return partner_recipient(organization.partner_id)
    return customer_recipient(organization, BillTo.get_or_none(BillTo.organization == organization.id))


def customer_recipient(organization: Organization, row: BillTo | None) -> Recipient:
    """Return who gets a customer's own invoices, from the row of its billing details that was read with it."""
    return _recipient(row, organization.name, organization.country, organization.admin_email, organization.language)


def partner_recipient(partner_id: int) -> Recipient:
    """Return who gets a partner's own invoices; one statement."""
    ours = (BillTo.partner == Partner.id)
    query = Partner.select(Partner, BillTo).join(BillTo, JOIN.LEFT_OUTER, on=ours, attr="bill_to")
    partner = query.where(Partner.id == partner_id).get()
    return _recipient(getattr(partner, "bill_to", None), partner.name, partner.country, "", partner.language)


def _recipient(row: BillTo | None, name: str, country: str, email: str, language: str) -> Recipient:
    if row is None:
        return Recipient(name, "", "", "", "", country, "", email, language)
    return Recipient(
        row.name or name, row.street, row.postal_code, row.city, row.region, row.country or country, row.tax_id,
        row.email or email, row.language or language,
    )
