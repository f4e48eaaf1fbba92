"""Column types whose values mean the same on both engines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from peewee import DateTimeField, TextField


class UtcDateTimeField(DateTimeField):
    """An instant. Stored in UTC without zone, always aware in Python; a naive value is refused.

    Text, as cursors of pages have it, is compared as the instant that it names, in UTC unless it says otherwise.
    """

    def db_value(self, value: datetime | str | None) -> Any:
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
            value = read if read.tzinfo else read.replace(tzinfo=UTC)
        if isinstance(value, datetime):
            if value.tzinfo is None:
                raise ValueError("an instant needs its time zone")
            value = value.astimezone(UTC).replace(tzinfo=None)
        return super().db_value(value)

    def python_value(self, value: Any) -> Any:
        value = super().python_value(value)
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value


class JsonField(TextField):
    """Small structured values that nobody queries by, as readable JSON."""

    def db_value(self, value: Any) -> Any:
        return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)

    def python_value(self, value: Any) -> Any:
        return None if value is None else json.loads(value)
