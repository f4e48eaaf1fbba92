"""From an offer to a change of partner: entering what the other side has made, and the consent that it takes."""

from __future__ import annotations

from datetime import date, timedelta

from portal.accounts.commands import throttle
from portal.accounts.policy import network_of
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound
from portal.core.folding import fold
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.directory.commands.holding import held_organization
from portal.partners.models import Partner
from portal.relations.commands.changes import announce
from portal.relations.commands.offers import asking, close
from portal.relations.models import Change, Offer
from portal.relations.policy.offers import (
    TRIES_PER_ACCOUNT,
    TRIES_PER_ADDRESS,
    TRIES_PER_SIDE,
    OfferClosed,
    OfferUnknown,
    PartnerUnavailable,
    SamePartner,
    TermsChanged,
    kept,
    read,
)
from portal.relations.policy.terms import covered
from portal.relations.queries.terms import Reading, present_rates, reading
from portal.storage import command, locked


def enter_code(ctx: Ctx, typed: str, address: str) -> str:
    """Take a partner's code in and return the public id of the offer to read: nothing is attached yet (S0.14).

    From now on the code is this organization's alone. Raises `OfferUnknown`, `SamePartner`, `TooManyAttempts`.
    """
    ctx.actor.require(P.PARTNER_CHOOSE)
    _count(ctx, f"organization:{ctx.actor.organization_id}", address)
    return _take_code(ctx, kept("code", read(typed)))


def enter_token(ctx: Ctx, typed: str, address: str) -> str:
    """Take a customer's token in and return the public id of the offer to confirm: nothing is attached yet (S0.14).

    From now on the token is this partner's alone. Raises `OfferUnknown`, `SamePartner`, `TooManyAttempts`.
    """
    ctx.actor.require(P.CUSTOMER_ATTACH)
    _count(ctx, f"partner:{ctx.actor.partner_id}", address)
    return _take_token(ctx, kept("token", read(typed)))


@command(P.PARTNER_CHOOSE)
def attach(ctx: Ctx, offer: str, with_access: bool, effective_on: date, seen: str, language: str) -> Change:
    """Agree to the terms that were shown as `seen`: the partner of a code or request is attached on a day (S0.14).

    Where another partner is there now, it is a move. Sent twice it is one change. Raises `NotFound`, `OfferClosed`,
    `PartnerUnavailable`, `SamePartner`, `TermsChanged`, `AlreadyChanging`, or a `DomainError` beside the day.
    """
    organization = held_organization(ctx.actor.organization_id)
    found = reading(ctx, offer, language)
    assert found.offer is not None
    assert found.partner is not None
    if found.standing == "used":
        return _repeated(found.offer, with_access, effective_on)
    _check_consent(found, seen)
    _check_day(ctx, effective_on, organization.time_zone)
    close(ctx, found.offer, "used")
    record(ctx, "offer.used", found.offer.public_id, organization.id, found.partner.name, with_access=with_access)
    return announce(
        ctx, organization, to_partner=found.partner, by="customer", effective_on=effective_on, with_access=with_access,
        terms={**found.terms, "with_access": with_access}, offer=found.offer,
    )


@command(P.CUSTOMER_ATTACH)
def redeem_token(ctx: Ctx, offer: str) -> Change:
    """Attach the organization whose token the actor's partner has entered, at once, under the terms of its consent.

    Confirmed twice it is one change. Raises `NotFound`, `OfferClosed` (also when the organization has changed its
    partner since, or the rates are other than those it saw), `SamePartner`, `AlreadyChanging`.
    """
    mine = (Offer.partner == ctx.actor.partner_id) & (Offer.kind == "token") & (Offer.public_id == offer)
    row: Offer | None = Offer.select().where(mine).first()
    if row is None:
        raise NotFound(offer)
    organization = held_organization(row.organization_id)  # first, as everybody does
    row = locked(Offer.select().where(mine)).get()
    if row.state == "used":
        return Change.get(Change.offer == row)  # type: ignore[no-any-return]
    partner = asking(row)
    consent = row.consent or {}
    _check_circumstances(ctx, organization, partner, consent)
    close(ctx, row, "used")
    record(ctx, "offer.redeemed", row.public_id, organization.id, partner.name, with_access=consent["with_access"])
    return announce(
        ctx, organization, to_partner=partner, by="customer", effective_on=ctx.today(organization.time_zone),
        with_access=consent["with_access"], offer=row,
        terms={**consent["terms"], "with_access": consent["with_access"], "consented_by": row.made_by_name},
    )


