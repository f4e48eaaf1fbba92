"""The cache of tickets' clocks: folded anew whenever something happened to one, or what is promised has changed.

What was recorded is a fact: a warning, and that a limit broke, stay whatever the fold says later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.storage import command, locked
from portal.support.commands import alarms
from portal.support.commands.history import enqueue
from portal.support.models import Agent, Clock, Event, Ticket
from portal.support.policy.attainment import decided
from portal.support.policy.calendar import Calendar, add_working_minutes
from portal.support.policy.clocks import Happening, Run, fold
from portal.support.policy.events import CLOCK_KINDS
from portal.support.policy.terms import calendar_of, policy_of

_FOLDED = ("severity", "started_at", "aim_at", "limit_at", "met_at", "minutes", "state", "ended_at")
_CACHE = (Ticket.next_clock, Ticket.next_due, Ticket.queue_at, Ticket.check_at)
_BATCH = 200  # tickets that are held together
_LOOKS = 500
_TOGETHER = 500  # rows of one statement
Rows = dict[tuple[str, int], Clock]


@dataclass(slots=True)
class _Changes:
    """What folding anew changes in the table of clocks: written together, for any number of tickets."""

    rows: list[Clock] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    breaches: list[tuple[Ticket, alarms.Limit]] = field(default_factory=list)


def refresh(ctx: Ctx, ticket: Ticket) -> None:
    """Fold the clocks of a ticket and keep what comes out; the caller holds the ticket and stores it afterwards.

    A limit that broke until now is recorded, whatever happened to the ticket at this moment.
    """
    _refold(ctx, [ticket])


@command(P.JOB_RUN)
def look(ctx: Ctx, ticket: int) -> None:
    """Record what broke of a ticket, warn of what is near, and say when to look again; once, whoever else looks."""
    row: Ticket | None = locked(Ticket.select().where(Ticket.id == ticket, Ticket.check_at <= ctx.now)).first()
    if row is None:
        return
    clocks = _refold(ctx, [row])[row.id].values()
    hours = _hours_of(ctx, row)
    for clock in clocks:
        if any(at <= ctx.now for at in _warnings(ctx, clock, hours)):
            _warn(ctx, row, clock)
    _schedule(ctx, row, clocks, hours)
    row.save(only=_CACHE)


def _warn(ctx: Ctx, ticket: Ticket, clock: Clock) -> None:
    clock.warned_at = ctx.now
    same = (Clock.ticket == ticket) & (Clock.kind == clock.kind) & (Clock.cycle == clock.cycle)
    Clock.update(warned_at=ctx.now).where(same).execute()
    alarms.warned(ctx, ticket, clock)


def due(ctx: Ctx, after: int) -> list[int]:
    """Return the next tickets beyond a row number at which the worker has to look."""
    rows: Any = Ticket.select(Ticket.id).where(Ticket.id > after, Ticket.check_at <= ctx.now)
    return [row_id for (row_id,) in rows.order_by(Ticket.id).limit(_LOOKS).tuples()]


@command(P.JOB_RUN)
def refold(ctx: Ctx, last: int) -> None:
    """Fold a batch of unfinished tickets anew, the one that ends with this row number, because promises have changed.

    What breaks by that is recorded, but wakes nobody: whoever changed what is promised knows.
    """
    batch = Ticket.select().where(Ticket.id > last - _BATCH, Ticket.id <= last, _unfinished()).order_by(Ticket.id)
    tickets: list[Ticket] = list(locked(batch))
    before = [_cached(ticket) for ticket in tickets]
    _refold(ctx, tickets, quiet=True)
    for ticket, was in zip(tickets, before, strict=True):
        if was != _cached(ticket):
            ticket.save(only=_CACHE)


def batches(ctx: Ctx, after: int) -> list[int]:
    """Return where the next batch of unfinished tickets ends."""
    first = Ticket.select(Ticket.id).where(Ticket.id > after, _unfinished()).order_by(Ticket.id).limit(1).scalar()
    return [int(first) + _BATCH - 1] if first else []


def _unfinished() -> Any:
    return Ticket.finished_at.is_null() | Ticket.check_at.is_null(False)


def _cached(ticket: Ticket) -> tuple[Any, ...]:
    return tuple(getattr(ticket, field.name) for field in _CACHE)


# ---- Folding ----

def _refold(ctx: Ctx, tickets: Sequence[Ticket], quiet: bool = False) -> dict[int, Rows]:
    """Fold clocks anew in as many statements as for one ticket; the caller holds the tickets and stores them."""
    events, known, changes = _events(tickets), _known(tickets), _Changes()
    for ticket in tickets:
        rows = known[ticket.id]
        _break(ctx, changes, ticket, rows.values())  # as it was promised until now
        _follow(ctx, changes, ticket, rows, _folded(ctx, ticket, events[ticket.id]))
        _report(ticket, rows.values())
        changes.rows += [row for row in rows.values() if row.is_dirty()]
        _schedule(ctx, ticket, rows.values())
    _store(changes)
    for ticket, limit in changes.breaches:
        alarms.breached(ctx, ticket, limit, quiet)
    return known


def _events(tickets: Sequence[Ticket]) -> dict[int, list[tuple[str, datetime, Any]]]:
    rows: Any = Event.select(Event.ticket, Event.kind, Event.at, Event.data).where(
        Event.ticket.in_([ticket.id for ticket in tickets]), Event.kind.in_(CLOCK_KINDS)
    ).order_by(Event.ticket, Event.id)
    found = defaultdict[int, list[tuple[str, datetime, Any]]](list)
    for ticket, kind, at, data in rows.tuples():
        found[ticket].append((kind, at, data or {}))
    return found


def _known(tickets: Sequence[Ticket]) -> dict[int, Rows]:
    found = defaultdict[int, Rows](dict)
    for row in Clock.select().where(Clock.ticket.in_([ticket.id for ticket in tickets])).order_by(Clock.id):
        found[row.ticket_id][row.kind, row.cycle] = row
    return found


def _folded(ctx: Ctx, ticket: Ticket, events: Sequence[tuple[str, datetime, Any]]) -> tuple[Run, ...]:
    """Return the clocks of a ticket as its events, the calendar of its region and the programme have them."""
    first = next((data["before"] for kind, _, data in events if kind == "severity"), ticket.severity)
    return fold(ticket.created_at, first, map(_happening, events), calendar_of(ctx.programme, ticket.region),
                policy_of(ctx.programme))


def _happening(event: tuple[str, datetime, Any]) -> Happening:
    kind, at, data = event
    until = data.get("until")
    return Happening(at, kind, data.get("severity", ""), datetime.fromisoformat(until) if until else None)


def _follow(ctx: Ctx, changes: _Changes, ticket: Ticket, rows: Rows, runs: Iterable[Run]) -> None:
    """Make rows say what the fold says, and record what is broken by that.

    What has stopped stays judged by what was promised then, also when something else is promised today.
    """
    folded = {(run.kind, run.cycle): run for run in runs}
    for key in [key for key in rows if key not in folded]:
        _drop(changes, ticket, rows, key)
    for key, run in folded.items():
        if key not in rows:
            rows[key] = Clock(ticket=ticket, kind=run.kind, cycle=run.cycle)
        row = rows[key]
        if row.ended_at is None or row.ended_at != run.ended_at:
            _assign(row, {name: getattr(run, name) for name in _FOLDED})
            if run.late_at and row.breached_at is None and (run.late_at < ctx.now or run.cause == "reclassified"):
                _record(changes, ticket, row, run.late_at, run.cause)


def _drop(changes: _Changes, ticket: Ticket, rows: Rows, key: tuple[str, int]) -> None:
    """Take away a clock for which nothing is promised any more; one with a fact stays, and counts no longer."""
    row = rows[key]
    reopened = row.kind == "resolution" and ticket.finished_at is None
    if row.met_at and not reopened:
        return
    if row.breached_at or row.warned_at:
        ended = row.breached_at or row.warned_at
        _assign(row, {"state": "void", "met_at": None, "minutes": None, "ended_at": row.ended_at or ended})
    else:
        changes.gone.append(rows.pop(key).id)


def _assign(row: Clock, values: dict[str, Any]) -> None:
    """Set what differs: only such a row is stored."""
    for name, value in values.items():
        if getattr(row, name) != value:
            setattr(row, name, value)


def _break(ctx: Ctx, changes: _Changes, ticket: Ticket, rows: Iterable[Clock]) -> None:
    """Record the limits that broke by time since somebody last looked."""
    for row in rows:
        if row.state == "running" and row.breached_at is None and row.limit_at and row.limit_at < ctx.now:
            _record(changes, ticket, row, row.limit_at, "time")


def _record(changes: _Changes, ticket: Ticket, row: Clock, at: datetime, cause: str) -> None:
    row.breached_at, row.breach_cause, row.breach_version = at, cause, ticket.rule_version
    changes.breaches.append((ticket, alarms.Limit(row, row.severity, row.limit_at)))


def _report(ticket: Ticket, rows: Iterable[Clock]) -> None:
    """Set in which month reports count each run, and as what."""
    for row in rows:
        counted = decided(row.state, row.aim_at, row.met_at, row.breached_at)
        _assign(row, {"month": counted.month, "result": counted.result, "region": ticket.region})


def _store(changes: _Changes) -> None:
    if changes.gone:
        Clock.delete().where(Clock.id.in_(changes.gone)).execute()
    new = [row for row in changes.rows if row.id is None]
    for rows in (new, [row for row in changes.rows if row.id is not None]):
        for start in range(0, len(rows), _TOGETHER):
            _write(rows[start : start + _TOGETHER])


def _write(rows: Sequence[Clock]) -> None:
    """Store rows that are all new, or all known, in one statement."""
    fields = [field for field in Clock._meta.sorted_fields if rows[0].id is not None or field.name != "id"]
    values = [tuple(row.__data__.get(field.name) for field in fields) for row in rows]
    Clock.insert_many(values, fields).on_conflict(conflict_target=[Clock.id], preserve=fields[1:]).execute()


# ---- When to look again ----

def _schedule(ctx: Ctx, ticket: Ticket, rows: Iterable[Clock], hours: Calendar | None = None) -> None:
    """Set which clock is due next, where the ticket stands in its queue, and when the worker looks at it again."""
    going = [row for row in rows if row.state == "running"]
    first = min(going, key=lambda row: row.limit_at, default=None)
    ticket.next_clock, ticket.next_due = (first.kind, first.limit_at) if first else ("", None)
    ticket.check_at = min((at for row in going for at in _looks(ctx, row, hours)), default=None)
    enqueue(ticket)


def _looks(ctx: Ctx, row: Clock, hours: Calendar | None) -> Iterator[datetime]:
    """Yield when the worker has something to do about a running clock: warn, or record that its limit broke."""
    yield from _warnings(ctx, row, hours)
    if row.breached_at is None:
        yield row.limit_at


def _warnings(ctx: Ctx, row: Clock, hours: Calendar | None) -> Iterator[datetime]:
    """Yield when to warn of a clock: at its aim; unless it runs around the clock, within `hours` if they are known."""
    if row.state != "running" or row.breached_at or row.warned_at:
        return
    commitment = policy_of(ctx.programme).commitments.get(row.severity)
    if hours is None or (commitment and commitment.around_the_clock):
        yield row.aim_at
    else:
        yield add_working_minutes(max(row.aim_at, ctx.now), 0, hours) or row.aim_at


def _hours_of(ctx: Ctx, ticket: Ticket) -> Calendar:
    """Return the working hours of who gets warned: the region that the assignee works in, or the ticket's."""
    agent: Agent | None = Agent.get_or_none(Agent.account == ticket.assignee_id) if ticket.assignee_id else None
    regions = agent.regions if agent else []
    region = ticket.region if ticket.region in regions or not regions else regions[0]
    return calendar_of(ctx.programme, region)
