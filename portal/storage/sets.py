"""Looking a column up in a large set of values that goes to the engine as one value, not as thousands."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from peewee import SQL, Expression, Value, fn

from portal.storage.db import is_postgresql


def among(column: Any, values: Collection[Any]) -> Any:
    """Return the condition that a column (of texts or whole numbers) holds one of these values.

    Writing a statement with a placeholder for each takes longer than the engine needs to look them up.
    """
    if is_postgresql():
        return Expression(column, "=", fn.ANY(Value(list(values), converter=False, unpack=False)))
    return Expression(column, "IN", SQL("(SELECT value FROM json_each(?))", (json.dumps(list(values)),)))


def among_many(column: Any, values: Collection[str]) -> Any:
    """Return the condition that a column holds one of hundreds of texts, of which hardly any will be found.

    PostgreSQL weighs each value of an array when it plans, which takes ten times as long as looking them up.
    """
    if is_postgresql():
        return Expression(column, "IN", SQL("(SELECT unnest(%s::text[]))", (list(values),)))
    return among(column, values)
