"""How acts are chained, each hash covering one act and the hash before it; and which instants a span of days holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# What an act's hash covers in plain view, and what it covers through a digest of its own, together with the detail.
PLAIN = ("chain", "position", "at", "verb", "side", "actor_id", "partner_id", "organization_id", "subject", "personal")
NAMING = ("actor_name", "partner_name", "name", "reason")


def link(before: str, *, at: datetime, personal: str, **act: int | str | None) -> str:
    """Return the hash of an act that follows the one whose hash is `before`.

    `at` is aware; `personal` is the digest of what names people in the act.
    """
    content = {**act, "at": at.astimezone(UTC).isoformat(), "personal": personal, "before": before}
    return _digest(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def naming(salt: str, *names: str | None) -> str:
    """Return the digest of what names people in an act: `NAMING`, then its details as the database keeps them.

    Without the salt nobody can guess what was digested, however few names there are to try.
    """
    return _digest(json.dumps([salt, *names], ensure_ascii=False))


def link_unsalted(before: str, *, at: datetime, detail: str | None, **act: int | str | None) -> str:
    """Return the hash of an act from before names had a digest of their own; `detail` is JSON text."""
    details = json.loads(detail) if detail is not None else None
    content = {**act, "at": at.astimezone(UTC).isoformat(), "detail": details, "before": before}
    return _digest(json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def as_spans(positions: Iterable[int]) -> list[list[int]]:
    """Return ascending positions as spans, each its first and its last."""
    spans: list[list[int]] = []
    for position in positions:
        if spans and spans[-1][1] == position - 1:
            spans[-1][1] = position
        else:
            spans.append([position, position])
    return spans


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
