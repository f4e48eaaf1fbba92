"""Reads of the change of super administrator: the open proposal, who may be proposed, and what a person is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN

from portal.accounts.policy import normalize_email
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.customers.models import Organization
from portal.directory.models import Handover, User
from portal.directory.policy.handover import is_open
from portal.partners.models import Partner

SUGGESTED = 20


@dataclass(frozen=True, slots=True)
class Proposal:
    """An open proposal as the organization's own page shows it."""

    name: str
    email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """A proposal as the person sees it who is asked; `able` means that they are an active user still."""

    public_id: str
    organization: str
    organization_id: str  # public id
    country: str
    former: str
    partner: str
    proposed_by: str
    expires_at: datetime
    state: str
    is_open: bool
    able: bool


def proposal(ctx: Ctx) -> Proposal | None:
    """Return the open proposal of the actor's organization, if there is one; one statement."""
    row: Any = (
        Handover.select(User.name, User.email, Handover.expires_at).join(User)
        .where(Handover.organization == ctx.actor.organization_id, Handover.state == "open",
               Handover.expires_at > ctx.now)
        .tuples().first()
    )
    return Proposal(*row) if row else None


def suggested(ctx: Ctx) -> list[tuple[str, str]]:
    """Return (address, name) of administrators who may be proposed: they know the work already. Any user may be."""
    query: Any = (
        User.select(User.email, User.name)
        .where(User.organization == ctx.actor.organization_id, User.role == "admin", User.state == "active",
               User.account.is_null(False))
        .order_by(User.name_key, User.id).limit(SUGGESTED).tuples()
    )
    return list(query)


def user_at(ctx: Ctx, email: str) -> str:
    """Return the public id of the actor's organization's user with this address, or raise `NotFound`."""
    found = User.select(User.public_id).where(
        User.organization == ctx.actor.organization_id, User.email == normalize_email(email)
    ).scalar()
    if found is None:
        raise NotFound
    return str(found)


def asked(ctx: Ctx, handover: str) -> Question:
    """Return what the actor is asked; whoever was not proposed gets `NotFound`. One statement."""
    columns = (
        Handover, User.state.alias("user_state"), Organization.public_id.alias("organization_public_id"),
        Organization.name.alias("organization_name"), Organization.country, Organization.admin_name,
        Partner.name.alias("partner_name"),
    )
    row: Any = (
        Handover.select(*columns).join(User)
        .join(Organization, on=(Organization.id == Handover.organization))
        .join(Partner, JOIN.LEFT_OUTER, on=(Partner.id == Organization.partner))
        .where(Handover.public_id == handover, User.account == ctx.actor.account_id, User.account.is_null(False))
        .objects().first()
    )
    if row is None:
        raise NotFound
    return Question(
        row.public_id, row.organization_name, row.organization_public_id, row.country, row.admin_name,
        row.partner_name or "", row.proposed_by_name, row.expires_at, row.state,
        is_open(row.state, row.expires_at, ctx.now), row.user_state == "active",
    )
