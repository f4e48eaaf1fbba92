"""The clocks of tickets as pages show them: what is due, what is left of it, what rests and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.core.context import Ctx
from portal.support.models import Clock, Event, Ticket
from portal.support.policy.clocks import CLOCKS
from portal.support.words import CAUSES, CLOCK_STATES
from portal.support.words import CLOCKS as NAMES

_PAUSES = {"waiting": "waiting", "held": "hold", "resolved": "rest", "closed": "rest"}
_PAUSE_ENDS = ("resumed", "reopened", "merged", "spam")
PAUSE_KINDS = (*_PAUSES, *_PAUSE_ENDS)


@dataclass(frozen=True, slots=True)
class Pause:
    """A time that does not count. `kind`: waiting, hold, or rest (from resolved or closed to reopened)."""

    kind: str
    since: datetime
    until: datetime | None
    reason: str  # as staff wrote it; the partner may read it


@dataclass(frozen=True, slots=True)
class Face:
    """What one clock shows at a moment.

    `state` is that of the clock, or `soon` after the aim, `over` after the limit, `none` without published commitment.
    `left` is in minutes, below zero after the limit; `promised`: support has named this time itself.
    """

    kind: str
    state: str
    cycle: int = 0
    started_at: datetime | None = None
    aim_at: datetime | None = None
    limit_at: datetime | None = None
    met_at: datetime | None = None
    minutes: int | None = None  # working time until it was met
    left: int | None = None
    promised: bool = False
    breached_at: datetime | None = None
    cause: str = ""
    pause: Pause | None = None  # that it stands still for

    @property
    def name(self) -> str:
        return NAMES[self.kind]

    @property
    def words(self) -> str:
        return CLOCK_STATES[self.state]

    @property
    def why_late(self) -> str:
        return CAUSES.get(self.cause, "")


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of a ticket in the order of a page; of the update clock the latest run, the others in `earlier`."""

    severity: str
    committed: bool  # something is promised for this severity, or was for this ticket
    around_the_clock: bool
    region: str
    faces: tuple[Face, ...]
    earlier: tuple[Face, ...]
    pauses: tuple[Pause, ...]


def clocks_of(ctx: Ctx, tickets: Sequence[Ticket], events: Iterable[Event] | None = None) -> dict[int, Clocks]:
    """Return the clocks of tickets that the caller has found among what the actor may see, by row number.

    One statement, and one more unless the caller has read the tickets' `events` (kinds, times, bodies) already.
    """
    ids = [ticket.id for ticket in tickets]
    rows = defaultdict[int, list[Clock]](list)
    for row in Clock.select().where(Clock.ticket.in_(ids)).order_by(Clock.cycle):
        rows[row.ticket_id].append(row)
    pauses = _pauses(_events(ids) if events is None else events)
    return {ticket.id: _clocks(ctx, ticket, rows[ticket.id], tuple(pauses[ticket.id])) for ticket in tickets}


def due_of(ctx: Ctx, ticket: Ticket) -> Face | None:
    """Return what a list says of a ticket: the clock that is due next; None if none is running."""
    if not ticket.next_clock or ticket.next_due is None:
        return None
    over = ticket.next_due < ctx.now
    return Face(ticket.next_clock, "over" if over else "running", limit_at=ticket.next_due,
                left=_minutes(ctx.now, ticket.next_due))


def _events(ids: Sequence[int]) -> Any:
    return Event.select(Event.ticket, Event.kind, Event.at, Event.body).where(
        Event.ticket.in_(ids), Event.kind.in_(PAUSE_KINDS)
    ).order_by(Event.id)


def _pauses(events: Iterable[Event]) -> dict[int, list[Pause]]:
    """Return the pauses of each ticket from its events in order; one begins where another ends."""
    found = defaultdict[int, list[Pause]](list)
    for event in events:
        mine = found[event.ticket_id]
        kind = _PAUSES.get(event.kind, "")
        again = bool(mine) and mine[-1].until is None and mine[-1].kind == kind == "rest"
        if (kind or event.kind in _PAUSE_ENDS) and not again:
            if mine and mine[-1].until is None:
                mine[-1] = Pause(mine[-1].kind, mine[-1].since, event.at, mine[-1].reason)
            if kind:
                mine.append(Pause(kind, event.at, None, event.body if kind != "rest" else ""))
    return found


def _clocks(ctx: Ctx, ticket: Ticket, rows: Sequence[Clock], pauses: tuple[Pause, ...]) -> Clocks:
    severity = ctx.programme.severities.get(ticket.severity)
    promised = [kind for kind in CLOCKS if severity and getattr(severity, kind)]
    faces = [_face(ctx, ticket, row, pauses) for row in rows]
    latest = {face.kind: face for face in faces}  # they come by cycle
    shown = list(_in_order(latest, promised)) if latest or promised else []
    return Clocks(
        ticket.severity, bool(latest or promised), bool(severity and severity.around_the_clock), ticket.region,
        tuple(shown), tuple(face for face in faces if face is not latest[face.kind]),
        tuple(pause for pause in pauses if pause.kind != "rest" or pause.until),
    )


def _in_order(latest: dict[str, Face], promised: Sequence[str]) -> Iterator[Face]:
    """Yield the clocks as they are told; what is promised but has not begun yet is not told."""
    for kind in CLOCKS:
        if kind in latest:
            yield latest[kind]
        elif kind not in promised:
            yield Face(kind, "none")


def _face(ctx: Ctx, ticket: Ticket, row: Clock, pauses: Sequence[Pause]) -> Face:
    lasting = pauses[-1] if pauses and pauses[-1].until is None else None
    going = row.state in {"running", "paused"}
    return Face(
        row.kind, _state(row, ctx.now), row.cycle, row.started_at, row.aim_at, row.limit_at, row.met_at, row.minutes,
        _minutes(ctx.now, row.limit_at) if going and row.limit_at else None,
        row.kind == "update" and row.limit_at is not None and row.limit_at == ticket.promised_until,
        row.breached_at, row.breach_cause, lasting if row.state == "paused" else None,
    )


def _state(row: Clock, now: datetime) -> str:
    """Return how a clock stands. Once it was exceeded, a limit is not kept, whatever was promised or decided later."""
    if row.state == "met" and row.breached_at:
        return "late"
    if row.state == "running" and row.limit_at and row.limit_at < now:
        return "over"
    if row.state == "running" and row.aim_at and row.aim_at <= now:
        return "soon"
    return str(row.state)


def _minutes(now: datetime, limit: datetime) -> int:
    return int((limit - now).total_seconds() // 60)
