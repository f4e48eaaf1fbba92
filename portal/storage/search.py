"""Substring search in any language over a folded shadow column, with an index on both engines."""

from __future__ import annotations

import unicodedata
from typing import Any

from peewee import SQL, Expression, Field, fn

from portal.storage.db import is_postgresql

_TONES = "\u0e48\u0e49\u0e4a\u0e4b"


def fold(text: str) -> str:
    """Return `text` as it is searched: no case, no Latin accents, Thai vowels and tones in one order."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    for tone in _TONES:
        plain = plain.replace("\u0e4d" + tone, tone + "\u0e4d")
    return " ".join(plain.split())


def contains(column: Field, text: str) -> Expression | None:
    """Return a condition: `column` (folded) holds every word of `text`; None when there is no word.

    SQLite asks the trigram table `<table>_<column>` that triggers keep beside the column; words under three letters
    have no trigram and are compared one by one. PostgreSQL's LIKE uses a trigram index where the extension exists.
    """
    words = fold(text).split()
    if not words:
        return None
    long = [word for word in words if len(word) >= 3]
    conditions: list[Any] = [fn.instr(column, word) > 0 for word in words if len(word) < 3]
    if is_postgresql():
        conditions = [column.contains(word) for word in words]
    elif long:
        conditions.append(_trigrams(column, long))
    found = conditions[0]
    for condition in conditions[1:]:
        found &= condition
    return found


def _trigrams(column: Field, words: list[str]) -> Any:
    table = f"{column.model._meta.table_name}_{column.column_name}"
    match = " AND ".join('"{}"'.format(word.replace('"', '""')) for word in words)
    return column.model.id.in_(SQL(f'(SELECT rowid FROM "{table}" WHERE "{table}" MATCH ?)', (match,)))
