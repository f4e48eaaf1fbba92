"""The clocks of a ticket: a pure fold of its events, in a calendar and a policy, to due, met and late times.

S4.19-22, G5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.support.policy.calendar import AROUND_THE_CLOCK, Calendar, Pause, add_working_minutes, elapsed_working_time

CLOCKS = ("acknowledgement", "determination", "resolution", "update")


@dataclass(frozen=True, slots=True)
class Range:
    """What is promised, in working minutes: the aim, and the limit."""

    aim: int
    limit: int


@dataclass(frozen=True, slots=True)
class Commitment:
    """What a severity promises per clock; a clock without range has no published commitment (G4)."""

    ranges: Mapping[str, Range]
    around_the_clock: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Commitments by severity. `warn` is how long before a promised time its aim is."""

    commitments: Mapping[str, Commitment]
    warn: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Happening:
    """What the fold knows of an event: `kind` is one of `support.policy.events.Kind.clocks`."""

    at: datetime
    kind: str
    severity: str = ""  # from now on
    until: datetime | None = None  # promised


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock. `aim_at` and `limit_at` are unknown while it is paused.

    `late_at` is when the limit breaks, unless it was kept; `cause` is time, or a severity that came later.
    """

    kind: str
    cycle: int
    severity: str
    started_at: datetime
    aim_at: datetime | None
    limit_at: datetime | None
    met_at: datetime | None
    minutes: int | None
    state: str  # running, paused, met, late, void
    late_at: datetime | None
    cause: str = ""
    ended_at: datetime | None = None


@dataclass(slots=True)
class _Story:
    """The events of a ticket, read once."""

    created: datetime
    severities: list[tuple[datetime, str]]
    answers: list[datetime] = field(default_factory=list)
    restarts: list[datetime] = field(default_factory=list)  # reopened: updates are owed again from here
    promises: list[tuple[datetime, datetime]] = field(default_factory=list)
    determined: datetime | None = None
    resolved: datetime | None = None
    ended: datetime | None = None  # closed, merged or spam: what still runs is void
    pauses: list[Pause] = field(default_factory=list)  # waiting and hold
    rests: list[Pause] = field(default_factory=list)  # from resolved or closed to reopened

    def severity_at(self, at: datetime | None) -> tuple[datetime, str]:
        """Return the severity in force at an instant (the last one for None), and since when."""
        known = [pair for pair in self.severities if at is None or pair[0] <= at]
        return known[-1] if known else self.severities[0]


def fold(
    created: datetime, severity: str, events: Iterable[Happening], calendar: Calendar, policy: Policy
) -> tuple[Run, ...]:
    """Return the runs of all clocks of a ticket that was created with `severity`; `calendar` is its business hours.

    A clock is judged by the severity that is in force when it is met. Staff cannot pause the acknowledgement before
    answering; the others rest while the ticket waits, is on hold, or was resolved until it was reopened.
    """
    story = _read(created, severity, events)
    return tuple(run for run in _runs(story, calendar, policy) if run)


def _read(created: datetime, severity: str, events: Iterable[Happening]) -> _Story:
    story = _Story(created, [(created, severity)])
    for event in events:
        _READERS[event.kind](story, event)
    return story


def _severity(story: _Story, event: Happening) -> None:
    if story.severities[-1][1] != event.severity:
        story.severities.append((event.at, event.severity))


def _answered(story: _Story, event: Happening) -> None:
    story.answers.append(event.at)


def _determined(story: _Story, event: Happening) -> None:
    story.determined = story.determined or event.at
    _answered(story, event)  # what the issue is, is news


def _promised(story: _Story, event: Happening) -> None:
    if event.until:
        story.promises.append((event.at, event.until))


def _paused(story: _Story, event: Happening) -> None:
    if not (story.pauses and story.pauses[-1][1] is None):
        story.pauses.append((event.at, None))


def _resumed(story: _Story, event: Happening) -> None:
    if story.pauses and story.pauses[-1][1] is None:
        story.pauses[-1] = (story.pauses[-1][0], event.at)


def _resolved(story: _Story, event: Happening) -> None:
    _resumed(story, event)
    if story.resolved is None and story.ended is None:
        story.resolved = event.at
        story.rests.append((event.at, None))


def _ended(story: _Story, event: Happening) -> None:
    _resumed(story, event)
    if story.ended is None:
        story.ended = event.at
        if story.resolved is None:
            story.rests.append((event.at, None))


def _reopened(story: _Story, event: Happening) -> None:
    story.resolved = story.ended = None
    if story.rests and story.rests[-1][1] is None:
        story.rests[-1] = (story.rests[-1][0], event.at)
        story.restarts.append(event.at)


_READERS = {
    "severity": _severity, "answered": _answered, "determined": _determined, "promised": _promised, "paused": _paused,
    "resumed": _resumed, "resolved": _resolved, "closed": _ended, "ended": _ended, "reopened": _reopened,
}


def _runs(story: _Story, calendar: Calendar, policy: Policy) -> Iterator[Run | None]:
    answered = story.answers[0] if story.answers else None
    stops = {
        "acknowledgement": (answered, story.rests),
        "determination": (story.determined or story.resolved, story.pauses + story.rests),
        "resolution": (story.resolved, story.pauses + story.rests),
    }
    for kind, (met, pauses) in stops.items():
        yield _run(story, calendar, policy, kind, 0, story.created, met, pauses)
    yield from _updates(story, calendar, policy)


def _updates(story: _Story, calendar: Calendar, policy: Policy) -> Iterator[Run | None]:
    """Yield the runs of the update clock: each begins with what the partner was told, and ends when it is told more."""
    if not story.answers:
        return
    first = story.answers[0]
    begins = sorted({*story.answers, *(at for at in story.restarts if at > first)})
    ends: list[datetime | None] = [*begins[1:], None]
    for cycle, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        rest = next((at for at, _ in story.rests if begin <= at and (end is None or at <= end)), None)
        met = min((at for at in (end, rest) if at), default=None)
        promise = _promise(story, begin, met)
        if promise:
            yield _promised_run(story, policy, cycle, begin, met, promise)
        else:
            yield _run(story, calendar, policy, "update", cycle, begin, met, story.pauses)


def _promise(story: _Story, begin: datetime, met: datetime | None) -> datetime | None:
    made = [until for at, until in story.promises if begin <= at and (met is None or at <= met) and at != met]
    return made[-1] if made else None


def _promised_run(
    story: _Story, policy: Policy, cycle: int, begin: datetime, met: datetime | None, until: datetime
) -> Run:
    """A promised time is a promise: nothing pauses it."""
    severity = story.severity_at(met)[1]
    state, ended = _state(met, until, story.ended, paused=False)
    late = until if (met or ended) is None or (met or ended or until) > until else None
    minutes = _minutes(elapsed_working_time(begin, met)) if met else None
    return Run("update", cycle, severity, begin, until - policy.warn, until, met, minutes, state, late,
               "time" if late else "", ended)


def _run(
    story: _Story, calendar: Calendar, policy: Policy, kind: str, cycle: int, begin: datetime, met: datetime | None,
    pauses: Sequence[Pause],
) -> Run | None:
    stopped = met or story.ended
    since, severity = story.severity_at(stopped)
    commitment = policy.commitments.get(severity)
    promised = commitment.ranges.get(kind) if commitment else None
    if commitment is None or promised is None:
        return None
    hours = AROUND_THE_CLOCK if commitment.around_the_clock else calendar
    known = [pause for pause in pauses if stopped is None or pause[0] < stopped]
    aim, limit = (add_working_minutes(begin, minutes, hours, known) for minutes in (promised.aim, promised.limit))
    state, ended = _state(met, limit, story.ended, paused=limit is None)
    late, cause = _late(limit, since if since > begin else begin, ended)
    minutes = _minutes(elapsed_working_time(begin, met, hours, known)) if met else None
    return Run(kind, cycle, severity, begin, aim, limit, met, minutes, state, late, cause, ended)


def _state(
    met: datetime | None, limit: datetime | None, ended: datetime | None, paused: bool
) -> tuple[str, datetime | None]:
    """Return how a run stands, and when it ended."""
    if met:
        return ("late" if limit and met > limit else "met"), met
    if ended:
        return "void", ended
    return ("paused" if paused else "running"), None


def _late(limit: datetime | None, since: datetime, ended: datetime | None) -> tuple[datetime | None, str]:
    """Return when a limit is or was broken, unless it was kept, and why: by time, or by a severity that came later."""
    if limit is None or (ended is not None and ended <= limit):
        return None, ""
    return (since, "reclassified") if since > limit else (limit, "time")


def _minutes(spent: timedelta) -> int:
    return int(spent.total_seconds() // 60)
