"""The support part of the schema: severities with their commitments, and business calendars."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from itertools import pairwise
from typing import Annotated, Literal

from portal.programme.checks import Filled, Ref, Shape, TimeZone
from portal.programme.entry import BrokenRules, Code, Count, CountryCode, Entry, Weekday
from portal.programme.text import Text


@dataclass(frozen=True, kw_only=True)
class Hours(Entry):
    """A commitment published as a range of hours: the lower is the aim, the upper the limit (G5)."""

    aim: Count
    limit: Count

    def broken_rules(self) -> BrokenRules:
        if self.limit < self.aim:
            yield "limit", f"{self.limit} is below aim: use {self.aim} or more"


@dataclass(frozen=True, kw_only=True)
class Severity(Entry):
    """What is promised for a ticket (S4.19-21); an absent range means no published commitment (G4).

    Hours run around the clock, or otherwise in the business calendar of the partner's region.
    """

    code: str
    name: Text
    around_the_clock: bool = False
    acknowledgement: Hours | None = None
    determination: Hours | None = None
    resolution: Hours | None = None
    update: Hours | None = None  # how often a partner hears how things stand while a ticket is not resolved (S4.22)
    update_example: bool = False


@dataclass(frozen=True, kw_only=True)
class Macro(Entry):
    """An answer that support writes often. `{name}`, `{number}`, `{subject}` and `{vendor}` are filled in."""

    code: str
    name: Text
    body: Text


@dataclass(frozen=True, kw_only=True)
class Support(Entry):
    """The support desk: the severity of large accounts (S4.14), and where partners find it (S4.28, S4.32).

    `default_severity` is that of all others; `decided_by` is what the classification may rest on by itself, while other
    numbers only say whose ticket it is (S4.16-17); `reopen_days` is how long a partner reopens a ticket that has ended;
    `warn_minutes` is how long before a promised time the desk is reminded of it.
    """

    large_account_severity: Annotated[str, Ref("severities")]
    default_severity: Annotated[str, Ref("severities")]
    decided_by: tuple[Literal["email", "domain", "user", "organization"], ...]
    department: Text
    reopen_days: Count
    warn_minutes: Count
    attachments: Count  # files of one message
    attachment_mb: Count  # size of one file
    message_mb: Count  # size of a whole e-mail
    mails_per_hour: Count  # automatic mails to one address about one ticket: machines that answer each other stop
    macros: Mapping[Code, Macro] = field(default_factory=dict)
    portal_path: Annotated[str, Shape(r"/\S*", "a path that begins with a slash")] = "/"


@dataclass(frozen=True, kw_only=True)
class Shift(Entry):
    """Working hours that repeat on some days of the week; an end of 00:00:00 is midnight at the end of the day."""

    days: Annotated[tuple[Weekday, ...], Filled()]
    start: time
    end: time

    def broken_rules(self) -> BrokenRules:
        if time.min < self.end <= self.start:
            yield "end", f"{self.end} is not after start: use a time after {self.start}, or two shifts"


@dataclass(frozen=True, kw_only=True)
class Calendar(Entry):
    """Business hours in a time zone; `holiday_country` names the country whose public holidays are free."""

    code: str
    tz: Annotated[str, TimeZone()]
    holiday_country: CountryCode | None = None
    shifts: Annotated[tuple[Shift, ...], Filled()]

    def hours_on(self, day: Weekday) -> list[tuple[time, time]]:
        """Start and end of the shifts of this day of the week, earliest first."""
        return sorted((shift.start, shift.end) for shift in self.shifts if day in shift.days)

    def broken_rules(self) -> BrokenRules:
        for day in dict.fromkeys(day for shift in self.shifts for day in shift.days):
            hours = self.hours_on(day)
            for (_, end), (start, _) in pairwise(hours):
                if end > start or end == time.min:
                    yield "shifts", f"two shifts overlap on {day}: begin the later one at or after {end}"
