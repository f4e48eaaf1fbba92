"""Dates, amounts and numbers as the reader's country writes them; remembered, because pages repeat them."""

from __future__ import annotations

import functools
import re
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_date_format
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision

_YEAR_OR_ERA = re.compile(r"'[^']*'|G+|y+")


@functools.lru_cache(maxsize=512)
def locale_for(language: str, country: str = "") -> Locale:
    """Return the formatting locale: the language as written in the country, if that is known."""
    try:
        return Locale.parse(f"{language}_{country}") if country else Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)


def _buddhist(pattern: str, year: int) -> str:
    """Set the Buddhist year into a date pattern. Babel knows only the Gregorian one; nothing is calculated in it."""

    def token(match: re.Match[str]) -> str:
        text = match.group()
        if text.startswith("y"):
            return f"'{str(year + 543)[-2:] if len(text) == 2 else year + 543}'"
        return "'พ.ศ.'" if text.startswith("G") else text

    return _YEAR_OR_ERA.sub(token, pattern)


@functools.lru_cache(maxsize=8192)
def day(value: date, locale: Locale, style: str = "medium") -> str:
    """Return a calendar day in words; Thai readers see the Buddhist year."""
    if locale.language != "th":
        return format_date(value, style, locale)
    pattern = get_date_format(style, locale).pattern  # type: ignore[arg-type]
    return format_date(value, _buddhist(pattern, value.year), locale)


@functools.lru_cache(maxsize=1024)
def month(value: date, locale: Locale) -> str:
    """Return the month that a day is in, with its year."""
    pattern = locale.datetime_skeletons["yMMMM"].pattern
    return format_date(value, _buddhist(pattern, value.year) if locale.language == "th" else pattern, locale)


@functools.lru_cache(maxsize=1024)
def short_month(value: date, locale: Locale, with_year: bool) -> str:
    """Return the month that a day is in as the axis of a chart has room for it."""
    pattern = "LLL yy" if with_year else "LLL"
    return format_date(value, _buddhist(pattern, value.year) if locale.language == "th" else pattern, locale)


@functools.lru_cache(maxsize=8192)
def instant(value: datetime, locale: Locale, time_zone: str, style: str = "medium") -> str:
    """Return day and time of an instant in a time zone."""
    local = value.astimezone(ZoneInfo(time_zone))
    time = format_datetime(local, "HH:mm" if locale.language != "en" else "h:mm a", locale=locale)
    return f"{day(local.date(), locale, style)}, {time}"


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
