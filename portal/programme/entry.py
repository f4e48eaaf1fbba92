"""What the tables of a programme file are made of: the kinds of values, and the base of every table."""

from collections.abc import Iterator
from typing import Annotated, Literal

from portal.programme.checks import AtLeast, AtMost, Shape

Code = Annotated[str, Shape(r"[a-z0-9]+(-[a-z0-9]+)*", "lower-case letters, digits and hyphens")]
UpperCode = Annotated[str, Shape(r"[A-Z][A-Z0-9]*", "upper-case letters and digits")]
CountryCode = Annotated[str, Shape(r"(?!UK|EU)[A-Z]{2}", "an ISO 3166 code such as MX (the United Kingdom is GB)")]
CurrencyCode = Annotated[str, Shape(r"[A-Z]{3}", "an ISO 4217 code such as EUR")]
Email = Annotated[str, Shape(r"[^@\s]+@[^@\s]+\.[^@\s.]+", "an address such as help@vendor.example")]
Url = Annotated[str, Shape(r"https://\S*[^\s/]", "an https:// address without a slash at the end")]
Count = Annotated[int, AtLeast(1)]
Days = Annotated[int, AtLeast(0)]
MinorUnits = Annotated[int, AtLeast(0)]
BasisPoints = Annotated[int, AtLeast(0), AtMost(10_000)]
Period = Literal["monthly", "yearly"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

BrokenRules = Iterator[tuple[str, str]]
"""Pairs of a key and a sentence with its remedy."""


class Entry:
    """A table of the file; a field `code` is the key under which the table stands."""

    def broken_rules(self) -> BrokenRules:
        """Faults between the keys of this table, asked only when each key is sound by itself."""
        return iter(())
