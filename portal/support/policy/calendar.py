"""Working time: adding minutes to an instant in a business calendar with pauses, and measuring between two instants."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Interval = tuple[datetime, datetime]
Pause = tuple[datetime, datetime | None]  # without end: it lasts

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FAR = timedelta(days=3660)  # a calendar that is closed so long is never open
_DAY = timedelta(days=1)
_EVER = datetime.max.replace(tzinfo=UTC)


class NeverOpen(Exception):
    """The calendar has no working time within ten years."""


@dataclass(frozen=True, eq=False)  # one object per calendar: its days are remembered
class Calendar:
    """Business hours by day of the week in a time zone, without `holidays`.

    An end of 00:00 is midnight at the end of the day. Without hours it runs around the clock.
    """

    tz: str = "UTC"
    hours: Mapping[str, Sequence[tuple[time, time]]] = field(default_factory=dict)
    holidays: Container[date] = ()

    @property
    def always(self) -> bool:
        return not self.hours


AROUND_THE_CLOCK = Calendar()


def add_working_minutes(
    start: datetime, minutes: float, calendar: Calendar = AROUND_THE_CLOCK, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """Return the instant at which `minutes` of working time have passed since `start`; None if a pause lasts till then.

    No minutes at all lead to `start`, or to the next opening if it is closed then. What ends exactly when it closes
    ends then, not when it opens again. Raises `NeverOpen`.
    """
    left = timedelta(minutes=minutes)
    pauses = list(pauses)
    stop = _lasting(pauses)
    for opened, closed in _working(calendar, start, stop or start + _FAR, pauses):
        if left <= closed - opened:
            return opened + left
        left -= closed - opened
    if stop is None:
        raise NeverOpen
    return None


def elapsed_working_time(
    start: datetime, end: datetime, calendar: Calendar = AROUND_THE_CLOCK, pauses: Iterable[Pause] = ()
) -> timedelta:
    """Return the working time between two instants, without the pauses; none if `end` is before `start`."""
    return sum((closed - opened for opened, closed in _working(calendar, start, end, pauses)), timedelta())


def _lasting(pauses: Iterable[Pause]) -> datetime | None:
    """Return when a pause began that has not ended."""
    return min((begun for begun, ended in pauses if ended is None), default=None)


def _working(calendar: Calendar, start: datetime, end: datetime, pauses: Iterable[Pause]) -> Iterator[Interval]:
    """Yield the working intervals between two instants, earliest first, cut by the pauses."""
    start, end = _utc(start), _utc(end)
    cuts = sorted((_utc(begun), _utc(ended or _EVER)) for begun, ended in pauses)
    for opened, closed in _open(calendar, start, end):
        yield from _without(max(opened, start), min(closed, end), cuts)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs its time zone")
    return at.astimezone(UTC)


def _without(opened: datetime, closed: datetime, cuts: Sequence[Interval]) -> Iterator[Interval]:
    for begun, ended in cuts:
        if begun >= closed:
            break
        if opened < begun:
            yield opened, begun
        opened = max(opened, begun, ended)
    if opened < closed:
        yield opened, closed


def _open(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Interval]:
    """Yield the opening times that touch the span between two instants."""
    if calendar.always:
        if start < end:
            yield start, end
        return
    day = start.astimezone(ZoneInfo(calendar.tz)).date()
    while True:
        hours = _on(calendar, day)
        if _midnight(calendar, day) >= end:
            return
        yield from ((opened, closed) for opened, closed in hours if closed > start and opened < end)
        day += _DAY


@lru_cache(maxsize=65_536)
def _on(calendar: Calendar, day: date) -> tuple[Interval, ...]:
    """Return the opening times of a day as instants; an hour that the clock skips is not there."""
    if day in calendar.holidays:
        return ()
    hours = calendar.hours.get(_DAYS[day.weekday()], ())
    spans = ((_instant(calendar, day, opened), _instant(calendar, day if closed > time.min else day + _DAY, closed))
             for opened, closed in sorted(hours))
    return tuple((opened, closed) for opened, closed in spans if opened < closed)


def _midnight(calendar: Calendar, day: date) -> datetime:
    return _instant(calendar, day, time.min)


def _instant(calendar: Calendar, day: date, at: time) -> datetime:
    """Return when it is this time: the first time where the clock shows it twice, the jump where it skips it."""
    local = datetime.combine(day, at, ZoneInfo(calendar.tz))
    early, late = local.replace(fold=1).astimezone(UTC), local.astimezone(UTC)
    if early >= late:
        return late
    after = late.astimezone(local.tzinfo).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) // 2
        jumped = middle.astimezone(local.tzinfo).utcoffset() == after
        early, late = (early, middle) if jumped else (middle, late)
    return late.replace(microsecond=0)
