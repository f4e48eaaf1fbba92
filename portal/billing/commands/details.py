"""Editing who a customer is and where its invoices go (S3.26-27), and the partner's own billing details."""

from __future__ import annotations

from typing import Any

from portal.accounts.policy import normalize_name
from portal.audit import record
from portal.billing.commands.holding import own_customer
from portal.billing.models import BillTo
from portal.billing.policy.details import NAMES, Details, checked
from portal.core.context import Ctx
from portal.core.errors import DomainError, Forbidden, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.commands import reindex
from portal.customers.models import Organization
from portal.customers.policy import check_details
from portal.partners.models import Partner
from portal.storage import command, locked

CLOSED = frozenset({"suspended", "revoked"})  # accesses without which a partner leaves the organization's own details
# What billing details are called in the record, beside an organization's own name, country and language.
RECORDED = {name: name if name == "tax_id" else f"bill_{name}" for name in NAMES}


class ClosedToPartner(DomainError):
    """The customer has ended or suspended access: what it is called and where it is, it decides alone."""

    def __init__(self) -> None:
        super().__init__(N_("Your customer has closed its admin console to you: only its billing details can be "
                            "changed here."))


@command(P.CUSTOMER_EDIT)
def edit_customer(
    ctx: Ctx, customer: str, name: str, country: str, time_zone: str, language: str, details: Details, seen: int,
    seen_details: int,
) -> None:
    """Store a customer's own and its billing details together (S3.26-27).

    `seen` and `seen_details` are the versions of both that the person looked at. Raises `NotFound`, `Stale`,
    `ClosedToPartner`, `DomainError` beside a field; those of billing details are called as in the record.
    """
    organization = own_customer(ctx, customer)
    row = _held_details(BillTo.organization == organization.id)
    if (organization.version, _version(row)) != (seen, seen_details):
        raise Stale
    before, after = _own(organization, normalize_name(name), country, time_zone, language)
    if after and organization.access in CLOSED:
        raise ClosedToPartner
    if after:
        Organization.update(**after, version=organization.version + 1).where(
            Organization.id == organization.id
        ).execute()
    if "name" in after:
        reindex(organization.id)
    for field, (old, new) in _store(row, details, organization=organization.id).items():
        before[RECORDED[field]], after[RECORDED[field]] = old, new
    if after:
        record(ctx, "customer.edited", subject=organization.public_id, organization_id=organization.id,
               name=after.get("name", organization.name), before=before, after=after)


@command(P.BILLING_EDIT)
def edit_billing_details(ctx: Ctx, details: Details, seen: int) -> None:
    """Store to whom the partner's own invoices are made out, as long as `seen` is the present version.

    Raises `Stale`, `DomainError` beside a field.
    """
    if ctx.actor.partner_id is None:
        raise Forbidden(P.BILLING_EDIT)
    partner = locked(Partner.select().where(Partner.id == ctx.actor.partner_id)).get()
    row = _held_details(BillTo.partner == partner.id)
    if _version(row) != seen:
        raise Stale
    changed = _store(row, details, partner=partner.id)
    if changed:
        record(ctx, "billing-details.edited", subject=partner.public_id, name=partner.name,
               before={RECORDED[field]: old for field, (old, _new) in changed.items()},
               after={RECORDED[field]: new for field, (_old, new) in changed.items()})


def _held_details(whose: Any) -> BillTo | None:
    return locked(BillTo.select().where(whose)).first()  # type: ignore[no-any-return]


def _version(row: BillTo | None) -> int:
    """Return the version of billing details; nobody has typed any yet: 0."""
    return row.version if row else 0  # type: ignore[return-value]


def _own(
    organization: Organization, name: str, country: str, time_zone: str, language: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what differs of an organization's own details, before and after. Raises `DomainError` beside a field."""
    check_details(name, country, time_zone, language)
    wanted = {"name": name, "country": country, "time_zone": time_zone, "language": language}
    before = {field: getattr(organization, field) for field in wanted if getattr(organization, field) != wanted[field]}
    return before, {field: wanted[field] for field in before}


def _store(row: BillTo | None, details: Details, **owner: int) -> dict[str, tuple[str, str]]:
    """Write billing details and return what changed of them: field, before, after."""
    try:
        new = checked(details).values()
    except DomainError as error:
        error.field = RECORDED[error.field] if error.field else None
        raise
    old = {name: getattr(row, name) if row else "" for name in NAMES}
    changed = {name: (old[name], new[name]) for name in NAMES if old[name] != new[name]}
    if not changed:
        return changed
    if row is None:
        BillTo.create(**owner, **new, version=1)
    else:
        BillTo.update(**new, version=row.version + 1).where(BillTo.id == row.id).execute()
    return changed
