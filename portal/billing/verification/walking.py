"""How the checks walk through large tables, and what they say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Field

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not fit: what it is about, what should be so, and what is found."""

    where: str
    what: str
    expected: object
    found: object

    def __str__(self) -> str:
        return f"{self.where}: {self.what}: expected {_said(self.expected)}, found {_said(self.found)}"


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_said, value))
    return "nothing" if value is None or value == "" else str(value)


def expect(where: str, what: str, expected: object, found: object) -> Iterator[Fault]:
    """Yield a fault unless what is found is what is expected."""
    if expected != found:
        yield Fault(where, what, expected, found)


def batches(query: Any, column: Field) -> Iterator[list[Any]]:
    """Yield the rows of a query in batches, in the order of a unique column of whole numbers."""
    after = 0
    while rows := list(query.where(column > after).order_by(column).limit(_BATCH)):
        yield rows
        after = getattr(rows[-1], column.name)


def by(rows: Iterable[Any], name: str) -> Mapping[Any, list[Any]]:
    """Return rows by one of their values; none are an empty list."""
    found = defaultdict[Any, list[Any]](list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found
