"""Tells both sides of a customer relation what happened to its money, each in their own language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.accounts.models import Account
from portal.billing.commands.left import owed_by_former
from portal.billing.models import Invoice
from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.customers.queries import partner_recipients, told_about
from portal.mail import post
from portal.partners.models import Partner
from portal.partners.queries import Recipient


def tell_partner(ctx: Ctx, organization: Organization, event: str, key: str, **params: object) -> None:
    """Write to those at a customer's partner who hear of this event; the same `key` twice is one mail each."""
    _tell(ctx, organization, event, key, told_about(ctx, event, [organization])[organization.id], params)


def _tell(
    ctx: Ctx, organization: Organization, event: str, key: str, people: Iterable[Recipient], params: Mapping[str, Any]
) -> None:
    for person in people:
        _post(ctx, organization, event, f"{key}:{person.public_id}", person.email, person.name, person.language,
              side="partner", country=person.country, **params)


def tell_seller(
    ctx: Ctx, organization: Organization, partner_id: int, event: str, key: str, **params: object
) -> None:
    """Write to those at the partner whose business it was: the customer may have moved since."""
    _tell(ctx, organization, event, key, _sellers(ctx, organization, partner_id, event), params)


def _sellers(ctx: Ctx, organization: Organization, partner_id: int, event: str) -> list[Recipient]:
    if partner_id == organization.partner_id:
        return told_about(ctx, event, [organization])[organization.id]
    return partner_recipients(ctx, event, [partner_id])[partner_id]


def tell_customer(ctx: Ctx, organization: Organization, event: str, key: str, **params: object) -> None:
    """Write to a customer's super administrator; the same `key` twice is one mail."""
    account = Account.get_or_none(Account.email == organization.admin_email)
    language = account.language if account else organization.language
    _post(ctx, organization, event, f"{key}:customer", organization.admin_email, organization.admin_name, language,
          side="customer", country=organization.country, **params)


def tell_both(ctx: Ctx, organization: Organization, event: str, key: str, **params: object) -> None:
    """Write to both sides."""
    tell_partner(ctx, organization, event, key, **params)
    tell_customer(ctx, organization, event, key, **params)


def tell_about(
    ctx: Ctx, organization: Organization, invoice: Invoice, event: str, key: str, **params: object
) -> None:
    """Write to both sides about an invoice. A customer whose partner pays reads of no invoice and no amount.

    What a former partner owes is nothing to its customer of then.
    """
    seen = {"invoice": invoice.public_id, "code": invoice.code, "total": invoice.total - invoice.credited,
            "currency": invoice.currency, "card_kind": invoice.card_kind}
    unseen = {**seen, "invoice": "", "code": "", "total": 0}
    _tell(ctx, organization, event, key, _sellers(ctx, organization, invoice.partner_id, event), {**seen, **params})
    if not owed_by_former(organization, invoice):
        tell_customer(ctx, organization, event, key, **(unseen if invoice.card_kind == "reseller" else seen), **params)


def tell_recipient(ctx: Ctx, organization: Organization, invoice: Invoice) -> None:
    """Send an invoice or credit note to whom it is made out: the partner with a reseller card, else the customer.

    A billing address of the recipient's own gets it too.
    """
    params = {"invoice": invoice.public_id, "code": invoice.code, "kind": invoice.kind, "total": invoice.total,
              "currency": invoice.currency, "state": invoice.state, "card_kind": invoice.card_kind,
              "corrects": invoice.corrects.code if invoice.corrects_id else ""}
    if invoice.card_kind == "reseller":
        people = _sellers(ctx, organization, invoice.partner_id, "invoice-issued")
        _tell(ctx, organization, "invoice-issued", invoice.public_id, people, params)
        told = {person.email for person in people}
    else:
        tell_customer(ctx, organization, "invoice-issued", invoice.public_id, **params)
        told = {organization.admin_email}
    address = invoice.recipient.get("email", "")
    if address and address not in told:
        _post(ctx, organization, "invoice-issued", f"{invoice.public_id}:billing", address,
              invoice.recipient["name"], invoice.language, side="billing", country=invoice.country, **params)


def _post(
    ctx: Ctx, organization: Organization, event: str, key: str, address: str, name: str, language: str,
    **params: object,
) -> None:
    partner = Partner.get_or_none(Partner.id == organization.partner_id)
    post(
        ctx, event, key=f"{event}:{key}", address=address, name=name, language=language,
        organization=organization.name, customer=organization.public_id, partner=partner.name if partner else "",
        **params,
    )
