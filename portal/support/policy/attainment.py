"""What reports say of clocks: when a run counts and as what, how many were kept, and how long they took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

RESULTS = ("aim", "limit", "late")  # met by its aim; later, but within its limit; not within its limit
MEDIAN, P90 = 50, 90


@dataclass(frozen=True, slots=True)
class Decided:
    """The month in which a run counts, as 2026-11, and as what; both empty while that is open, or if it never will."""

    month: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many runs counted, by result; and of those that were met, the working minutes: median and 90th percentile."""

    aim: int = 0
    limit: int = 0
    late: int = 0
    median: int | None = None
    p90: int | None = None

    @property
    def counted(self) -> int:
        return self.aim + self.limit + self.late

    @property
    def kept(self) -> int:
        return self.aim + self.limit

    @property
    def share(self) -> int | None:
        """Return how many of a thousand were kept, rounded down: only where all were, it says so."""
        return self.kept * 1000 // self.counted if self.counted else None


def decided(state: str, aim_at: datetime | None, met_at: datetime | None, breached_at: datetime | None) -> Decided:
    """Return how a run counts.

    A broken limit counts in the month in which it broke, although the clock may still run, and only there. A run that
    was met counts when it was met. One that ended early, or is still within its limit, does not count. A run that was
    met while it stood still, before its aim, has no aim: it kept it.
    """
    if breached_at:
        return Decided(month_of(breached_at), "late")
    if met_at is None or state not in {"met", "late"}:
        return Decided()
    if state == "late":  # the worker has not recorded it yet
        return Decided(month_of(met_at), "late")
    return Decided(month_of(met_at), "aim" if aim_at is None or met_at <= aim_at else "limit")


def month_of(at: datetime) -> str:
    """Return the month of an instant, of UTC, as 2026-11."""
    return at.astimezone(UTC).strftime("%Y-%m")


def months_until(last: str, count: int) -> list[str]:
    """Return so many months up to this one, the earliest first."""
    year, month = int(last[:4]), int(last[5:])
    numbers = range(year * 12 + month - count, year * 12 + month)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]


def first_day(month: str) -> date:
    """Return the first day of a month."""
    return date(int(month[:4]), int(month[5:]), 1)


def rank(count: int, percent: int) -> int:
    """Return the place, counted from 1, of a percentile among so many sorted values: the nearest rank.

    It is the smallest value that at least so many percent of the values do not exceed; always one of them.
    """
    return max(1, -(-count * percent // 100))


def percentile(values: Sequence[int], percent: int) -> int | None:
    """Return the percentile of values in any order, by nearest rank; None of none."""
    return sorted(values)[rank(len(values), percent) - 1] if values else None
