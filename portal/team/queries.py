"""Reads of a partner's team, for the people in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import ModelSelect, fn

from portal.accounts.models import Account
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.customers.models import Assignment, Organization
from portal.partners.models import Member
from portal.storage.paging import keyset
from portal.team.models import Invitation
from portal.team.policy import MOST_OPEN

SIZE = 50


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member as the team sees them."""

    id: int
    public_id: str
    name: str
    email: str
    role: str
    sees: str
    customers: int  # how many chosen ones
    help_center: bool
    language: str
    expires_at: datetime | None
    signed_in_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who has not accepted yet: what the one who invited them knows, nothing of an account."""

    public_id: str
    email: str
    role: str
    sees: str
    customers: int
    help_center: bool
    member_until: datetime | None
    invited_by: str
    created_at: datetime
    expires_at: datetime


def visible_to(actor: Actor) -> ModelSelect[Member]:
    """Return the members of the actor's partner; nothing for who has no partner."""
    return Member.select().where(Member.partner == (actor.partner_id or 0))


def colleagues(ctx: Ctx, after: str | None = None, size: int = SIZE) -> Page[Colleague]:
    """Return one page of the team, in the order in which they came; one statement."""
    found = keyset(_with_people(ctx.actor), [Member.id], lambda row: [row.id], after, size)
    return Page([_colleague(row) for row in found.rows], found.previous, found.next)


def colleague(ctx: Ctx, public_id: str) -> Colleague:
    """Return a member of the actor's partner, or raise `NotFound`."""
    return _one(_with_people(ctx.actor).where(Member.public_id == public_id))


def myself(ctx: Ctx) -> Colleague:
    """Return the actor's own place, or raise `NotFound`."""
    return _one(_with_people(ctx.actor).where(Member.id == (ctx.actor.member_id or 0)))


def _one(query: Any) -> Colleague:
    row = query.first()
    if row is None:
        raise NotFound
    return _colleague(row)


def _with_people(actor: Actor) -> Any:
    count = Assignment.select(fn.COUNT(Assignment.id)).join(Organization).where(
        Assignment.member == Member.id, Organization.partner == Member.partner
    )
    return visible_to(actor).select(
        Member, Account.name, Account.email, Account.signed_in_at, count.alias("customers")
    ).join(Account).objects()


def _colleague(row: Any) -> Colleague:
    return Colleague(
        row.id, row.public_id, row.name, row.email, row.role, row.sees, row.customers, row.help_center, row.language,
        row.expires_at, row.signed_in_at, row.version,
    )


def invitations(ctx: Ctx) -> list[Invited]:
    """Return the invitations of the actor's partner that wait for an answer, the oldest first; one statement."""
    rows = (
        Invitation.select(Invitation, Account.email).join(Account)
        .where(Invitation.partner == (ctx.actor.partner_id or 0), Invitation.state == "open")
        .order_by(Invitation.id).limit(MOST_OPEN)
    )
    return [
        Invited(row.public_id, row.account.email, row.role, row.sees, len(row.customers), row.help_center,
                row.member_until, row.invited_by_name, row.created_at, row.expires_at)
        for row in rows
    ]


def chosen_domains(member: Colleague) -> list[str]:
    """Return the primary domains of a member's chosen customers, in their order."""
    query: Any = Assignment.select(Organization.domain).join(Organization).join_from(Assignment, Member).where(
        Assignment.member == member.id, Organization.partner == Member.partner
    ).order_by(Organization.domain)
    return [domain for (domain,) in query.tuples()]
