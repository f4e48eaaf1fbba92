"""Keyset pages: a cursor names the row where a page starts or ends, so page 40,000 costs what page 1 costs."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")
Key = list[str | int]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the sort key of the row beside it, and the direction to read from there."""

    key: Key
    back: bool = False

    def encode(self) -> str:
        raw = json.dumps([self.back, *self.key], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of rows with the cursors of its neighbors (None where there is none)."""

    rows: Sequence[Row]
    previous: str | None = None
    next: str | None = None


def decode(text: str | None, width: int) -> Cursor | None:
    """Read a cursor of `width` key parts from a URL; anything unreadable is the first page, never an error."""
    try:
        back, *key = json.loads(base64.urlsafe_b64decode((text or "") + "=" * (-len(text or "") % 4)))
        json.dumps(key, ensure_ascii=False).encode()  # halves of characters are no text that a database takes
    except (ValueError, TypeError, RecursionError):
        return None
    if len(key) != width or not all(isinstance(part, str | int) for part in key):
        return None
    return Cursor(key, bool(back))
