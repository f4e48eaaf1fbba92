"""How a period is added up: whole calendar months from the months' totals, what is left at its ends from the days'."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

Range = tuple[date, date]  # both days count; an empty one ends before it begins
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Spans:
    """A period in three parts, of which each may be empty. `months` are from first day to first day."""

    months: Range
    head: Range
    tail: Range


def spans(since: date, until: date, today: date) -> Spans:
    """Split a period. The present month is whole as soon as it is there up to today: nothing comes later yet."""
    first = since if since.day == 1 else following(since)
    whole = until >= today or (until + _DAY).day == 1
    end = following(until) if whole else until.replace(day=1)
    if first >= end:
        empty = (since, since - _DAY)
        return Spans(empty, (since, until), empty)
    return Spans((first, (end - _DAY).replace(day=1)), (since, first - _DAY), (end, until))


def following(day: date) -> date:
    """Return the first day of the month after a day's."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_of(since: date, until: date) -> Iterator[Range]:
    """Yield first and last day of each calendar month within a period, cut at its ends."""
    first = since
    while first <= until:
        yield first, min(until, following(first) - _DAY)
        first = following(first)


def last_months(today: date, count: int) -> Range:
    """Return the period that ends today and touches so many calendar months."""
    months = today.year * 12 + today.month - count
    return date(months // 12, months % 12 + 1, 1), today
