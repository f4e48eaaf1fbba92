"""Brings the schema up to date; safe when several nodes start at once."""

from __future__ import annotations

from pathlib import Path

from playhouse.migrations import Runner

from portal.storage.db import database, is_postgresql

_DIRECTORY = Path(__file__).parent / "migrations"
_LOCK = 7402611  # any number, the same on every node


def migrate() -> list[str]:
    """Apply all pending migrations in order; return their names."""
    if not is_postgresql():
        return list(Runner(database.obj, str(_DIRECTORY)).up())
    database.execute_sql("SELECT pg_advisory_lock(%s)", (_LOCK,))
    try:
        return list(Runner(database.obj, str(_DIRECTORY)).up())
    finally:
        database.execute_sql("SELECT pg_advisory_unlock(%s)", (_LOCK,))


def pending() -> list[str]:
    """Return the names of migrations that this database has not seen."""
    return [row.name for row in Runner(database.obj, str(_DIRECTORY)).status() if not row.applied]
