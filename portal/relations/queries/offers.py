"""Offers as each side sees them: a partner its codes and requests, an organization what waits for its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import JOIN

from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.relations.models import Change, Offer
from portal.relations.policy.offers import as_told, standing

_SHOWN = 50
_LATELY = 5


@dataclass(frozen=True, slots=True)
class Own:
    """An offer as its partner sees it. Of a request it is told whether it was accepted, and nothing else."""

    public_id: str
    kind: str
    hint: str
    asked_for: str
    message: str
    state: str  # open, used, withdrawn or expired
    made_by: str
    created_at: datetime
    expires_at: datetime
    organization: str  # of a token that was entered and not yet confirmed


@dataclass(frozen=True, slots=True)
class Attached:
    """A customer that came to the partner, or comes on a day."""

    name: str
    domain: str
    state: str  # announced or done
    on: date
    with_access: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a token lets a partner see before it confirms: whom it is about, and what the customer consented to."""

    public_id: str
    name: str
    domain: str
    with_access: bool
    moves: bool
    made_by: str
    made_at: datetime
    expires_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An offer as the organization sees it: its own token, or a partner's code or request."""

    public_id: str
    kind: str
    partner: str  # empty: a token
    country: str
    hint: str
    only: str  # the one partner that may use a token
    with_access: bool
    message: str
    state: str
    blocks: bool
    made_by: str
    created_at: datetime
    expires_at: datetime


def visible_to(actor: Actor) -> Any:
    """Return the offers that the actor's partner has made or entered; nothing for who has no partner."""
    if actor.partner_id is None:
        return Offer.select().where(Offer.id.in_([]))
    return Offer.select().where(Offer.partner == actor.partner_id)


def own_offers(ctx: Ctx) -> list[Own]:
    """Return a partner's latest offers, in one statement: those that wait and what became of the others."""
    ctx.actor.require(P.CUSTOMER_ATTACH)
    rows = (
        visible_to(ctx.actor).select(Offer, Organization).join(Organization, JOIN.LEFT_OUTER)
        .order_by(Offer.id.desc()).limit(_SHOWN)
    )
    return [_own(ctx, row) for row in rows]


def lately_attached(actor: Actor) -> list[Attached]:
    """Return the customers that came to the actor's partner last, or will come, with their day."""
    actor.require(P.CUSTOMER_ATTACH)
    rows = (
        Change.select(Change, Organization).join(Organization)
        .where(Change.to_partner == actor.partner_id, Change.state.in_(["announced", "done"]))
        .order_by(Change.id.desc()).limit(_LATELY)
    )
    return [Attached(row.organization.name, row.organization.domain, row.state, row.effective_on, row.with_access)
            for row in rows]


def entered_token(ctx: Ctx, offer: str) -> Told:
    """Return the token with this public id that the actor's partner has entered, or raise `NotFound`."""
    ctx.actor.require(P.CUSTOMER_ATTACH)
    mine = visible_to(ctx.actor).where(Offer.kind == "token", Offer.public_id == offer)
    row = mine.select(Offer, Organization).join(Organization).first()
    if row is None:
        raise NotFound(offer)
    return Told(
        row.public_id, row.organization.name, row.organization.domain, row.consent["with_access"],
        row.consent["terms"]["from"] is not None, row.made_by_name, row.created_at, row.expires_at,
        standing(row.state, row.expires_at, ctx.now),
    )


def of_organization(ctx: Ctx) -> list[Waiting]:
    """Return what waits in the actor's organization for its super administrator, and what they have blocked."""
    ctx.actor.require(P.PARTNER_CHOOSE)
    open_ = (Offer.state == "open") & (Offer.expires_at > ctx.now)
    rows = (
        Offer.select(Offer, Partner).join(Partner, JOIN.LEFT_OUTER)
        .where(Offer.organization == ctx.actor.organization_id, open_ | Offer.blocks)
        .order_by(Offer.id.desc()).limit(_SHOWN)
    )
    return list(_waiting(ctx, rows))


def _own(ctx: Ctx, row: Any) -> Own:
    entered = row.kind == "token" and row.organization_id is not None
    return Own(
        row.public_id, row.kind, row.hint, row.asked_for, row.message,
        as_told(row.kind, row.state, row.expires_at, ctx.now), row.made_by_name if row.kind != "token" else "",
        row.created_at, row.expires_at, row.organization.name if entered else "",
    )


def _waiting(ctx: Ctx, rows: Any) -> Iterator[Waiting]:
    for row in rows:
        partner, consent = row.partner, row.consent or {}
        if row.kind != "token" and not row.blocks and partner.state != "active":
            continue  # a partner that takes no customers now is none to choose
        token = row.kind == "token"
        yield Waiting(
            row.public_id, row.kind, "" if token else partner.name, "" if token else partner.country, row.hint,
            consent.get("only", ""), consent.get("with_access", False), row.message,
            standing(row.state, row.expires_at, ctx.now), row.blocks, row.made_by_name, row.created_at, row.expires_at,
        )
