"""Calendar files (RFC 5545) with days in them: what a calendar program needs, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

_LINE = 75  # octets


@dataclass(frozen=True, slots=True)
class Day:
    """Something that happens on a whole day; `uid` names it for good, in every file."""

    uid: str
    on: date
    summary: str
    url: str


def written(name: str, product: str, now: datetime, days: Iterable[Day]) -> str:
    """Return the text of a calendar that is called `name`."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{_text(product)}//EN", "CALSCALE:GREGORIAN",
             "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}"]
    for day in days:
        lines += _event(day, now)
    return "".join(f"{part}\r\n" for line in [*lines, "END:VCALENDAR"] for part in _folded(line))


def _event(day: Day, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(day.uid)}"
    yield f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}"  # the first day after
    yield f"SUMMARY:{_text(day.summary)}"
    yield f"URL:{day.url}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(value: str) -> str:
    """Return a text with the signs escaped that mean something in a calendar."""
    for sign, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n"), ("\r", "")):
        value = value.replace(sign, escaped)
    return value


def _folded(line: str) -> Iterator[str]:
    """Yield the parts of a line, none longer than 75 octets and no letter torn apart; further ones are indented."""
    part, room = "", _LINE
    for letter in line:
        size = len(letter.encode())
        if size > room:
            yield part
            part, room = " ", _LINE - 1
        part, room = part + letter, room - size
    yield part