def _count(ctx: Ctx, side: str, address: str) -> None:
    """Count a try, right or wrong, outside of any transaction."""
    buckets = ((f"account:{ctx.actor.account_id}", TRIES_PER_ACCOUNT), (side, TRIES_PER_SIDE),
               (f"address:{network_of(address)}", TRIES_PER_ADDRESS))
    for name, limit in buckets:
        throttle(ctx, f"relation-offer:{name}", limit.tries, limit.window)


@command(P.PARTNER_CHOOSE)
def _take_code(ctx: Ctx, digest: str) -> str:
    organization = held_organization(ctx.actor.organization_id)
    free = Offer.organization.is_null() | (Offer.organization == organization)
    row = _open(ctx, digest, free, "code")
    partner = asking(row)
    if partner.state != "active":
        raise OfferUnknown("code")
    if partner.id == organization.partner_id:
        raise SamePartner(partner.name, "code")
    if row.organization_id is None:
        _bind(row, Offer.organization, organization, "code")
        record(ctx, "offer.entered", row.public_id, organization.id, partner.name)
    return row.public_id  # type: ignore[no-any-return]


@command(P.CUSTOMER_ATTACH)
def _take_token(ctx: Ctx, digest: str) -> str:
    row = _open(ctx, digest, Offer.partner.is_null() | (Offer.partner == ctx.actor.partner_id), "token")
    only = str((row.consent or {})["only"])
    if only and fold(only) != fold(ctx.actor.partner_name):
        raise OfferUnknown("token")
    assert row.organization is not None
    if row.organization.partner_id == ctx.actor.partner_id:
        raise SamePartner(ctx.actor.partner_name, "token")
    if row.partner_id is None:
        _bind(row, Offer.partner, ctx.actor.partner_id, "token")
    return row.public_id  # type: ignore[no-any-return]


def _open(ctx: Ctx, digest: str, free: object, field: str) -> Offer:
    """Return the open offer with this digest that nobody else has entered, or raise `OfferUnknown`."""
    row: Offer | None = locked(Offer.select().where(
        Offer.digest == digest, Offer.state == "open", Offer.expires_at > ctx.now, free
    )).first()
    if row is None:
        raise OfferUnknown(field)
    return row


def _bind(row: Offer, column: object, to: object, field: str) -> None:
    """Make an offer this side's alone; whoever comes second finds it unknown."""
    taken = Offer.update({column: to}).where(Offer.id == row.id, column.is_null())  # type: ignore[attr-defined]
    if not taken.execute():
        raise OfferUnknown(field)


def _repeated(row: Offer, with_access: bool, effective_on: date) -> Change:
    """Return the change that the same consent has made before; another consent than that is stale."""
    change: Change | None = Change.select().where(Change.offer == row).first()
    if change is None or (change.with_access, change.effective_on) != (with_access, effective_on):
        raise OfferClosed
    return change


def _check_consent(found: Reading, seen: str) -> None:
    assert found.partner is not None
    if found.standing != "open":
        raise OfferClosed
    if not found.available:
        raise PartnerUnavailable(found.partner.name)
    if found.same:
        raise SamePartner(found.partner.name)
    if found.seen != seen:
        raise TermsChanged


def _check_day(ctx: Ctx, day: date, time_zone: str) -> None:
    today = ctx.today(time_zone)
    if not today <= day <= today + timedelta(days=ctx.programme.relations.move_within_days):
        raise DomainError(N_("Choose a day from today on, at most %(days)s days ahead."), "effective_on",
                          days=ctx.programme.relations.move_within_days)


def _check_circumstances(ctx: Ctx, organization: Organization, partner: Partner, consent: dict[str, object]) -> None:
    """Raise unless everything is as the customer saw it when it made the token."""
    terms = consent.get("terms")
    assert isinstance(terms, dict)
    former = organization.partner
    if former is not None and former.id == partner.id:
        raise SamePartner(partner.name)
    if (terms["from"] or {}).get("id") != (former.public_id if former else None):
        raise OfferClosed
    if not covered(terms["commission"]["rates"], present_rates(ctx, partner, organization)):
        raise OfferClosed
