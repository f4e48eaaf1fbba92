"""Dates, amounts and numbers as the reader's country writes them; remembered, because pages repeat them.

Years are written in the era that the reader has chosen, or as usual in the language. Only what people read: values for
machines, and what is exported, are ISO.
"""

from __future__ import annotations

import functools
import re
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any, cast
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_date_format
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision

from portal.core.locales import LANGUAGES

GREGORIAN, BUDDHIST = "gregorian", "buddhist"
_BUDDHIST_BEFORE = 543  # years
# Where the Buddhist era is not the usual one, its years are marked; these marks are CLDR's, which Babel leaves out.
_BUDDHIST_MARK = {"en": "BE", "es": "EB", "fr": "E.B.", "th": "พ.ศ."}
_USUAL = {"th": BUDDHIST}
_YEAR_OR_ERA = re.compile(r"'[^']*'|G+|y+")


class ReaderLocale(Locale):
    """A locale and the era in which its reader wants years; two that differ in that are not the same."""

    calendar = GREGORIAN

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and self.calendar == getattr(other, "calendar", None)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((super().__hash__(), self.calendar))


@functools.lru_cache(maxsize=512)
def locale_for(language: str, country: str = "", calendar: str = "") -> ReaderLocale:
    """Return the formatting locale: the language as written in the country, if that is known.

    `calendar` is the era of years, `gregorian` or `buddhist`; without one it is as usual in the language.
    """
    locale = _written_in(language, country)
    locale.calendar = calendar or _USUAL.get(language, GREGORIAN)
    return locale


def _written_in(language: str, country: str) -> ReaderLocale:
    try:
        return cast(ReaderLocale, ReaderLocale.parse(f"{language}_{country}" if country else language))
    except (UnknownLocaleError, ValueError):
        return cast(ReaderLocale, ReaderLocale.parse(language))


def _in_era(pattern: str, year: int, locale: ReaderLocale) -> str:
    """Set the year of the reader's era into a date pattern. Babel knows only the Gregorian one; nothing is calculated
    in the other.
    """
    if locale.calendar != BUDDHIST:
        return pattern
    mark = _BUDDHIST_MARK.get(locale.language, "BE")
    marked = _USUAL.get(locale.language) == BUDDHIST

    def token(match: re.Match[str]) -> str:
        text = match.group()
        if text.startswith("G"):
            return f"'{mark}'"
        if not text.startswith("y"):
            return text
        if len(text) == 2:
            return f"'{str(year + _BUDDHIST_BEFORE)[-2:]}'"
        return f"'{year + _BUDDHIST_BEFORE}'" if marked else f"'{year + _BUDDHIST_BEFORE} {mark}'"

    return _YEAR_OR_ERA.sub(token, pattern)


@functools.lru_cache(maxsize=8192)
def day(value: date, locale: ReaderLocale, style: str = "medium") -> str:
    """Return a calendar day in words."""
    pattern = get_date_format(style, locale).pattern  # type: ignore[arg-type]
    return format_date(value, _in_era(pattern, value.year, locale), locale)


@functools.lru_cache(maxsize=1024)
def month(value: date, locale: ReaderLocale) -> str:
    """Return the month that a day is in, with its year."""
    return format_date(value, _in_era(locale.datetime_skeletons["yMMMM"].pattern, value.year, locale), locale)


@functools.lru_cache(maxsize=1024)
def short_month(value: date, locale: ReaderLocale, with_year: bool) -> str:
    """Return the month that a day is in as the axis of a chart has room for it."""
    return format_date(value, _in_era("LLL yy" if with_year else "LLL", value.year, locale), locale)


@functools.lru_cache(maxsize=8192)
def instant(value: datetime, locale: ReaderLocale, time_zone: str, style: str = "medium") -> str:
    """Return day and time of an instant in a time zone."""
    local = value.astimezone(ZoneInfo(time_zone))
    time = format_datetime(local, _clock(locale.language), locale=locale)
    return f"{day(local.date(), locale, style)}, {time}"


@functools.cache
def _clock(language: str) -> str:
    """Return how times are written in a language: of twelve hours or of twenty-four."""
    return "h:mm a" if "a" in Locale.parse(language).time_formats["short"].pattern else "HH:mm"


@functools.lru_cache(maxsize=8192)
def money(minor: int, currency: str, locale: Locale) -> str:
    """Return an amount with its ISO code, because a bare "$" is five currencies."""
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, "#,##0.00\u00a0¤¤", locale=locale, currency_digits=True)


@functools.lru_cache(maxsize=8192)
def number(value: int, locale: Locale) -> str:
    return format_decimal(value, locale=locale)


@functools.lru_cache(maxsize=512)
def percent(basis_points: int, locale: Locale) -> str:
    """Return a rate: 700 is 7 %."""
    return format_percent(Decimal(basis_points).scaleb(-4), locale=locale, decimal_quantization=False)


def exact_money(minor: Fraction, currency: str, locale: Locale) -> str:
    """Return an amount that is not whole in minor units, with four more places; what follows them is cut off."""
    places = get_currency_precision(currency)
    amount = (Decimal(minor.numerator) / minor.denominator).scaleb(-places)
    shown = amount.quantize(Decimal(1).scaleb(-places - 4), ROUND_DOWN)
    pattern = f"#,##0.{'0' * places}####\u00a0¤¤"
    return format_currency(shown, currency, pattern, locale=locale, currency_digits=False)


def isolated(language: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return what fills the gaps of a message. In a language from right to left each of them keeps its own direction:
    the period of "Acme Inc." and the parts of a telephone number stay where they are.
    """
    if LANGUAGES[language].direction == "ltr":
        return values
    return {name: f"\u2068{value}\u2069" if isinstance(value, str) else value for name, value in values.items()}
