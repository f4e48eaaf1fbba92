"""The database: one handle, two engines, one command = one transaction."""

from portal.storage.commands import command
from portal.storage.db import before_commit, connect, database, is_postgresql, locked, snapshot, transaction
from portal.storage.fields import JsonField, UtcDateTimeField
from portal.storage.table import Table

__all__ = [
    "JsonField",
    "Table",
    "UtcDateTimeField",
    "before_commit",
    "command",
    "connect",
    "database",
    "is_postgresql",
    "locked",
    "snapshot",
    "transaction",
]
