"""The clocks of a ticket: a pure fold of its events, in a calendar and a policy, to due, met and late times.

S4.19-22, G5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from portal.support.policy.calendar import AROUND_THE_CLOCK, Calendar, Pause, add_working_minutes, elapsed_working_time
from portal.support.policy.events import KINDS

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
    """What the fold knows of an event: `kind` is one of `support.policy.events.KINDS`."""

    at: datetime
    kind: str
    severity: str = ""  # of kind `severity`: from now on
    until: datetime | None = None  # of kind `promised`


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
    news: list[datetime] = field(default_factory=list)  # what the partner was told: answers, what the issue is
    promises: list[tuple[datetime, datetime]] = field(default_factory=list)
    solutions: list[datetime] = field(default_factory=list)
    restarts: list[datetime] = field(default_factory=list)  # reopened: updates are owed again from here
    determined: datetime | None = None
    resolved: datetime | None = None
    ended: datetime | None = None  # closed, merged or spam: what still runs is void
    pauses: list[Pause] = field(default_factory=list)  # waiting and hold
    rests: list[Pause] = field(default_factory=list)  # from resolved or closed to reopened
    closings: list[Pause] = field(default_factory=list)  # from closed to reopened

    def severity_at(self, at: datetime | None) -> str:
        """Return the severity in force at an instant, the last one for None."""
        known = [severity for since, severity in self.severities if at is None or since <= at]
        return known[-1] if known else self.severities[0][1]


@dataclass(frozen=True, slots=True)
class _Span:
    """From when to when a clock ran, before anybody asks what was promised. Only one of `met` and `ended` counts."""

    kind: str
    cycle: int
    begin: datetime
    met: datetime | None
    ended: datetime | None
    pauses: list[Pause]
    promise: datetime | None = None

    @property
    def stop(self) -> datetime | None:
        return self.met or self.ended


def fold(
    created: datetime, severity: str, events: Iterable[Happening], calendar: Calendar, policy: Policy
) -> tuple[Run, ...]:
    """Return the runs of all clocks of a ticket that was created with `severity`; `calendar` is its business hours.

    Events may come in any order; those of the same instant keep theirs. A clock is judged by the severity in force when
    it stops. Staff cannot pause the acknowledgement before answering; the others rest while the ticket waits, is on
    hold, or was resolved until it was reopened. What is done exactly at the limit is kept.
    """
    story = _read(created, severity, events)
    return tuple(run for span in _spans(story) if (run := _judged(span, story, calendar, policy)))


def _read(created: datetime, severity: str, events: Iterable[Happening]) -> _Story:
    story = _Story(created, [(created, severity)])
    for event in sorted(events, key=lambda event: event.at):
        meaning = KINDS[event.kind].clocks
        if meaning:
            _READERS[meaning](story, event)
    return story


def _severity(story: _Story, event: Happening) -> None:
    story.severities.append((event.at, event.severity))


def _answered(story: _Story, event: Happening) -> None:
    if story.ended is None:
        story.answers.append(event.at)
        story.news.append(event.at)


def _determined(story: _Story, event: Happening) -> None:
    if story.ended is None:
        story.determined = story.determined or event.at
        story.news.append(event.at)


def _promised(story: _Story, event: Happening) -> None:
    if event.until:
        story.promises.append((event.at, event.until))


def _paused(story: _Story, event: Happening) -> None:
    _begin(story.pauses, event.at)


def _resumed(story: _Story, event: Happening) -> None:
    _end(story.pauses, event.at)


def _resolved(story: _Story, event: Happening) -> None:
    """What is resolved is determined too, and stays so when it is reopened."""
    _end(story.pauses, event.at)
    if story.resolved is None and story.ended is None:
        story.resolved, story.determined = event.at, story.determined or event.at
        story.solutions.append(event.at)
        _begin(story.rests, event.at)


def _ended(story: _Story, event: Happening) -> None:
    _end(story.pauses, event.at)
    story.ended = story.ended or event.at
    _begin(story.rests, event.at)
    _begin(story.closings, event.at)


def _reopened(story: _Story, event: Happening) -> None:
    if _end(story.rests, event.at):
        story.restarts.append(event.at)
    _end(story.closings, event.at)
    story.resolved = story.ended = None


def _begin(times: list[Pause], at: datetime) -> None:
    if not times or times[-1][1] is not None:
        times.append((at, None))


def _end(times: list[Pause], at: datetime) -> bool:
    """End what lasts; tell whether anything did."""
    if not times or times[-1][1] is not None:
        return False
    times[-1] = (times[-1][0], at)
    return True


_READERS = {
    "severity": _severity, "answered": _answered, "determined": _determined, "promised": _promised, "paused": _paused,
    "resumed": _resumed, "resolved": _resolved, "closed": _ended, "ended": _ended, "reopened": _reopened,
}


def _spans(story: _Story) -> Iterator[_Span]:
    resting = story.pauses + story.rests
    answered = story.answers[0] if story.answers else None
    yield _Span("acknowledgement", 0, story.created, answered, story.ended, story.closings)
    yield _Span("determination", 0, story.created, story.determined, story.ended, resting)
    yield _Span("resolution", 0, story.created, story.resolved, story.ended, resting)
    yield from _updates(story)


def _updates(story: _Story) -> Iterator[_Span]:
    """Yield the runs of the update clock: each begins with what the partner was told, and ends when it is told more."""
    begins = _begins(story)
    for cycle, (begin, following) in enumerate(zip(begins, [*begins[1:], None], strict=False)):
        solved = _first(story.solutions, begin)
        met = min((at for at in (following, solved) if at), default=None)
        ended = _first((at for at, _ in story.closings), begin)
        if ended and (met is None or ended < met):
            met = None
        if met != begin:  # the answer that solves it owes no further one
            promise = _promise(story, begin, met or ended)
            yield _Span("update", cycle, begin, met, ended, story.pauses, promise)


def _begins(story: _Story) -> list[datetime]:
    """Return from when on an update is owed: after each news, a promise made before any, and each reopening."""
    told = [*story.news, *(at for at, _ in story.promises[:1])]
    if not told:
        return []
    first = min(told)
    begins = {first, *story.news, *(at for at in story.restarts if at > first)}
    return sorted(at for at in begins if not any(since < at and (until is None or at < until)
                                                 for since, until in story.rests))


def _first(times: Iterable[datetime], begin: datetime) -> datetime | None:
    return next((at for at in times if at >= begin), None)


def _promise(story: _Story, begin: datetime, stop: datetime | None) -> datetime | None:
    """Return the time that was promised last while an update was owed."""
    made = [until for at, until in story.promises if begin <= at and (stop is None or at < stop)]
    return made[-1] if made else None


def _judged(span: _Span, story: _Story, calendar: Calendar, policy: Policy) -> Run | None:
    """Return what became of a clock by what was promised; None if nothing was."""
    begin, severity = span.begin, story.severity_at(span.stop)
    aim: datetime | None
    limit: datetime | None
    if span.promise:  # nothing pauses a promise
        hours, pauses = AROUND_THE_CLOCK, list[Pause]()
        aim, limit = max(begin, span.promise - policy.warn), span.promise
    else:
        commitment = policy.commitments.get(severity)
        promised = commitment.ranges.get(span.kind) if commitment else None
        if commitment is None or promised is None:
            return None
        hours, pauses = AROUND_THE_CLOCK if commitment.around_the_clock else calendar, _until(span.stop, span.pauses)
        aim, limit = (add_working_minutes(begin, minutes, hours, pauses) for minutes in (promised.aim, promised.limit))
    late, cause = _late(story, span, severity, limit)
    minutes = elapsed_working_time(begin, span.met, hours, pauses) // timedelta(minutes=1) if span.met else None
    return Run(span.kind, span.cycle, severity, begin, aim, limit, span.met, minutes, _state(span, limit), late, cause,
               span.stop)


def _until(stop: datetime | None, pauses: list[Pause]) -> list[Pause]:
    """Return the pauses as they were when a clock stopped: what comes later does not change it."""
    if stop is None:
        return pauses
    return [(since, min(until or stop, stop)) for since, until in pauses if since < stop]


def _state(span: _Span, limit: datetime | None) -> str:
    if span.met:
        return "late" if limit and span.met > limit else "met"
    if span.ended:
        return "void"
    return "running" if limit else "paused"


def _late(story: _Story, span: _Span, severity: str, limit: datetime | None) -> tuple[datetime | None, str]:
    """Return when a limit is or was broken, unless it was kept, and why: by time, or by a severity that came later."""
    if limit is None or (span.stop is not None and span.stop <= limit):
        return None, ""
    if span.promise or story.severity_at(limit) == severity:
        return limit, "time"
    return next(since for since, then in story.severities if since > limit and then == severity), "reclassified"
