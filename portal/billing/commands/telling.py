"""Tells both sides of a customer relation what happened to its money, each in their own language."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.billing.models import Invoice
from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.mail import post
from portal.partners.queries import super_admins


def tell_partner(ctx: Ctx, organization: Organization, event: str, key: str, **params: object) -> None:
    """Write to the super admins of a customer's partner; the same `key` twice is one mail each."""
    if organization.partner_id is None:
        return
    for person in super_admins(organization.partner_id):
        _post(ctx, organization, event, f"{key}:{person.public_id}", person.email, person.name, person.language,
              "partner", params)


def tell_customer(ctx: Ctx, organization: Organization, event: str, key: str, **params: object) -> None:
    """Write to a customer's super administrator; the same `key` twice is one mail."""
    account = Account.get_or_none(Account.email == organization.admin_email)
    language = account.language if account else organization.language
    _post(ctx, organization, event, f"{key}:customer", organization.admin_email, organization.admin_name, language,
          "customer", params)


def tell_both(ctx: Ctx, organization: Organization, event: str, key: str, **params: object) -> None:
    """Write to both sides."""
    tell_partner(ctx, organization, event, key, **params)
    tell_customer(ctx, organization, event, key, **params)


def tell_recipient(ctx: Ctx, organization: Organization, invoice: Invoice) -> None:
    """Send an invoice or credit note to whom it is made out: the partner with a reseller card, else the customer.

    A billing address of the customer's own gets it too.
    """
    params = {"invoice": invoice.public_id, "code": invoice.code, "kind": invoice.kind, "total": invoice.total,
              "currency": invoice.currency, "state": invoice.state}
    if invoice.card_kind == "reseller":
        tell_partner(ctx, organization, "invoice-issued", invoice.public_id, **params)
    else:
        tell_customer(ctx, organization, "invoice-issued", invoice.public_id, **params)
    address = invoice.recipient.get("email", "")
    if address and address != organization.admin_email:
        _post(ctx, organization, "invoice-issued", f"{invoice.public_id}:billing", address,
              invoice.recipient["name"], invoice.language, "billing", params)


def _post(
    ctx: Ctx, organization: Organization, event: str, key: str, address: str, name: str, language: str, side: str,
    params: dict[str, object],
) -> None:
    post(
        ctx, event, key=f"{event}:{key}", address=address, name=name, language=language, side=side,
        organization=organization.name, customer=organization.public_id, **params,
    )
