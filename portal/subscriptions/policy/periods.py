"""Periods of a paid subscription: days in its organization's time zone, from one renewal to the day before the next."""

from __future__ import annotations

import calendar
from datetime import date


def next_renewal(start: date, period: str, anchor_day: int) -> date:
    """Return when a period that begins on `start` ends: the first day of the next one.

    `anchor_day` is the day of the month on which it was bought. A shorter month renews on its last day, and the month
    after on the anchor again: 31 January, 28 February, 31 March.
    """
    months = start.month if period == "yearly" else start.month + 1
    year = start.year + 1 if period == "yearly" else start.year + (months - 1) // 12
    month = (months - 1) % 12 + 1
    return date(year, month, min(anchor_day, calendar.monthrange(year, month)[1]))


def remaining(today: date, starts_on: date, ends_on: date) -> tuple[int, int]:
    """Return how many days of the period [starts_on, ends_on) are left, today included, and how many it has."""
    whole = (ends_on - starts_on).days
    return min(max(0, (ends_on - today).days), whole), whole
