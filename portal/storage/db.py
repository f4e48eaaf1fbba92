"""The database handle: bound once at start to SQLite or PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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


Write = Callable[[list[Any]], None]


class _Open(threading.local):
    """What this thread's transaction has yet to write; None outside `transaction`."""

    last: list[tuple[Write, Any]] | None = None


_open = _Open()


@contextmanager
def transaction() -> Iterator[None]:
    """Open a transaction, or a savepoint inside the one that is open."""
    outer, mine = _open.last, list[tuple[Write, Any]]()
    _open.last = mine
    try:
        with database.atomic():
            yield
            if outer is None:
                _write(mine)
    finally:
        _open.last = outer
    if outer is not None:  # what a savepoint that failed wanted to write is gone with it
        outer.extend(mine)


def before_commit(write: Write, item: Any) -> None:
    """Have `write` called with this and all other items of the transaction, as the last thing before its commit.

    For rows that everybody writes: locks that are taken last are held shortest, and whoever waits for one holds no
    lock that its owner could still want.
    """
    if _open.last is None:
        with transaction():
            return before_commit(write, item)
    _open.last.append((write, item))
    return None


def _write(last: list[tuple[Write, Any]]) -> None:
    for write in dict.fromkeys(write for write, _ in last):
        write([item for its_write, item in last if its_write is write])


def snapshot() -> AbstractContextManager[Any]:
    """Open a transaction for reading that sees nothing of what others do meanwhile, and keeps nobody from it."""
    kind = {"isolation_level": "REPEATABLE READ"} if is_postgresql() else {"lock_type": "DEFERRED"}
    return database.atomic(**kind)  # type: ignore[no-any-return]


def locked(query: Any) -> Any:
    """Make a SELECT hold its rows until the transaction ends. SQLite's writers already exclude each other."""
    return query.for_update() if is_postgresql() else query
