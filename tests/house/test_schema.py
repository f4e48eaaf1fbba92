"""The migrated schema is the models' schema, constraints included."""

from __future__ import annotations

import re

from portal.storage import database, is_postgresql
from portal.storage.tables import all_tables


def test_columns(app) -> None:
    for table in all_tables():
        meta = table._meta
        there = {column.name: column for column in database.get_columns(meta.table_name)}
        wanted = {field.column_name: field for field in meta.sorted_fields}
        assert there.keys() == wanted.keys(), meta.table_name
        for name, field in wanted.items():
            assert there[name].null == field.null, f"{meta.table_name}.{name}"


def test_indexes(app) -> None:
    for table in all_tables():
        there = {(tuple(i.columns), i.unique) for i in database.get_indexes(table._meta.table_name)}
        wanted = set()
        for index in table._meta.fields_to_index():
            columns = tuple(getattr(e, "column_name", None) or e.name for e in index._expressions)
            wanted.add((columns, bool(index._unique)))
        assert wanted <= there, f"{table._meta.table_name}: {wanted - there}"


def test_checks(app) -> None:
    """Each CHECK of a model exists: peewee's own generator would have dropped them silently."""
    for table in all_tables():
        checks = [c.sql for f in table._meta.sorted_fields for c in f.constraints or []]
        checks += [c.sql for c in table._meta.constraints or []]
        assert len(checks) == _count_of_checks(table._meta.table_name), table._meta.table_name


def _count_of_checks(table: str) -> int:
    if is_postgresql():
        query = "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass"
        return int(database.execute_sql(query, (f'"{table}"',)).fetchone()[0])
    found = database.execute_sql("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
    return len(re.findall(r"\bCHECK\b", found.fetchone()[0]))


def test_rules_that_money_and_trust_hang_on_are_in_the_database(app, cast) -> None:
    """A second open application of one person is refused by the engine itself."""
    import peewee
    import pytest

    from portal.applications.models import Application
    from portal.storage import transaction

    person = cast.newcomer

    def draft() -> None:
        with transaction():
            Application.create(account=person.account, language="th", created_at=cast.now, saved_at=cast.now)

    draft()
    with pytest.raises(peewee.IntegrityError):
        draft()
