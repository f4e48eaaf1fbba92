"""Reads one keyset page of a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from peewee import Field, ModelSelect

from portal.core.paging import Cursor, Key, Page, decode


def keyset(
    query: ModelSelect[Any],
    columns: Sequence[Field],
    key: Callable[[Any], Key],
    after: str | None,
    size: int,
    descending: bool = False,
) -> Page[Any]:
    """Return the page of `query` that starts at the cursor `after`.

    `columns` order the rows and must end with a unique one; `key(row)` gives their values for a fetched row. One row
    more than `size` is read to learn whether there is a next page: nothing is ever counted.
    """
    cursor = decode(after, len(columns))
    back = cursor is not None and cursor.back
    downwards = descending != back
    if cursor:
        query = query.where(_beyond(columns, cursor.key, downwards))
    ordered = query.order_by(*(column.desc() if downwards else column.asc() for column in columns)).limit(size + 1)
    rows = list(ordered)
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    return _page(rows, key, has_previous=more if back else cursor is not None, has_next=back or more)


def _beyond(columns: Sequence[Field], key: Key, downwards: bool) -> Any:
    """Build (a, b) > (x, y) as a > x OR (a = x AND b > y), with the first part repeated as an index bound."""
    first, *rest = columns
    value, *values = key
    strictly = first < value if downwards else first > value
    if not rest:
        return strictly
    bound = first <= value if downwards else first >= value
    return bound & (strictly | _beyond(rest, values, downwards))


def _page(rows: list[Any], key: Callable[[Any], Key], has_previous: bool, has_next: bool) -> Page[Any]:
    return Page(
        rows,
        Cursor(key(rows[0]), back=True).encode() if rows and has_previous else None,
        Cursor(key(rows[-1])).encode() if rows and has_next else None,
    )
