"""Queries of the hot pages: written with peewee, turned into SQL text once per shape, then run with new values."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import cache
from typing import Any

from peewee import ModelSelect, Value

from portal.storage.db import database, is_postgresql


class _Slot:
    """Stands in the parameters of a ready text for a value of that name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


@cache
def slot(name: str) -> Value:
    """Return the place of a value in a query. Values are given as the database keeps them: no field converts them."""
    return Value(_Slot(name), converter=False)


_ready: dict[Hashable, tuple[str, list[Any]]] = {}


def rows(shape: Hashable, build: Callable[[], ModelSelect[Any]], values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of the query that `build` makes with slots, as the driver gives them.

    `shape` names everything that changes the text; None runs the query without remembering it.
    """
    key = (is_postgresql(), shape)
    found = _ready.get(key) if shape is not None else None
    if found is None:
        found = build().sql()
        if shape is not None:
            _ready[key] = found
    text, params = found
    filled = [values[param.name] if type(param) is _Slot else param for param in params]
    return database.execute_sql(text, filled).fetchall()  # type: ignore[no-any-return]
