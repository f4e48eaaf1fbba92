"""Names of countries in the reader's language, for menus, and the one that a browser tells."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from babel import Locale

from portal.core.countries import zones
from portal.customers.policy import sort_key

_REGION = re.compile(r"[-_]([A-Za-z]{2})$")


@functools.cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of every country, in the order in which a reader of `language` looks for names."""
    names = Locale.parse(language).territories
    return tuple(sorted(((code, names[code]) for code in zones()), key=lambda item: sort_key(item[1])))


def likely_country(languages: Iterable[str]) -> str:
    """Return the country that the first language tag with one names (`es-MX`), or nothing."""
    found = (match.group(1).upper() for tag in languages if (match := _REGION.search(tag)))
    return next((code for code in found if code in zones()), "")
