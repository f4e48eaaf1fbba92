"""Marks on the schema's annotations that say what a value must look like, and check it."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol

from portal.core.countries import time_zones

SHOWN_CHOICES = 8

Source = Mapping[str, Any]
"""The whole file as TOML gave it, so that one entry can be checked against another."""


class Check(Protocol):
    """What stands in an `Annotated[...]`: yields one sentence, with its remedy, per fault."""

    def faults(self, value: Any, source: Source) -> Iterator[str]: ...


def remedy(word: str, choices: Iterable[str]) -> str:
    """The nearest choice when the word looks like a slip, otherwise what there is to choose from."""
    known = list(choices)
    near = get_close_matches(word, known, n=1)
    if near:
        return f"did you mean {near[0]}?"
    if not known:
        return "remove it"
    rest = ", ..." if len(known) > SHOWN_CHOICES else ""
    return f"use one of {', '.join(known[:SHOWN_CHOICES])}{rest}"


def keys(source: Source, table: str) -> Collection[str]:
    """The entries of a top-level table; none when the table is absent, which is a fault of its own."""
    entries = source.get(table)
    return entries.keys() if isinstance(entries, dict) else ()


def flagged(entry: Any, flag: str) -> bool:
    """Does the entry set the flag? One that isn't a table is a fault of its own."""
    return not isinstance(entry, dict) or entry.get(flag) is True


@dataclass(frozen=True)
class Shape:
    """The text matches the whole pattern."""

    pattern: str
    example: str

    def faults(self, value: str, source: Source) -> Iterator[str]:
        if not re.fullmatch(self.pattern, value):
            yield f"{value!r} has the wrong form: use {self.example}"


@dataclass(frozen=True)
class AtLeast:
    """The number is not below the minimum."""

    minimum: int

    def faults(self, value: int, source: Source) -> Iterator[str]:
        if value < self.minimum:
            yield f"{value} is too small: use {self.minimum} or more"


@dataclass(frozen=True)
class AtMost:
    """The number is not above the maximum."""

    maximum: int

    def faults(self, value: int, source: Source) -> Iterator[str]:
        if value > self.maximum:
            yield f"{value} is too large: use {self.maximum} or less"


@dataclass(frozen=True)
class Filled:
    """The list or table has at least one entry."""

    def faults(self, value: Collection[Any], source: Source) -> Iterator[str]:
        if not value:
            yield "is empty: add at least one entry"


@dataclass(frozen=True)
class TimeZone:
    """The text is an IANA time zone."""

    def faults(self, value: str, source: Source) -> Iterator[str]:
        if value not in time_zones():
            yield f"{value!r} is not a time zone: {remedy(value, sorted(time_zones()))}"


@dataclass(frozen=True)
class Ref:
    """The text is the key of an entry in another table; with `flag`, of an entry that sets it to true."""

    table: str
    flag: str = ""

    def faults(self, value: str, source: Source) -> Iterator[str]:
        if value not in keys(source, self.table):
            yield f"{value!r} is not in {self.table}: {remedy(value, keys(source, self.table))}"
        elif self.flag and not flagged(source[self.table][value], self.flag):
            yield f"{value!r} is not {self.flag}: set {self.table}.{value}.{self.flag} to true, or use another entry"


@dataclass(frozen=True)
class Covers:
    """The table has an entry for every key of another table."""

    table: str

    def faults(self, value: Mapping[str, Any], source: Source) -> Iterator[str]:
        for key in keys(source, self.table):
            if key not in value:
                yield f"{key} is missing: add it, because {self.table} has it"


@dataclass(frozen=True)
class Distinct:
    """No two entries of a table agree in all the named attributes; an attribute that lists things lists each once."""

    attributes: tuple[str, ...]

    def faults(self, value: Mapping[str, Any], source: Source) -> Iterator[str]:
        first: dict[tuple[str, ...], str] = {}
        for code, entry in value.items():
            for mark in self.marks(entry):
                if mark in first:
                    what = ", ".join(f"{name} {part}" for name, part in zip(self.attributes, mark, strict=True))
                    yield f"{first[mark]} and {code} both have {what}: change one of them"
                first.setdefault(mark, code)

    def marks(self, entry: Any) -> Iterator[tuple[str, ...]]:
        values = [getattr(entry, name) for name in self.attributes]
        if isinstance(values[0], tuple):
            yield from ((str(item),) for item in values[0])
        else:
            yield tuple(map(str, values))
