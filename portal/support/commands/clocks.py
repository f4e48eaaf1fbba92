"""The cache of a ticket's clocks: folded anew whenever something happened to it, or what is promised has changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from portal.core.context import Ctx
from portal.support.commands.history import enqueue
from portal.support.models import Clock, Event, Ticket
from portal.support.policy.clocks import Happening, Run, fold
from portal.support.policy.events import CLOCK_KINDS
from portal.support.policy.terms import calendar_of, policy_of

_FINISHED = ("resolved", "closed")


def refresh(ctx: Ctx, ticket: Ticket) -> None:
    """Fold the clocks of a ticket and keep what comes out; the caller holds the ticket and stores it afterwards.

    Warnings and breaches that were recorded stay, whatever the fold says now.
    """
    runs = {(run.kind, run.cycle): run for run in folded(ctx, ticket)}
    known = {(row.kind, row.cycle): row for row in Clock.select().where(Clock.ticket == ticket)}
    for key, row in known.items():
        if key not in runs and row.breached_at is None:
            row.delete_instance()
    for key, run in runs.items():
        _keep(ticket, known.get(key), run)
    _schedule(ticket, list(runs.values()), known)


def folded(ctx: Ctx, ticket: Ticket) -> tuple[Run, ...]:
    """Return the clocks of a ticket as its events, the calendar of its region and the programme have them."""
    events: Any = Event.select(Event.kind, Event.at, Event.data).where(
        Event.ticket == ticket, Event.kind.in_(CLOCK_KINDS)
    ).order_by(Event.id)
    programme = ctx.programme
    return fold(
        ticket.created_at, programme.support.default_severity, [happening(event) for event in events],
        calendar_of(programme, ticket.region), policy_of(programme),
    )


def happening(event: Event) -> Happening:
    """Return what an event is to the clocks."""
    data = event.data or {}
    until = data.get("until")
    return Happening(event.at, event.kind, data.get("severity", ""),
                     datetime.fromisoformat(until) if until else None)


def _keep(ticket: Ticket, row: Clock | None, run: Run) -> None:
    values = {name: getattr(run, name) for name in (
        "severity", "started_at", "aim_at", "limit_at", "met_at", "minutes", "state", "ended_at")}
    if row is None:
        Clock.create(ticket=ticket, kind=run.kind, cycle=run.cycle, **values)
        return
    if any(getattr(row, name) != value for name, value in values.items()):
        Clock.update(values).where(Clock.id == row.id).execute()


def _schedule(ticket: Ticket, runs: list[Run], known: dict[tuple[str, int], Clock]) -> None:
    """Set which clock is due next, where the ticket stands in its queue, and when the worker looks at it again."""
    going = [run for run in runs if run.state == "running" and run.limit_at]
    due = min(going, key=lambda run: run.limit_at or run.started_at, default=None)
    ticket.next_clock, ticket.next_due = (due.kind, due.limit_at) if due else ("", None)
    enqueue(ticket)
    ticket.check_at = min((at for run in runs for at in _looks(run, known.get((run.kind, run.cycle)))), default=None)


def _looks(run: Run, row: Clock | None) -> list[datetime]:
    """Return when the worker has something to do about a run: warn at its aim, record that its limit broke."""
    looks = []
    if run.state == "running" and run.aim_at and not (row and (row.warned_at or row.breached_at)):
        looks.append(run.aim_at)
    if run.late_at and not (row and row.breached_at):
        looks.append(run.late_at)
    return looks
