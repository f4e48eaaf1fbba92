"""Changing what a member has, and the language of their mails."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.partners.models import Member
from portal.storage import command
from portal.team.commands.holding import assign, assigned_to, chosen, held_team, of_member, recorded
from portal.team.policy import TASKS, Grant, check, end_of, last_day


@command(P.MEMBER_EDIT)
def change_member(
    ctx: Ctx, member: str, role: str, sees: str, domains: Iterable[str], help_center: bool, until: date | None,
    seen: int,
) -> None:
    """Change the task, customers, help-center access and last day of a member (S4.27); it counts at their next click.

    `domains` and `until` as for `invite_member`; a day that stays the same stays the same instant. Raises `NotFound`,
    `Stale` unless `seen` is the version now, `DomainError` beside its field.
    """
    team = held_team(ctx, P.MEMBER_EDIT)
    row = team.member(member)
    if row.version != seen:
        raise Stale
    if role not in TASKS:
        raise DomainError(N_("Not a valid choice."), field="role")
    wanted = Grant(role, sees, help_center, _ending(ctx, row, until))
    check(team.case(row, wanted))
    customers, before = chosen(ctx, sees, domains), assigned_to(row)
    if wanted == of_member(row) and customers == before:
        return
    Member.update(
        role=role, sees=sees, help_center=help_center, expires_at=wanted.expires_at, version=Member.version + 1
    ).where(Member.id == row.id).execute()
    assign(row, customers)
    record(ctx, "member.changed", row.public_id, name=row.account.email,
           before=recorded(of_member(row), len(before)), after=recorded(wanted, len(customers)))


def _ending(ctx: Ctx, row: Member, until: date | None) -> datetime | None:
    if until == last_day(row.expires_at, ctx.actor.time_zone):
        return row.expires_at
    return end_of(until, ctx.actor.time_zone, ctx.now)


@command(P.MEMBER_READ)
def set_language(ctx: Ctx, language: str) -> None:
    """Choose the language of mails about the actor's partner; empty: that of their account."""
    if language not in {"", *LANGUAGES}:
        raise DomainError(N_("Not a valid choice."), field="language")
    if not Member.update(language=language).where(Member.id == ctx.actor.member_id).execute():
        raise NotFound
