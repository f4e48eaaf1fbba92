"""An empty database for each test, made from the one that was migrated once."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from portal.storage import connect, database, is_postgresql
from portal.storage.tables import all_tables


def emptied(migrated: str, folder: Path) -> str:
    """Return the address of a database without rows: a copy in `folder`, or the PostgreSQL one, emptied."""
    if migrated.startswith("postgresql"):
        connect(migrated)
        with database.connection_context():
            _delete_all()
        return migrated
    shutil.copyfile(migrated.removeprefix("sqlite:///"), folder / "portal.db")
    return f"sqlite:///{folder / 'portal.db'}"


@contextmanager
def kept(url: str) -> Iterator[str]:
    """Set the rows of a database aside; yield the address of what tests then copy."""
    if not url.startswith("postgresql"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as filled:
            filled.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        yield url
        return
    with _as_new(url, "kept") as address:
        yield address


@contextmanager
def copied(url: str, folder: Path) -> Iterator[str]:
    """Yield the address of a database with the same rows."""
    if not url.startswith("postgresql"):
        shutil.copyfile(url.removeprefix("sqlite:///"), folder / "portal.db")
        yield f"sqlite:///{folder / 'portal.db'}"
        return
    with _as_new(url, "copy") as address:
        yield address


@contextmanager
def _as_new(url: str, name: str) -> Iterator[str]:
    """Make a new database on the same PostgreSQL server from another one, which nobody may use at that moment."""
    server, _, template = url.rpartition("/")
    with psycopg.connect(f"{server}/template1", autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [template])
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        yield f"{server}/{name}"
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def empty_again(migrated: str) -> None:
    """Take all rows out of the database that is open, for the next example of the same test."""
    if is_postgresql():
        _delete_all()
    else:
        with closing(sqlite3.connect(migrated.removeprefix("sqlite:///"))) as empty:
            empty.backup(database.connection())


def _delete_all() -> None:
    # On small tables this takes a fiftieth of TRUNCATE's time. Triggers are off: some refuse to let rows go.
    names = [table._meta.table_name for table in reversed(all_tables())]
    deletes = "; ".join(f'DELETE FROM "{name}"' for name in names)
    database.execute_sql(f"SET session_replication_role = replica; {deletes}; RESET session_replication_role")
