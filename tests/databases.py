"""An empty database for each test, made from the one that was migrated once."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

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
