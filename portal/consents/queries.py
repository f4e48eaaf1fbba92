"""Reads of the questions that partners ask, for both sides."""

from __future__ import annotations

from peewee import ModelSelect

from portal.consents.models import Consent
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import Role
from portal.directory.models import User
from portal.directory.policy.users import called
from portal.partners.models import Partner
from portal.storage.paging import keyset

PAGE_SIZE = 50


def visible_to(ctx: Ctx) -> ModelSelect[Consent]:
    """Return the questions to the organization in whose console the actor stands; a partner sees its own."""
    query = (
        Consent.select(Consent, Partner).join(Partner).where(Consent.organization == ctx.actor.organization_id)
    )
    if Role.ON_BEHALF in ctx.actor.roles:
        query = query.where(Consent.partner == ctx.actor.partner_id)
    return query


def consents(ctx: Ctx, is_open: bool, after: str | None = None) -> Page[Consent]:
    """Return one page of open questions, or of those that were answered or have expired; newest first."""
    waiting = (Consent.state == "open") & (Consent.expires_at > ctx.now)
    query = visible_to(ctx).where(waiting if is_open else ~waiting)
    return keyset(query, [Consent.id], lambda row: [row.id], after, PAGE_SIZE, descending=True)


def find(ctx: Ctx, public_id: str) -> Consent:
    """Return a question that the actor may see, or raise `NotFound`."""
    row: Consent | None = visible_to(ctx).where(Consent.public_id == public_id).first()
    if row is None:
        raise NotFound(public_id)
    return row


def named(organization_id: int, user: str) -> str | None:
    """Return what a user (public id) is called today; None when they are not there."""
    mine = (User.organization == organization_id) & (User.public_id == user)
    row: User | None = User.select(User.name, User.email).where(mine).first()
    return called(row) if row else None


def user_of(organization_id: int, email: str) -> str | None:
    """Return the public id of the user with this (normalized) address, or None."""
    mine = (User.organization == organization_id) & (User.email == email)
    row: User | None = User.select(User.public_id).where(mine).first()
    return str(row.public_id) if row else None
