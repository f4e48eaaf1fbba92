"""The database: one handle, two engines, one command = one transaction."""

from portal.storage.commands import command
from portal.storage.db import connect, database, is_postgresql, locked, transaction
from portal.storage.fields import JsonField, UtcDateTimeField
from portal.storage.table import Table

__all__ = [
    "JsonField",
    "Table",
    "UtcDateTimeField",
    "command",
    "connect",
    "database",
    "is_postgresql",
    "locked",
    "transaction",
]
