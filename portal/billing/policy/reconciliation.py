"""Sold, assigned, invoiced: what of a subscription should be the same number, and what it means where it is not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

# What a line adds to the licenses that are invoiced for its days; the other kinds concern storage and commission.
SIGNS = {"plan": 1, "plan-part": 1, "plan-credit": -1}


@dataclass(frozen=True, slots=True)
class Invoiced:
    """A line of an invoice about licenses; `ends_on` is the first day after."""

    kind: str
    quantity: int
    starts_on: date
    ends_on: date


@dataclass(frozen=True, slots=True)
class Counts:
    """Licenses of a subscription. `assigned` is None where the service has no users here."""

    sold: int
    assigned: int | None
    invoiced: int


def day_compared(today: date, renews_on: date | None) -> date:
    """Return the day whose invoices are compared.

    A renewal that is due may take a day: until then the last day of the period before it counts.
    """
    if renews_on is not None and today - timedelta(days=1) <= renews_on <= today:
        return renews_on - timedelta(days=1)
    return today


def invoiced_on(day: date, lines: Iterable[Invoiced]) -> int:
    """Return how many licenses the lines cover on a day: what was bought and added, less what was credited."""
    return sum(SIGNS[line.kind] * line.quantity for line in lines if line.starts_on <= day < line.ends_on)


def differences(counts: Counts, free: bool) -> Iterator[str]:
    """Yield what is wrong with a subscription. One that costs nothing (`free`) need not be invoiced."""
    if counts.assigned is not None and counts.assigned > counts.sold:
        yield "over-assigned"
    if free:
        return
    if counts.invoiced <= 0:
        yield "not-invoiced"
    elif counts.invoiced > counts.sold:
        yield "invoiced-more"
    elif counts.invoiced < counts.sold:
        yield "invoiced-less"
