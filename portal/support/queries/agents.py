"""Reads of the people who work on tickets: who they are, what they take on, and how much they have open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from peewee import JOIN, SQL, Case, fn

from portal.accounts.models import Account, Staff
from portal.accounts.policy.staff import TASKS
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import GRANTS, P, Role
from portal.support.models import Agent, Ticket
from portal.support.policy.assignment import ENOUGH, Candidate, weights

WORKERS = tuple(task for task in TASKS if P.TICKET_WORK in GRANTS[Role(f"staff-{task}")])


@dataclass(frozen=True, slots=True)
class Profile:
    """What a member of staff takes on; `kept` once they, or their lead, have said so."""

    account_id: int
    public_id: str
    name: str
    email: str
    languages: tuple[str, ...]
    regions: tuple[str, ...]
    available: bool
    kept: bool

    @property
    def called(self) -> str:
        return self.name or self.email


def colleagues(ctx: Ctx) -> list[Profile]:
    """Return everybody whose task includes work on tickets, by name; one statement."""
    ctx.actor.require(P.TICKET_WORK)
    return sorted(map(_profile, _with_profiles(ctx)), key=lambda one: (one.called.casefold(), one.account_id))


def profile(ctx: Ctx, person: str = "") -> Profile:
    """Return what somebody takes on, oneself unless told; only leads look at others. Raises `NotFound`."""
    mine = Account.id == ctx.actor.account_id
    row = _with_profiles(ctx).where(Account.public_id == person if person else mine).first()
    if row is None or (row.id != ctx.actor.account_id and not ctx.actor.can(P.SUPPORT_DIRECT)):
        raise NotFound(person)
    return _profile(row)


def worker(ctx: Ctx, person: str) -> Any | None:
    """Return the account of somebody whose task includes work on tickets, by its public id."""
    return staff_rows(ctx).where(Account.public_id == person).first()


def available(ctx: Ctx) -> list[Candidate]:
    """Return who takes new tickets now, each with their load; one statement."""
    mine = Ticket.alias()
    weight = weights(tuple(ctx.programme.severities))
    open_ones = mine.select(
        Case(mine.severity, tuple(weight.items()), 1).alias("weight")
    ).where(mine.assignee == Account.id, mine.state == "open").limit(ENOUGH)
    load = fn.COALESCE(_outer(open_ones), 0)
    rows = _with_profiles(ctx, load.alias("load")).where(Agent.available)
    return [
        Candidate(row.id, row.name or row.email, row.agent.languages, row.agent.regions, int(row.load)) for row in rows
    ]


def _outer(open_ones: Any) -> Any:
    one = open_ones.alias("one")
    return one.model.select(fn.SUM(SQL("one.weight"))).from_(one)


def staff_rows(ctx: Ctx) -> Any:
    """Return a query of the accounts whose task includes work on tickets and has not ended."""
    lasts = Staff.expires_at.is_null() | (Staff.expires_at > ctx.now)
    return Account.select().join(Staff).where(Staff.role.in_(WORKERS), lasts).order_by(Account.id)


def _with_profiles(ctx: Ctx, *columns: Any) -> Any:
    shown = (Account.id, Account.public_id, Account.name, Account.email, Agent, *columns)
    return staff_rows(ctx).select(*shown).switch(Account).join(Agent, JOIN.LEFT_OUTER, attr="agent")


def _profile(row: Any) -> Profile:
    agent: Any = getattr(row, "agent", None)
    kept = agent is not None and agent.id is not None
    return Profile(
        row.id, row.public_id, row.name, row.email, _codes(agent.languages) if kept else (),
        _codes(agent.regions) if kept else (), bool(kept and agent.available), kept,
    )


def _codes(values: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(values or ())
