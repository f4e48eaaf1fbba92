"""Amounts as people type them in four languages: read as meant, or refused."""

from __future__ import annotations

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import DomainError
from portal.web import formats
from portal.web.amounts import minor_units

LOCALES = ("en_US", "es_ES", "es_MX", "fr_FR", "fr_CA", "th_TH")

# What is typed, and what it comes to in each of the locales above; None: refused.
TABLE = [
    ("12.50", (1250, None, 1250, None, None, 1250)),
    ("12,50", (None, 1250, None, 1250, 1250, None)),
    ("12.5", (1250, None, 1250, None, None, 1250)),  # in Spanish never 125
    ("12,5", (None, 1250, None, 1250, 1250, None)),
    ("1250", (125000,) * 6),
    ("1,250.00", (125000, None, 125000, None, None, 125000)),
    ("1.250,00", (None, 125000, None, None, None, None)),
    ("1 250,00", (None, None, None, 125000, 125000, None)),
    ("1\u202f250,00", (None, None, None, 125000, 125000, None)),
    ("1\u00a0250", (None, None, None, 125000, 125000, None)),
    ("1,250", (None,) * 6),  # a thousand here, one and a quarter there
    ("1.250", (None,) * 6),
    ("1,250,000", (125000000, None, 125000000, None, None, 125000000)),
    ("1.250.000", (None, 125000000, None, None, None, None)),
    ("๑๒.๕๐", (1250, None, 1250, None, None, 1250)),
    (" USD 12 ", (1200,) * 6),
    ("12 USD", (1200,) * 6),
    ("0", (0,) * 6),
    *((wrong, (None,) * 6) for wrong in (
        "", " ", "-5", "+5", "1e3", "1_000", "NaN", "Infinity", "$12", "12 EUR", "12.505", "12,505", "12..5", "1,2,3",
        "twelve", "9" * 16, "9" * 400, "12½", "²", "1.2.3,4",
    )),
]


@pytest.mark.parametrize(("text", "wanted"), TABLE)
def test_amounts_are_read_as_meant_or_refused(text, wanted):
    got = []
    for code in LOCALES:
        try:
            got.append(minor_units(text, "USD", Locale.parse(code)))
        except DomainError:
            got.append(None)
    assert tuple(got) == wanted


def test_a_currency_without_decimals_has_none():
    assert minor_units("1,250", "JPY", Locale("en")) == 1250
    with pytest.raises(DomainError):
        minor_units("1250.00", "JPY", Locale("en"))


@given(st.integers(0, 10**9), st.sampled_from(LOCALES), st.sampled_from(["USD", "THB", "JPY"]))
def test_what_the_portal_writes_can_be_typed_back(minor, code, currency):
    locale = Locale.parse(code)
    assert minor_units(formats.money(minor, currency, locale), currency, locale) == minor
