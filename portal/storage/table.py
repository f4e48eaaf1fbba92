"""The base of all tables."""

from __future__ import annotations

from peewee import BigAutoField, Model

from portal.storage.db import database


class Table(Model):
    """A table with a row number that never leaves the server; URLs carry `public_id` where a row has a page."""

    id = BigAutoField()

    class Meta:
        database = database
        legacy_table_names = False
