"""The vendor's staff: appointed by mail, given another task, ended; and ends that come by themselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from portal.accounts.commands.attempts import throttle
from portal.accounts.commands.invitations import account_for, invite
from portal.accounts.models import Account, OneTimeToken, Staff
from portal.accounts.policy import TOKEN_LIFETIME, Purpose, normalize_name
from portal.accounts.policy.staff import (
    INVITATIONS_MOST,
    INVITATIONS_WINDOW,
    TASKS,
    WARNED_BEFORE,
    Case,
    Task,
    check,
    end_of,
    last_day,
    mark,
)
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.core.words import N_
from portal.mail import post
from portal.storage import command, locked


@command(P.STAFF_EDIT)
def appoint(ctx: Ctx, email: str, name: str, language: str, role: str, until: date | None) -> str:
    """Give somebody a task among the vendor's staff and tell them; return the public id of their account.

    Whoever cannot sign in yet is invited, in `language`. `until` is the last day of the task in the actor's time zone.
    Raises `DomainError` beside its field.
    """
    _hold(ctx)
    wanted = Task(role, end_of(until, ctx.actor.time_zone, ctx.now))
    check(Case(None, wanted))
    if language not in LANGUAGES:
        raise DomainError(N_("Not a valid choice."), field="language")
    account = account_for(ctx, email, name, language)
    _require_new(ctx, account)
    Staff.delete().where(Staff.account == account).execute()  # one that is over, and not yet cleared away
    row = Staff.create(account=account, role=role, expires_at=wanted.expires_at, created_by_name=ctx.actor.name,
                       created_at=ctx.now)
    record(ctx, "account.staff-appointed", subject=account.public_id, name=account.email, after=_recorded(wanted))
    if account.verified_at:
        _tell(ctx, row, "staff-appointed", task=TASKS[role], until=_until(account, wanted))
    else:
        _invite(ctx, account, normalize_name(name))
    return str(account.public_id)


def _require_new(ctx: Ctx, account: Account) -> None:
    lasts = Staff.expires_at.is_null() | (Staff.expires_at > ctx.now)
    if Staff.select().where(Staff.account == account, lasts).exists():
        raise DomainError(N_("This person is on the staff already."), field="email")


@command(P.STAFF_EDIT)
def change_task(ctx: Ctx, person: str, role: str, until: date | None, seen: str) -> None:
    """Give one of the staff (public id of the account) another task or another end; it counts at their next click.

    `seen` is the `mark` of the task that the page showed; a day that stays the same stays the same instant. Raises
    `NotFound`, `Stale`, `DomainError` beside its field.
    """
    row = _held(ctx, person, seen)
    before = Task(row.role, row.expires_at)
    same_end = until == last_day(row.expires_at, ctx.actor.time_zone)
    wanted = Task(role, row.expires_at if same_end else end_of(until, ctx.actor.time_zone, ctx.now))
    check(_case(ctx, row, wanted))
    if wanted == before:
        return
    Staff.update(role=role, expires_at=wanted.expires_at).where(Staff.id == row.id).execute()
    record(ctx, "account.staff-changed", subject=row.account.public_id, name=row.account.email,
           before=_recorded(before), after=_recorded(wanted))
    _tell(ctx, row, "staff-changed", task=TASKS[role], until=_until(row.account, wanted))


@command(P.STAFF_EDIT)
def end_task(ctx: Ctx, person: str, seen: str) -> None:
    """End somebody's place among the staff at their next click, and tell them. Raises as `change_task` does."""
    row = _held(ctx, person, seen)
    check(_case(ctx, row, None))
    _end(ctx, row, "ended")


@command(P.STAFF_EDIT)
def invite_again(ctx: Ctx, person: str) -> None:
    """Send a new link to one of the staff who has never signed in.

    Raises `NotFound`, `Stale` once they have, `TooManyAttempts`.
    """
    _hold(ctx)
    row = _found(ctx, person)
    if row.account.verified_at:
        raise Stale
    _invite(ctx, row.account, row.account.name)
    record(ctx, "account.staff-invited-again", subject=row.account.public_id, name=row.account.email)


@command(P.DESK_OPEN)
def set_language(ctx: Ctx, language: str) -> None:
    """Choose the language of mails about one's work on the staff; empty: that of the account."""
    if language not in {"", *LANGUAGES}:
        raise DomainError(N_("Not a valid choice."), field="language")
    if not Staff.update(language=language).where(Staff.account == ctx.actor.account_id).execute():
        raise NotFound


