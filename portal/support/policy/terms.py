"""What the programme promises, in the words of the clocks: commitments by severity, and business calendars."""

from __future__ import annotations

import hashlib
from collections.abc import Container
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version
from typing import Any, get_args

from portal.programme.entry import Weekday
from portal.programme.schema import Programme
from portal.programme.support import Severity
from portal.support.policy.calendar import Calendar
from portal.support.policy.clocks import CLOCKS, Commitment, Policy, Range


class Holidays(Container[date]):
    """The public holidays of a country, looked up when a day is asked about."""

    def __init__(self, country: str) -> None:
        self.country = country
        self._days: Any = None

    def __contains__(self, day: object) -> bool:
        if self._days is None:
            self._days = _days_of(self.country)
        return day in self._days


def _days_of(country: str) -> Container[object]:
    """Return the public holidays of a country; none where nobody knows them: tickets are opened all the same."""
    from holidays import country_holidays  # a large package: nobody waits for it who counts no business hours

    try:
        return country_holidays(country)
    except NotImplementedError:
        return ()


def unknown_holidays(programme: Programme) -> list[str]:
    """Return the countries of calendars whose public holidays are not known, for the operator's check."""
    from holidays import list_supported_countries

    known = list_supported_countries(include_aliases=False)
    named = {entry.holiday_country for entry in programme.calendars.values() if entry.holiday_country}
    return sorted(named - known.keys())


def policy_of(programme: Programme) -> Policy:
    """Return the commitments of all severities (S4.19-22)."""
    return _policy(_Kept(programme))


def fingerprint(programme: Programme) -> str:
    """Return a digest of all that clocks are folded with: commitments, calendars, and the holidays of this version."""
    regions = {code: region.calendar for code, region in programme.regions.items()}
    calendars = {code: (entry.tz, entry.holiday_country, entry.shifts) for code, entry in programme.calendars.items()}
    said = (policy_of(programme), regions, programme.default_region, calendars, version("holidays"))
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def _commitment(severity: Severity) -> Commitment:
    ranges = {clock: getattr(severity, clock) for clock in CLOCKS}
    return Commitment(
        {clock: Range(hours.aim * 60, hours.limit * 60) for clock, hours in ranges.items() if hours},
        severity.around_the_clock,
    )


def calendar_of(programme: Programme, region: str) -> Calendar:
    """Return the business calendar of a region; the default region's for one that the programme no longer has."""
    place = programme.regions.get(region) or programme.regions[programme.default_region]
    return _calendar(_Kept(programme), place.calendar)


class _Kept:
    """A programme as a key of a cache: there is one per process, and it holds mappings that have no hash."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def __hash__(self) -> int:
        return id(self.programme)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Kept) and other.programme is self.programme


@lru_cache(maxsize=4)
def _policy(kept: _Kept) -> Policy:
    programme = kept.programme
    commitments = {code: _commitment(severity) for code, severity in programme.severities.items()}
    return Policy(commitments, timedelta(minutes=programme.support.warn_minutes))


@lru_cache(maxsize=256)
def _calendar(kept: _Kept, code: str) -> Calendar:
    entry = kept.programme.calendars[code]
    hours = {day: entry.hours_on(day) for day in get_args(Weekday)}
    holidays: Container[date] = Holidays(entry.holiday_country) if entry.holiday_country else ()
    return Calendar(entry.tz, {day: spans for day, spans in hours.items() if spans}, holidays)
