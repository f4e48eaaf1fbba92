"""Amounts that people type, read strictly: one written by another country's rules is refused, never taken for more."""

from __future__ import annotations

import re
import unicodedata

from babel import Locale
from babel.numbers import get_currency_precision, get_decimal_symbol, get_group_symbol

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.web import formats

_SPACES = " \u00a0\u2009\u202f"
_DIGITS_AT_MOST = 15


def minor_units(text: str, currency: str, locale: Locale, field: str = "amount") -> int:
    """Return a typed amount in minor units of `currency`.

    Decimal and group signs are the locale's: in Spanish "12.5" is refused, and so is "1.250" unless its decimals are
    there too, since elsewhere that is another amount. Digits of any script count, and the ISO code may stand beside
    them. Raises `DomainError` on `field`.
    """
    places = get_currency_precision(currency)
    found = _shape(places, locale).fullmatch(_plain(text, currency))
    if found is None or len(text) > 2 * _DIGITS_AT_MOST:
        raise _unreadable(currency, locale, field)
    whole = re.sub(r"\D", "", found["whole"])
    minor = int(whole + (found["part"] or "").ljust(places, "0"))
    if len(whole) > _DIGITS_AT_MOST - places:
        raise _unreadable(currency, locale, field)
    return minor


def _shape(places: int, locale: Locale) -> re.Pattern[str]:
    """Return what an amount looks like: plain digits, or groups of three where nobody could take them for decimals."""
    group, decimal = get_group_symbol(locale), re.escape(get_decimal_symbol(locale))
    group = f"[{_SPACES}]" if group in _SPACES else re.escape(group)
    part = rf"(?:{decimal}(?P<part>\d{{1,{places}}}))?" if places else "(?P<part>)"
    safe = rf"(?={decimal}|{group})" if places and group[0] != "[" else ""
    return re.compile(rf"(?P<whole>\d+|\d{{1,3}}{group}\d{{3}}{safe}(?:{group}\d{{3}})*){part}")


def _plain(text: str, currency: str) -> str:
    digits = "".join(str(unicodedata.decimal(letter)) if letter.isdecimal() else letter for letter in text.strip())
    return digits.removeprefix(currency).removesuffix(currency).strip(_SPACES)


def _unreadable(currency: str, locale: Locale, field: str) -> DomainError:
    return DomainError(N_("Type the amount like this: %(example)s"), field,
                       example=formats.money(123450, currency, locale))
