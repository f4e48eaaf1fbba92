"""Reads of customers by the commercial relation: what the Partner Store may see, whatever became of access."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from peewee import Field, ModelSelect, Value, fn

from portal.accounts.models import Account
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.customers.models import Assignment, Organization
from portal.partners.models import Member, Partner
from portal.partners.policy import hearers
from portal.partners.queries import Recipient, recipient, recipients


def visible_to(actor: Actor) -> ModelSelect[Organization]:
    """Return the organizations of the actor's partner, of all services (S0.13); nothing for who has no partner."""
    if actor.partner_id is None:
        return Organization.select().where(Organization.id.in_([]))
    ours = Organization.select().where(Organization.partner == actor.partner_id)
    return ours if actor.sees_all else ours.where(assigned(actor))


def assigned(actor: Actor, organization: Field = Organization.id) -> Any:
    """Return the condition that the actor may see an organization of their partner: any, or one chosen for them.

    `organization` is the column that holds its row number.
    """
    if actor.sees_all:
        return Value(1) == 1
    chosen = Assignment.select(Assignment.organization).where(Assignment.member == actor.member_id)
    return organization.in_(chosen)


def open_to(actor: Actor) -> ModelSelect[Organization]:
    """Return the organizations that the actor's partner may also administer: access given and not revoked (S3.7)."""
    return visible_to(actor).where(Organization.access == "active")


def find(ctx: Ctx, public_id: str) -> Organization:
    """Return a customer of the actor's partner, or raise `NotFound`."""
    return one(visible_to(ctx.actor), public_id)


def one(visible: ModelSelect[Organization], public_id: str) -> Organization:
    """Return the row of a visible set that has this public id, or raise `NotFound`."""
    row: Organization | None = visible.where(Organization.public_id == public_id).first()
    if row is None:
        raise NotFound(public_id)
    return row


@dataclass(frozen=True, slots=True)
class Addressee:
    """Somebody who is told about a customer, and on which side they are; `key` is what they are known by there."""

    side: str  # partner or customer
    key: str
    email: str
    name: str
    language: str
    country: str  # as days and amounts are written there


def partner_recipients(ctx: Ctx, event: str, partners: Iterable[int]) -> dict[int, list[Recipient]]:
    """Return who is told of what concerns these partners as a whole, in one statement."""
    found: dict[int, list[Recipient]] = {partner_id: [] for partner_id in partners}
    hears = (Member.partner.in_(list(found)), Member.sees == "all", *_hears(ctx, event))
    for partner_id, *values in recipients(Member.partner).where(*hears).tuples():
        found[partner_id].append(recipient(*values))
    return found


def told_about(ctx: Ctx, event: str, organizations: Iterable[Organization]) -> dict[int, list[Recipient]]:
    """Return who is told of what concerns each of these customers at its partner, in one statement.

    Whoever sees chosen customers only hears of those.
    """
    found: dict[int, list[Recipient]] = {organization.id: [] for organization in organizations}
    theirs = Assignment.select(Assignment.id).where(
        Assignment.member == Member.id, Assignment.organization == Organization.id
    )
    query = (
        recipients(Organization.id).join_from(Partner, Organization, on=(Organization.partner == Partner.id))
        .where(Organization.id.in_(list(found)), (Member.sees == "all") | fn.EXISTS(theirs), *_hears(ctx, event))
    )
    for organization_id, *values in query.tuples():
        found[organization_id].append(recipient(*values))
    return found


def _hears(ctx: Ctx, event: str) -> tuple[Any, ...]:
    return (Member.role.in_(sorted(hearers(event))), Member.expires_at.is_null() | (Member.expires_at > ctx.now))


def as_addressees(people: Iterable[Recipient]) -> list[Addressee]:
    """Return people of a partner as those who are told about a customer."""
    return [Addressee("partner", one.public_id, one.email, one.name, one.language, one.country) for one in people]


def customer_addressees(organizations: Iterable[Organization]) -> dict[int, Addressee]:
    """Return the super administrators of these organizations, in one statement.

    The language is their own; that of the organization while they have no account.
    """
    rows = list(organizations)
    query: Any = Account.select(Account.email, Account.language).where(
        Account.email.in_({row.admin_email for row in rows})
    )
    languages = dict(query.tuples())
    return {
        row.id: Addressee("customer", "customer", row.admin_email, row.admin_name,
                          languages.get(row.admin_email, row.language), row.country)
        for row in rows
    }
