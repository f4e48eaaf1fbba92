"""Names of countries in the reader's language, for menus."""

from __future__ import annotations

import functools

from babel import Locale

from portal.core.countries import zones
from portal.customers.policy import sort_key


@functools.cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of every country, in the order in which a reader of `language` looks for names."""
    names = Locale.parse(language).territories
    return tuple(sorted(((code, names[code]) for code in zones()), key=lambda item: sort_key(item[1])))
