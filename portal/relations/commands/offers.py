"""Codes, tokens and requests: made, taken back, declined, blocked, and brought to whom they are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from portal.accounts.models import Account
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.customers.queries import visible_to
from portal.directory.commands.holding import held_organization
from portal.domains.models import Domain
from portal.domains.policy import normalize
from portal.jobs import enqueue
from portal.mail import post
from portal.partners.models import Partner
from portal.relations.models import Offer
from portal.relations.policy.offers import (
    HEARD,
    HEARD_WITHIN,
    HINT,
    MESSAGE_MAX,
    OPEN_CODES,
    OPEN_REQUESTS,
    OPEN_TOKENS,
    OfferClosed,
    SamePartner,
    TermsChanged,
    TooManyOpen,
    check_request_pace,
    grouped,
    kept,
    spelled,
    standing,
)
from portal.relations.queries.terms import general
from portal.storage import command, locked


@dataclass(frozen=True, slots=True)
class Made:
    """A code or token in the one moment in which it is shown."""

    text: str
    hint: str
    expires_at: datetime


@command(P.CUSTOMER_ATTACH)
def make_code(ctx: Ctx, once: str) -> Made:
    """Make a one-time partner code that a customer's super administrator enters (S0.14).

    `once` belongs to the form: sent twice it makes one code. Raises `TooManyOpen`, and `OfferClosed` for a form whose
    code is used or withdrawn.
    """
    _hold_partner(ctx)
    code = spelled(ctx.secret, f"relation-code:{ctx.actor.partner_id}:{ctx.actor.account_id}", once)
    mine = (Offer.partner == ctx.actor.partner_id) & (Offer.kind == "code")
    days = ctx.programme.relations.code_days
    return _made(ctx, "code", code, mine, OPEN_CODES, days, partner=ctx.actor.partner_id)[0]


@command(P.PARTNER_CHOOSE)
def make_token(ctx: Ctx, once: str, only: str, with_access: bool, seen: str, language: str) -> Made:
    """Make a one-time transfer token, and with it consent to the terms that were shown as `seen` (S0.14).

    Whatever partner enters it is attached, with access or without; `only` lets no other do so than the one of this
    name. Raises what `make_code` does, and `TermsChanged`.
    """
    organization = held_organization(ctx.actor.organization_id)
    found = general(ctx, language)
    if found.seen != seen:
        raise TermsChanged
    token = spelled(ctx.secret, f"relation-token:{organization.id}:{ctx.actor.account_id}", once)
    mine = (Offer.organization == organization) & (Offer.kind == "token")
    made, offer = _made(
        ctx, "token", token, mine, OPEN_TOKENS, ctx.programme.relations.token_days, organization=organization,
        consent={"with_access": with_access, "only": only, "terms": found.terms},
    )
    if offer is not None:
        record(ctx, "offer.made", offer.public_id, organization.id, with_access=with_access, only=only)
        _tell_of_token(ctx, organization, offer)
    return made


@command(P.CUSTOMER_ATTACH)
def ask_customer(ctx: Ctx, domain: str, message: str) -> None:
    """Ask whoever rules the organization of a domain to be attached; nothing tells whether it is here.

    It is looked for by a job, after this has answered. Asked twice it is one request. Raises `DomainError` beside the
    field, `SamePartner` for a customer of the actor's own, `AskedTooOften`, `TooManyOpen`.
    """
    name = normalize(domain).ascii
    _check_message(message)
    _hold_partner(ctx)
    if visible_to(ctx.actor).join(Domain, on=(Domain.organization == Organization.id)).where(
            Domain.name == name, Domain.verified_at.is_null(False)).exists():
        raise SamePartner(ctx.actor.partner_name, "domain")
    mine = list(Offer.select().where(Offer.partner == ctx.actor.partner_id, Offer.kind == "request"))
    # Those that were declined count on: whoever has room for one more must not learn that somebody has said no.
    waiting = [one for one in mine if one.state in {"open", "declined"} and ctx.now < one.expires_at]
    if any(one.asked_for == name for one in waiting):
        return
    check_request_pace([one.created_at for one in mine if one.asked_for == name], ctx.now)
    if len(waiting) >= OPEN_REQUESTS:
        raise TooManyOpen(OPEN_REQUESTS)
    offer = Offer.create(
        kind="request", partner=ctx.actor.partner_id, asked_for=name, message=message,
        **_by(ctx, ctx.programme.relations.request_days),
    )
    enqueue(ctx, "relations.deliver", key=f"relations.deliver:{offer.public_id}", offer=offer.public_id)


@command(P.CUSTOMER_ATTACH)
def withdraw_offer(ctx: Ctx, offer: str) -> None:
    """Take a code or request of the actor's partner back. Raises `NotFound`, `OfferClosed`."""
    mine = (Offer.partner == ctx.actor.partner_id) & (Offer.kind != "token")
    row = _held(mine, offer)
    if row.state == "withdrawn":
        return
    # A declined request looks open to the partner and can be taken back like one.
    if row.state == "used" or ctx.now >= row.expires_at:
        raise OfferClosed
    close(ctx, row, "withdrawn", states=("open", "declined"))


