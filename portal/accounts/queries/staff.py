"""Reads of the vendor's staff: the list, one of them, and one's own task."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.accounts.models import Account, Staff
from portal.accounts.policy.staff import TASKS, Task
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P

_ORDER = list(TASKS)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the staff. `invited`: they have not followed their invitation yet."""

    public_id: str  # of the account
    name: str
    email: str
    task: Task
    language: str  # of mails about this work; empty: the account's
    invited: bool
    second_factor_at: datetime | None
    signed_in_at: datetime | None
    appointed_by: str
    appointed_at: datetime
    own: bool


def staff(ctx: Ctx) -> list[Colleague]:
    """Return everybody whose task has not ended, administrators first; one statement."""
    ctx.actor.require(P.STAFF_EDIT)
    found = (_colleague(ctx, row) for row in _present(ctx))
    return sorted(found, key=lambda one: (-_ORDER.index(one.task.role), one.name or one.email))


def colleague(ctx: Ctx, public_id: str) -> Colleague:
    """Return one of the staff, or raise `NotFound`."""
    ctx.actor.require(P.STAFF_EDIT)
    return _one(ctx, _present(ctx).where(Account.public_id == public_id))


def own_task(ctx: Ctx) -> Colleague:
    """Return the actor's own place among the staff, or raise `NotFound`."""
    ctx.actor.require(P.DESK_OPEN)
    return _one(ctx, _present(ctx).where(Account.id == ctx.actor.account_id))


def _present(ctx: Ctx) -> Any:
    lasts = Staff.expires_at.is_null() | (Staff.expires_at > ctx.now)
    return Staff.select(Staff, Account).join(Account).where(lasts).order_by(Account.id)


def _one(ctx: Ctx, rows: Iterable[Any]) -> Colleague:
    row = next(iter(rows), None)
    if row is None:
        raise NotFound
    return _colleague(ctx, row)


def _colleague(ctx: Ctx, row: Any) -> Colleague:
    account = row.account
    return Colleague(
        account.public_id, account.name, account.email, Task(row.role, row.expires_at), row.language,
        account.verified_at is None, account.second_factor_at, account.signed_in_at, row.created_by_name,
        row.created_at, account.id == ctx.actor.account_id,
    )
