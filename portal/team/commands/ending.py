"""Ends of memberships: somebody is removed, leaves, or their grant is over; and the warning before that."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Account
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import Stale
from portal.core.permissions import P
from portal.mail import post
from portal.partners.models import Member, Partner
from portal.partners.queries import Recipient, one_recipient, super_admins
from portal.storage import command, locked
from portal.team.commands.holding import assigned_to, held_team, of_member, recorded
from portal.team.policy import WARNED_BEFORE, check

BATCH = 100


@command(P.MEMBER_EDIT)
def remove_member(ctx: Ctx, member: str, seen: int) -> None:
    """End somebody's access to the actor's partner at their next click, and tell them; what they wrote stays.

    Raises `NotFound`, `Stale` unless `seen` is the version now, `DomainError` for the last super administrator and for
    whom the actor does not manage.
    """
    team = held_team(ctx, P.MEMBER_EDIT)
    row = team.member(member)
    if row.version != seen:
        raise Stale
    check(team.case(row, None))
    _end(ctx, row, team.partner, "left" if row.id == team.mine.id else "removed")


@command(P.MEMBER_READ)
def leave_team(ctx: Ctx, seen: int) -> None:
    """Let the actor leave their partner. Raises `Stale` or `DomainError` as `remove_member` does."""
    team = held_team(ctx, P.MEMBER_READ)
    if team.mine.version != seen:
        raise Stale
    check(team.case(team.mine, None))
    _end(ctx, team.mine, team.partner, "left")


def _end(ctx: Ctx, row: Member, partner: Partner, how: str) -> None:
    """Delete the place. The calendar feed ends with it; records, orders and messages name the person for ever."""
    person = one_recipient(row)
    record(ctx, f"member.{how}", row.public_id, name=person.email,
           before=recorded(of_member(row), len(assigned_to(row))))
    Member.delete().where(Member.id == row.id).execute()
    if how != "left":
        _tell(ctx, row, partner, person, how, "member", person)
    if how != "removed":
        for reader in super_admins(partner.id):
            if reader.public_id != person.public_id:
                _tell(ctx, row, partner, person, how, "super-admin", reader)


def _tell(
    ctx: Ctx, row: Member, partner: Partner, person: Recipient, how: str, side: str, reader: Recipient,
    event: str = "member-ended", **params: object,
) -> None:
    post(
        ctx, event, key=f"{event}:{row.public_id}:{params.get('ends', how)}:{reader.public_id}", address=reader.email,
        name=reader.name, language=reader.language, side=side, how=how, person=person.name or person.email,
        partner=partner.name, country=reader.country, time_zone=reader.time_zone, **params,
    )


@command(P.JOB_RUN)
def end_grants(ctx: Ctx) -> bool:
    """Clear away one batch of memberships that are over, and tell everybody; tell whether there may be more.

    They give no rights since their end: see `web.actors`.
    """
    rows = list(Member.select().where(Member.expires_at <= ctx.now).order_by(Member.id).limit(BATCH))
    for row in rows:
        partner = locked(Partner.select().where(Partner.id == row.partner_id)).get()
        still = Member.get_or_none(Member.id == row.id, Member.expires_at <= ctx.now)
        if still:
            _end(ctx, still, partner, "expired")
    return len(rows) == BATCH


@command(P.JOB_RUN)
def warn_of_ends(ctx: Ctx, after: int = 0) -> int | None:
    """Tell one batch of people, beyond the row number `after`, that their grant ends soon, and their super admins.

    Once for each end. Returns where the next batch begins, or None when there is none.
    """
    query: Any = (
        Member.select(Member, Partner, Account).join(Partner).switch(Member).join(Account)
        .where(Member.expires_at > ctx.now, Member.expires_at <= ctx.now + WARNED_BEFORE, Member.id > after)
        .order_by(Member.id).limit(BATCH)
    )
    rows = list(query)
    for row in rows:
        _warn(ctx, row)
    return rows[-1].id if len(rows) == BATCH else None


def _warn(ctx: Ctx, row: Member) -> None:
    person, ends = one_recipient(row), row.expires_at.isoformat()
    _tell(ctx, row, row.partner, person, "soon", "member", person, "member-ending", ends=ends)
    for reader in super_admins(row.partner_id):
        _tell(ctx, row, row.partner, person, "soon", "super-admin", reader, "member-ending", ends=ends)
