"""Names of countries in the reader's language, for menus."""

from __future__ import annotations

import functools
import re
import unicodedata

from babel import Locale

from portal.core.countries import zones


@functools.cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of every country, in the order in which a reader of `language` looks for names."""
    names = Locale.parse(language).territories
    return tuple(sorted(((code, names[code]) for code in zones()), key=lambda item: _order(item[1])))


def _order(name: str) -> str:
    """Return a sort key: accents count for nothing, and a Thai vowel before its consonant sorts after it."""
    letters = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not "\u0300" <= c <= "\u036f")
    return re.sub("([เ-ไ])(.)", r"\2\1", letters)
