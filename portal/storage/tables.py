"""All tables of the house, in an order that creates referenced ones first."""

from __future__ import annotations

import importlib

from peewee import sort_models  # type: ignore[attr-defined]

from portal.storage.table import Table

_ROOMS = (
    "adapters.sandbox", "audit", "mail", "jobs", "accounts", "partners", "applications", "customers", "team", "domains",
    "subscriptions", "commissions", "billing", "delegation", "directory", "mailpolicies", "backups", "referrals",
    "consents", "relations", "support", "help", "privacy",
)


def all_tables() -> list[type[Table]]:
    """Import every room's models and return their tables. Loaded by name: this floor may not import the rooms."""
    for room in _ROOMS:
        importlib.import_module(f"portal.{room}.models")
    return list(sort_models(Table.__subclasses__()))
