"""Inserts many rows by the driver: through the ORM they take ten times as long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from portal.storage.db import database, is_postgresql
from portal.storage.table import Table

_COUNTED = 1000  # rows that SQLite looks at in each index: milliseconds for tables of any size


def insert_all(table: type[Table], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of plain values, which no field converts; call it inside a transaction."""
    place = f'"{table._meta.table_name}" (' + ", ".join(f'"{column}"' for column in columns) + ")"
    cursor = database.cursor()
    if is_postgresql():
        with cursor.copy(f"COPY {place} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        cursor.executemany(f"INSERT INTO {place} VALUES ({', '.join('?' * len(columns))})", rows)


def counted(*tables: type[Table]) -> None:
    """Have the engine count its rows anew, of these tables or of all; outside of any transaction.

    It chooses its ways by these numbers. After many rows have come, PostgreSQL counts them by itself a minute later,
    and until then looks up every row that an index already answers for; SQLite never does.
    """
    if not is_postgresql():
        database.execute_sql(f"PRAGMA analysis_limit = {_COUNTED}")
    for name in [f'"{table._meta.table_name}"' for table in tables] or [""]:
        database.execute_sql(f"{'VACUUM ANALYZE' if is_postgresql() else 'ANALYZE'} {name}")