@command(P.PARTNER_CHOOSE)
def withdraw_token(ctx: Ctx, offer: str) -> None:
    """Take a transfer token of the actor's organization back. Raises `NotFound`, `OfferClosed`."""
    row = _held((Offer.organization == ctx.actor.organization_id) & (Offer.kind == "token"), offer)
    if row.state == "withdrawn":
        return
    close(ctx, row, "withdrawn")
    record(ctx, "offer.withdrawn", row.public_id, row.organization_id, before={"state": "open"},
           after={"state": "withdrawn"})


@command(P.PARTNER_CHOOSE)
def decline_request(ctx: Ctx, offer: str, block: bool = False) -> None:
    """Decline what a partner has asked, and with `block` hear no more of it; the partner is not told.

    Raises `NotFound`, `OfferClosed`.
    """
    row = _held((Offer.organization == ctx.actor.organization_id) & (Offer.kind == "request"), offer)
    if row.state == "declined" and row.blocks == block:
        return
    close(ctx, row, "declined", blocks=block)
    record(ctx, "offer.declined", row.public_id, row.organization_id, asking(row).name, blocked=block)


@command(P.PARTNER_CHOOSE)
def unblock_partner(ctx: Ctx, offer: str) -> None:
    """Let a partner ask again whose request was declined and blocked. Raises `NotFound`."""
    row = _held((Offer.organization == ctx.actor.organization_id) & (Offer.kind == "request"), offer)
    mine = (Offer.organization == row.organization_id) & (Offer.partner == row.partner_id) & Offer.blocks
    if Offer.update(blocks=False).where(mine).execute():
        record(ctx, "offer.unblocked", row.public_id, row.organization_id, asking(row).name)


@command(P.JOB_RUN)
def deliver_request(ctx: Ctx, offer: str) -> None:
    """Bring a request to the organization whose verified domain it names, if it is here and wants to hear of it.

    Whatever becomes of it, the partner sees no difference. Twice is the same as once.
    """
    row: Offer | None = Offer.select().where(Offer.public_id == offer).first()
    organization = _addressed(ctx, row) if row is not None else None
    if row is None or organization is None:
        return
    reached = Offer.update(organization=organization).where(
        Offer.id == row.id, Offer.organization.is_null(), Offer.state == "open"
    )
    if reached.execute():
        record(ctx, "offer.received", row.public_id, organization.id, asking(row).name)
        _tell_of_request(ctx, organization, row)


def close(
    ctx: Ctx, row: Offer, state: str, states: tuple[str, ...] = ("open",), **more: object
) -> None:
    """Settle an offer, once; part of other commands. Raises `OfferClosed` where it is settled or has expired."""
    values = {"state": state, "decided_at": ctx.now, "decided_by_name": ctx.actor.name, **more}
    still = (Offer.id == row.id) & Offer.state.in_(states) & (Offer.expires_at > ctx.now)
    if not Offer.update(**values).where(still).execute():
        raise OfferClosed


