"""Reads one keyset page of a query."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from peewee import DateField, DateTimeField, Field, IntegerField, ModelSelect

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
    cursor = place(after, columns)
    back = cursor is not None and cursor.back
    downwards = descending != back
    if cursor:
        query = query.where(beyond(columns, cursor.key, downwards))
    ordered = query.order_by(*(column.desc() if downwards else column.asc() for column in columns)).limit(size + 1)
    return page(list(ordered), key, cursor, size)


def place(after: str | None, columns: Sequence[Field]) -> Cursor | None:
    """Read a cursor whose key parts could stand in `columns`; anything else is the first page."""
    cursor = decode(after, len(columns))
    return cursor if cursor and all(map(_fits, columns, cursor.key)) else None


def _fits(column: Field, part: str | int) -> bool:
    if isinstance(column, IntegerField):
        return type(part) is int and abs(part) < 2**63
    if not isinstance(part, str) or "\0" in part:
        return False
    if isinstance(column, DateField | DateTimeField):
        return _is_day_or_instant(part)
    return True


def _is_day_or_instant(text: str) -> bool:
    try:
        read = date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return False
    return bool(read)


def page(rows: list[Any], key: Callable[[Any], Key], cursor: Cursor | None, size: int) -> Page[Any]:
    """Return the page of up to `size` + 1 rows that were read at `cursor` in its direction."""
    back = cursor is not None and cursor.back
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    return _page(rows, key, has_previous=more if back else cursor is not None, has_next=back or more)


def beyond(columns: Sequence[Field], key: Sequence[Any], downwards: bool) -> Any:
    """Build (a, b) > (x, y) as a > x OR (a = x AND b > y), with the first part repeated as an index bound."""
    first, *rest = columns
    value, *values = key
    strictly = first < value if downwards else first > value
    if not rest:
        return strictly
    bound = first <= value if downwards else first >= value
    return bound & (strictly | beyond(rest, values, downwards))


def _page(rows: list[Any], key: Callable[[Any], Key], has_previous: bool, has_next: bool) -> Page[Any]:
    return Page(
        rows,
        Cursor(key(rows[0]), back=True).encode() if rows and has_previous else None,
        Cursor(key(rows[-1])).encode() if rows and has_next else None,
    )
