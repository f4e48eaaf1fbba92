"""Substring search in any language over a folded shadow column, with an index on both engines."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import Any

from peewee import SQL, Expression, Field, fn

from portal.core.folding import fold
from portal.storage.db import database, is_postgresql

_COMMON = 10_000  # rows; beyond, walking a list in its order meets a page of matches sooner than sorting them all


def contains(column: Field, text: str) -> Expression | None:
    """Return a condition: `column` (folded) holds every word of `text`; None when there is no word.

    SQLite asks the trigram table `<table>_<column>` that triggers keep beside the column; words under three letters
    have no trigram and are compared one by one, and so are words that most rows have. PostgreSQL's LIKE uses a
    trigram index where the extension exists.
    """
    words = fold(text).split()
    if not words:
        return None
    long = [word for word in words if len(word) >= 3]
    if is_postgresql():
        conditions: list[Any] = [column.contains(word) for word in words]
    elif long and not _is_common(column, long):
        conditions = [_has(column, word) for word in words if len(word) < 3] + [_trigrams(column, long)]
    else:
        conditions = [_has(column, word) for word in words]
    return reduce(and_, conditions)


def _has(column: Field, word: str) -> Expression:
    return fn.instr(column, word) > 0


def _trigrams(column: Field, words: list[str]) -> Any:
    table = _table(column)
    return column.model.id.in_(SQL(f'(SELECT rowid FROM "{table}" WHERE "{table}" MATCH ?)', (_match(words),)))


def _is_common(column: Field, words: list[str]) -> bool:
    """Tell whether more than a few rows have all the words, looking no further than that."""
    table = _table(column)
    probe = f'SELECT 1 FROM "{table}" WHERE "{table}" MATCH ? LIMIT 1 OFFSET {_COMMON}'
    return database.execute_sql(probe, (_match(words),)).fetchone() is not None


def _table(column: Field) -> str:
    return f"{column.model._meta.table_name}_{column.column_name}"


def _match(words: list[str]) -> str:
    return " AND ".join('"{}"'.format(word.replace('"', '""')) for word in words)
