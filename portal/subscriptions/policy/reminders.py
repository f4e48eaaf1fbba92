"""When people are reminded of a day that comes."""

from __future__ import annotations

from collections.abc import Sequence


def threshold(days_left: int, thresholds: Sequence[int]) -> int | None:
    """Return the threshold, in days before the day, that has been reached last; None before the first and after the
    day. After a pause only that one is made up for, not each that was missed."""
    reached = [days for days in thresholds if days_left <= days]
    return min(reached) if reached and days_left > 0 else None