def _hold(ctx: Ctx) -> None:
    """Hold the staff's administrators until the end of the transaction: two never remove each other.

    Raises `Forbidden` when the actor is none any more.
    """
    admins = locked(Staff.select().where(Staff.role == "admin").order_by(Staff.id))
    if not any(row.account_id == ctx.actor.account_id and _lasts(ctx, row) for row in admins):
        raise Forbidden(P.STAFF_EDIT)


def _held(ctx: Ctx, person: str, seen: str) -> Staff:
    _hold(ctx)
    row = _found(ctx, person)
    if mark(Task(row.role, row.expires_at)) != seen:
        raise Stale
    return row


def _found(ctx: Ctx, person: str) -> Staff:
    row: Staff | None = Staff.select(Staff, Account).join(Account).where(Account.public_id == person).first()
    if row is None or not _lasts(ctx, row):
        raise NotFound(person)
    return row


def _lasts(ctx: Ctx, row: Staff) -> bool:
    return row.expires_at is None or row.expires_at > ctx.now


def _case(ctx: Ctx, row: Staff, wanted: Task | None) -> Case:
    others = Staff.select().where(Staff.role == "admin", Staff.expires_at.is_null(), Staff.id != row.id)
    return Case(Task(row.role, row.expires_at), wanted, own=row.account_id == ctx.actor.account_id,
                last=not others.exists())


def _invite(ctx: Ctx, account: Account, name: str) -> None:
    throttle(ctx, f"staff-invitation:{account.email}", INVITATIONS_MOST, INVITATIONS_WINDOW)
    handle = invite(ctx, account.email, name, account.language,
                    {"organization": ctx.programme.vendor.name, "inviter": ctx.actor.name, "staff": True})
    post(ctx, "invite-staff", key=f"invite-staff:{handle}", address=account.email, name=name,
         language=account.language, handle=handle, days=TOKEN_LIFETIME[Purpose.INVITATION].days)


def _end(ctx: Ctx, row: Staff, how: str) -> None:
    """Delete the place, and let its invitation open nothing more. What the person wrote keeps their name."""
    record(ctx, f"account.staff-{how}", subject=row.account.public_id, name=row.account.email,
           before=_recorded(Task(row.role, row.expires_at)))
    _tell(ctx, row, "staff-ended", how=how)
    Staff.delete().where(Staff.id == row.id).execute()
    unused = OneTimeToken.select().where(OneTimeToken.account == row.account, OneTimeToken.used_at.is_null(),
                                         OneTimeToken.purpose == Purpose.INVITATION)
    for token in unused:
        if (token.payload or {}).get("staff"):
            token.delete_instance()


def _tell(ctx: Ctx, row: Staff, event: str, key: str = "", **params: Any) -> None:
    account = row.account
    post(ctx, event, key=f"{event}:{account.public_id}:{key or int(ctx.now.timestamp() * 1000)}",
         address=account.email, name=account.name, language=row.language or account.language,
         country=account.country, time_zone=account.time_zone, **params)


def _until(account: Account, task: Task) -> str | None:
    """Return the last day of a task as the person counts days, for a mail."""
    day = last_day(task.expires_at, account.time_zone)
    return day.isoformat() if day else None


def _recorded(task: Task) -> dict[str, Any]:
    return {"role": task.role, "expires_at": task.expires_at.isoformat() if task.expires_at else None}


# ---- By themselves ----

@command(P.JOB_RUN)
def end_expired(ctx: Ctx) -> None:
    """Clear away tasks that are over and tell whose they were; they gave no rights since their end."""
    for row in Staff.select(Staff, Account).join(Account).where(Staff.expires_at <= ctx.now).order_by(Staff.id):
        _end(ctx, row, "expired")


@command(P.JOB_RUN)
def warn_of_ends(ctx: Ctx) -> None:
    """Tell people that their task ends within days: once for each end."""
    soon = (Staff.expires_at > ctx.now) & (Staff.expires_at <= ctx.now + WARNED_BEFORE)
    for row in Staff.select(Staff, Account).join(Account).where(soon).order_by(Staff.id):
        ends: datetime = row.expires_at
        _tell(ctx, row, "staff-ending", key=ends.isoformat(), until=_until(row.account, Task(row.role, ends)),
              task=TASKS[row.role])

