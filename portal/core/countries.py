"""The countries of the world by ISO 3166 code, each with the time zone of most of its people; and all time zones."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

# The zone database lists a country's zones by no fixed order; these are the ones whose first is not the main one.
_MAIN_ZONES = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "FM": "Pacific/Pohnpei",
    "RU": "Europe/Moscow",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}


@cache
def zones() -> dict[str, str]:
    """Return country code -> time zone for every country where people live."""
    found: dict[str, str] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _coordinates, zone = line.split("\t")[:3]
            found.setdefault(country, zone)
    return found | _MAIN_ZONES


@cache
def time_zones() -> frozenset[str]:
    """Return the names of all time zones; finding them on the disk takes as long as a page."""
    return frozenset(available_timezones())


def zone_of(country: str) -> str:
    """Return the time zone of a country; UTC for one that nobody knows."""
    return zones().get(country.upper(), "UTC")
