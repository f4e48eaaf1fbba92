"""How acts are chained, each hash covering one act and the hash before it; and which instants a span of days holds."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo


def link(before: str, *, at: datetime, detail: dict[str, Any] | str | None, **act: int | str | None) -> str:
    """Return the hash of an act that follows the one whose hash is `before`.

    `at` is aware; `detail` holds JSON values, or is their JSON text as the database keeps it.
    """
    details = json.loads(detail) if isinstance(detail, str) else detail
    content = {**act, "at": at.astimezone(UTC).isoformat(), "detail": details, "before": before}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def span(first: date, last: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return the instants at which the day `first` begins and the day `last` has ended in a time zone."""
    zone = ZoneInfo(time_zone)
    return datetime.combine(first, time(), zone), datetime.combine(last, time(), zone) + timedelta(days=1)


def month(first: date) -> tuple[date, date]:
    """Return the first and the last day of the month that `first` begins."""
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def month_over(now: datetime) -> date:
    """Return the first day of the latest month that is over everywhere on earth."""
    where_days_end_last = now.astimezone(UTC) - timedelta(hours=12)
    return (where_days_end_last.date().replace(day=1) - timedelta(days=1)).replace(day=1)
