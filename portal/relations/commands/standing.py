"""How a partner stands with the vendor: suspended, reinstated, terminated with notice to each of its customers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.directory.commands.holding import held_organization
from portal.jobs import enqueue
from portal.mail import Letter, post_all
from portal.partners.models import Partner
from portal.partners.queries import super_admins, works_at
from portal.relations.commands.changes import announce, withdraw_change
from portal.relations.models import Change
from portal.relations.policy.disputes import OwnSide
from portal.relations.policy.standing import Standing, after, check_reason
from portal.storage import command, locked

_TOGETHER = 100  # customers of one look


@command(P.PARTNER_SUSPEND)
def change_standing(ctx: Ctx, partner: str, act: str, reason: str, seen: str) -> None:
    """Suspend, reinstate or terminate a partner that stands as it was `seen`.

    Suspended, it looks after the customers it has and gets no new ones. Terminated, each customer gets notice; until
    the last one has moved the partner is suspended, and reinstating takes the notices back. Raises `NotFound`,
    `OwnSide`, `Stale`, or a `DomainError` on `reason`.
    """
    row = _held((Partner.public_id == partner) & ~Partner.house)
    if works_at(ctx.actor.account_id or 0, row.id):
        raise OwnSide
    before = Standing(row.state, row.ending)
    now = after(before, act, seen)
    check_reason(act, reason)
    if act == "reinstate":
        reason = ""
    _set(ctx, row, now, reason)
    record(ctx, f"partner.{_done(act)}", row.public_id, name=row.name, before={"state": str(before)},
           after={"state": str(now)}, note=reason)
    tell(ctx, row, _done(act), reason)
    if now.ending or before.ending:
        key = f"relations.standing:{partner}:{act}:{ctx.now.isoformat()}"
        enqueue(ctx, "relations.standing", key=key, partner=row.id)


def follow(ctx: Ctx, partner_id: int) -> None:
    """Do what follows from how a partner stands, customer by customer; twice is the same as once.

    While it is being terminated, each customer gets notice that has none; reinstated, notices are taken back.
    """
    row: Partner | None = Partner.get_or_none(Partner.id == partner_id)
    if row is None:
        return
    if not row.ending:
        for change in _announced(Change.from_partner == partner_id, Change.by == "vendor"):
            keep_customer(ctx, change)
        return
    for change in _announced(Change.to_partner == partner_id):
        keep_away(ctx, change)
    last = 0
    while unnoticed := _unnoticed(partner_id, last):
        for last in unnoticed:
            give_notice(ctx, partner_id, last)
    terminate_when_done(ctx, partner_id)


def ending() -> list[int]:
    """Return the partners that are being terminated."""
    query: Any = Partner.select(Partner.id).where(Partner.ending).order_by(Partner.id)
    return [one for (one,) in query.tuples()]


@command(P.JOB_RUN)
def give_notice(ctx: Ctx, partner_id: int, organization_id: int) -> None:
    """Announce to one customer that its partner goes, unless it goes already or has another by now."""
    organization = held_organization(organization_id)
    row = _held(Partner.id == partner_id)
    announced = Change.select().where(Change.organization == organization, Change.state == "announced").exists()
    if row.ending and organization.partner_id == partner_id and not announced:
        day = ctx.today(organization.time_zone) + timedelta(days=ctx.programme.relations.vendor_notice_days)
        announce(ctx, organization, to_partner=None, by="vendor", effective_on=day)


@command(P.JOB_RUN)
def keep_customer(ctx: Ctx, change_id: int) -> None:
    """Take one notice of the vendor back: the partner was reinstated."""
    held_organization(Change.get_by_id(change_id).organization_id)
    change: Change = locked(Change.select().where(Change.id == change_id)).get()
    row = _held(Partner.id == change.from_partner_id)
    if change.state == "announced" and change.by == "vendor" and not row.ending:
        withdraw_change(ctx, change)


@command(P.JOB_RUN)
def keep_away(ctx: Ctx, change_id: int) -> None:
    """Let nobody come to a partner that is being terminated: what was announced for a later day is taken back."""
    held_organization(Change.get_by_id(change_id).organization_id)
    change: Change = locked(Change.select().where(Change.id == change_id)).get()
    if change.state == "announced" and _held(Partner.id == change.to_partner_id).ending:
        withdraw_change(ctx, change)


@command(P.JOB_RUN)
def terminate_when_done(ctx: Ctx, partner_id: int) -> None:
    """Make a partner that is being terminated and has no customer left a terminated one, once."""
    row = _held(Partner.id == partner_id)
    if row.ending and not Organization.select().where(Organization.partner == row).exists():
        _set(ctx, row, Standing("terminated"), row.state_reason)
        record(ctx, "partner.terminated", row.public_id, name=row.name)
        tell(ctx, row, "terminated", row.state_reason)


def tell(ctx: Ctx, row: Partner, done: str, reason: str) -> None:
    """Write to the partner's super administrators, in the caller's transaction."""
    key = f"partner-standing:{row.public_id}:{done}:{ctx.now.isoformat()}"
    post_all(ctx, [
        Letter(
            "partner-standing", f"{key}:{one.public_id}", one.email,
            one.name, one.language,
            {"done": done, "partner": row.name, "reason": reason, "country": one.country,
             "days": ctx.programme.relations.vendor_notice_days},
        ) for one in super_admins(row.id)
    ])


def _done(act: str) -> str:
    return {"suspend": "suspended", "reinstate": "reinstated", "terminate": "ending"}[act]


def _held(which: Any) -> Partner:
    row: Partner | None = locked(Partner.select().where(which)).first()
    if row is None:
        raise NotFound
    return row


def _set(ctx: Ctx, row: Partner, now: Standing, reason: str) -> None:
    since = None if now.state == "active" else ctx.now
    values = {"state": now.state, "ending": now.ending, "state_since": since, "state_reason": reason}
    Partner.update(**values).where(Partner.id == row.id).execute()


def _unnoticed(partner_id: int, beyond: int) -> list[int]:
    """Return the partner's next customers that have no notice of any change."""
    announced = Change.select(Change.organization).where(Change.state == "announced")
    query: Any = Organization.select(Organization.id).where(
        Organization.partner == partner_id, Organization.id > beyond, Organization.id.not_in(announced)
    )
    return [one for (one,) in query.order_by(Organization.id).limit(_TOGETHER).tuples()]


def _announced(*which: Any) -> list[int]:
    query: Any = Change.select(Change.id).where(Change.state == "announced", *which)
    return [one for (one,) in query.order_by(Change.id).tuples()]
