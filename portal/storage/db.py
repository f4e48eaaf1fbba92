"""The database handle: bound once at start to SQLite or PostgreSQL."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

from peewee import DatabaseProxy, PostgresqlDatabase, SqliteDatabase
from playhouse.pool import PooledPostgresqlDatabase

database = DatabaseProxy()

# A writer takes the lock when its transaction begins: with deferred locks two commands that read before they
# write end in "database is locked", whatever the busy timeout.
_SQLITE = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 1, "busy_timeout": 10000, "cache_size": -16000}


def connect(url: str, pool: int = 8) -> None:
    """Bind the handle to `sqlite:///path` or `postgresql://…`; opens nothing yet."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        database.initialize(
            SqliteDatabase(parts.path[1:] or ":memory:", pragmas=_SQLITE, lock_type="IMMEDIATE", autoconnect=False)
        )
        return
    database.initialize(
        PooledPostgresqlDatabase(url, max_connections=pool, stale_timeout=300, timeout=10,
                                 prefer_psycopg3=True, autoconnect=False)
    )


def is_postgresql() -> bool:
    """Tell which of the two engines is bound."""
    return isinstance(database.obj, PostgresqlDatabase)


def transaction() -> AbstractContextManager[Any]:
    """Open a transaction, or a savepoint inside the one that is open."""
    return database.atomic()


def locked(query: Any) -> Any:
    """Make a SELECT hold its rows until the transaction ends. SQLite's writers already exclude each other."""
    return query.for_update() if is_postgresql() else query