def asking(row: Offer) -> Partner:
    """Return the partner of a code, of a request, or of a token that was entered."""
    assert row.partner is not None
    return row.partner


def _made(
    ctx: Ctx, kind: str, text: str, mine: Any, limit: int, days: int, **values: object
) -> tuple[Made, Offer | None]:
    """Write an offer with the digest of `text`, unless the same form did so before: then there is no new row."""
    earlier = Offer.get_or_none(Offer.digest == kept(kind, text))
    if earlier is not None:
        if standing(earlier.state, earlier.expires_at, ctx.now) != "open":
            raise OfferClosed
        return Made(grouped(text), earlier.hint, earlier.expires_at), None
    if Offer.select().where(mine, Offer.state == "open", Offer.expires_at > ctx.now).count() >= limit:
        raise TooManyOpen(limit)
    offer = Offer.create(kind=kind, digest=kept(kind, text), hint=text[-HINT:], **values, **_by(ctx, days))
    return Made(grouped(text), offer.hint, offer.expires_at), offer


def _by(ctx: Ctx, days: int) -> dict[str, Any]:
    return {
        "made_by": ctx.actor.account_id, "made_by_name": ctx.actor.name, "created_at": ctx.now,
        "expires_at": ctx.now + timedelta(days=days),
    }


def _check_message(message: str) -> None:
    if not message:
        raise DomainError(N_("This field is required."), "message")
    if len(message) > MESSAGE_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), "message", count=MESSAGE_MAX)


def _hold_partner(ctx: Ctx) -> None:
    """Keep the partner's other people from making offers at the same moment: limits count what there is."""
    locked(Partner.select(Partner.id).where(Partner.id == ctx.actor.partner_id)).get()


def _held(mine: Any, public_id: str) -> Offer:
    row: Offer | None = locked(Offer.select().where(mine, Offer.public_id == public_id)).first()
    if row is None:
        raise NotFound(public_id)
    return row


def _addressed(ctx: Ctx, row: Offer) -> Organization | None:
    """Return the organization that a request is for; None where it is not here, or does not want to hear of it."""
    there = Organization.select().join(Domain).where(
        Domain.name == row.asked_for, Domain.verified_at.is_null(False)
    )
    organization: Organization | None = locked(there).first()
    if organization is None or organization.partner_id == row.partner_id:
        return None
    heard = list(Offer.select().where(Offer.organization == organization, Offer.kind == "request"))
    same = [one for one in heard if one.partner_id == row.partner_id]
    if any(one.blocks or standing(one.state, one.expires_at, ctx.now) == "open" for one in same):
        return None
    lately = [one for one in heard if ctx.now - one.created_at < HEARD_WITHIN]
    return organization if len(lately) < HEARD else None


def _tell_of_token(ctx: Ctx, organization: Organization, offer: Offer) -> None:
    """Write to the super administrator: whoever sits at their screen may have made it. The token is not in the mail."""
    _tell(ctx, organization, "relation-token-made", offer, person=ctx.actor.name, hint=offer.hint)


def _tell_of_request(ctx: Ctx, organization: Organization, offer: Offer) -> None:
    """Write to the super administrator, without the partner's own words: nobody's mail goes through the portal."""
    _tell(ctx, organization, "relation-request", offer, partner=asking(offer).name)


def _tell(ctx: Ctx, organization: Organization, event: str, offer: Offer, **params: object) -> None:
    language = Account.select(Account.language).where(Account.email == organization.admin_email).scalar()
    post(
        ctx, event, f"{event}:{offer.public_id}", organization.admin_email, organization.admin_name,
        language or organization.language, organization=organization.name,
        organization_id=organization.public_id, country=organization.country, offer=offer.public_id,
        until=_day(offer.expires_at, organization).isoformat(), **params,
    )


def _day(at: datetime, organization: Organization) -> date:
    return at.astimezone(ZoneInfo(organization.time_zone)).date()
