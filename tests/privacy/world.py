"""Looks for a person in the whole database, and names them wherever a place allows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from peewee import CharField, Field, TextField

from portal.privacy.places import PLACES, STAYS, Trail
from portal.storage import JsonField, Table, transaction
from portal.storage.tables import all_tables


def texts(model: type[Table]) -> list[Field]:
    """Return the columns of a table that hold text of any kind, other than those whose few codes a CHECK lists."""
    return [field for field in model._meta.sorted_fields if isinstance(field, CharField | TextField)
            and not any(" IN (" in check.sql for check in field.constraints or ())]


def found(*words: str, everywhere: bool = False) -> list[tuple[str, str, str]]:
    """Return table, column and value wherever one of these words stands, save where it may stay."""
    seen = []
    for model in all_tables():
        fields = [field for field in texts(model) if everywhere or field.name not in STAYS.get(model, ((), ""))[0]]
        for row in model.select(*fields).tuples() if fields else ():
            for field, value in zip(fields, row, strict=True):
                text = json.dumps(value, ensure_ascii=False) if isinstance(field, JsonField) else str(value)
                if any(word.casefold() in text.casefold() for word in words):
                    seen.append((model.__name__, field.name, text[:200]))
    return seen


def name_everywhere(account_id: int, name: str, address: str) -> int:
    """Write the person into each place of one row that is theirs; return in how many columns that was possible."""
    count = 0
    for model, place in PLACES.items():
        row: Any = model.select().where(place.rows(Trail(account_id, staff=False))).first()
        if row is None:
            continue
        with transaction():
            for column in place.columns:
                field = model._meta.fields[column]
                said: Any = name if column.endswith("name") else f"Ask {name} ({address}), please."
                if isinstance(field, JsonField):
                    said = {"who": [name, {"at": f"<{address.upper()}>"}], "n": 1}
                elif column in {"to_address", "contact_email"} or (model.__name__, column) == (
                    "DomainCheck", "asked_by"):
                    said = address
                model.update({column: said}).where(model.id == row.id).execute()
                count += 1
    return count


def named(model: type[Table]) -> Iterator[Field]:
    """Yield the columns of a table that point to an account or name a person."""
    for field in model._meta.sorted_fields:
        column = field.column_name
        person = column.endswith(("_by", "_by_id", "_by_name", "email", "_address", "account_id"))
        if column == "verified_by":  # a method
            continue
        if person or column in {"email", "address", "actor_id", "author_id", "contact_name", "admin_name"}:
            yield field
