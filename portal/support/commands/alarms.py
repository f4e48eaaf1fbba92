"""What staff hear of clocks: that a limit is near, that one broke. Recorded on the ticket, and mailed, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from peewee import JOIN

from portal.accounts.models import Account, Staff
from portal.core.context import WORKER, Ctx
from portal.mail import Letter, post_all
from portal.support.commands.history import add
from portal.support.commands.threads import to_staff
from portal.support.models import Agent, Clock, Ticket
from portal.support.queries.agents import staff_rows
from portal.support.words import CLOCKS


@dataclass(frozen=True, slots=True)
class Limit:
    """A clock's limit and the severity that it is of, at the moment that staff hear of it."""

    clock: Clock
    severity: str
    at: datetime | None


def warned(ctx: Ctx, ticket: Ticket, clock: Clock) -> None:
    """Say that the aim of a clock has passed and its limit comes near; partners do not see it."""
    add(replace(ctx, actor=WORKER), ticket, "warned", clock=clock.kind, cycle=clock.cycle)
    _mail(ctx, ticket, Limit(clock, clock.severity, clock.limit_at), "ticket-warning")


def breached(ctx: Ctx, ticket: Ticket, limit: Limit, quiet: bool = False) -> None:
    """Say that the limit of a clock broke and why; partners see it in the history. `quiet`: no mail."""
    clock = limit.clock
    add(replace(ctx, actor=WORKER), ticket, "breached", clock=clock.kind, cycle=clock.cycle, cause=clock.breach_cause,
        at=clock.breached_at.isoformat())
    if not quiet:
        _mail(ctx, ticket, limit, "ticket-breached")


def _mail(ctx: Ctx, ticket: Ticket, limit: Limit, event: str) -> None:
    clock = limit.clock
    about = {
        "ticket": ticket.public_id, "number": ticket.number, "subject": ticket.subject, "partner": ticket.partner.name,
        "severity": limit.severity, "clock": CLOCKS[clock.kind], "cause": clock.breach_cause,
        "until": limit.at.isoformat() if limit.at else "", "unassigned": ticket.assignee_id is None,
    }
    post_all(ctx, [
        Letter(
            event, f"{event}:{ticket.public_id}:{clock.kind}:{clock.cycle}:{one.public_id}", one.email, one.name,
            one.staff.language or one.language, about | {"country": one.country, "time_zone": one.time_zone},
            headers=to_staff(ctx, ticket),
        ) for one in _people(ctx, ticket)
    ])


def _people(ctx: Ctx, ticket: Ticket) -> list[Any]:
    """Return whom it concerns: who works on the ticket; otherwise who takes tickets now, and the leads; else all."""
    rows: Any = staff_rows(ctx).select(Account, Staff, Agent).switch(Account).join(Agent, JOIN.LEFT_OUTER, attr="agent")
    everybody = list(rows)
    mine = [one for one in everybody if one.id == ticket.assignee_id and _takes(one, unsaid=True)]
    return mine or [one for one in everybody if _takes(one) or one.staff.role == "support-lead"] or everybody


def _takes(person: Any, unsaid: bool = False) -> bool:
    """Tell whether somebody is there; `unsaid` is the answer for who has not said so."""
    agent = getattr(person, "agent", None)
    return bool(agent.available) if agent is not None and agent.id is not None else unsaid
