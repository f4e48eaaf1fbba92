"""What the worker does for the database itself."""

from __future__ import annotations

from datetime import timedelta

from portal.core.context import Ctx
from portal.jobs.models import Job
from portal.jobs.registry import scheduled
from portal.storage.bulk import counted
from portal.storage.db import is_postgresql


@scheduled("jobs.count-rows", every=timedelta(days=1))
def count_rows(ctx: Ctx, job: Job) -> None:
    """Have SQLite count its rows anew: without these numbers it takes long ways through large tables."""
    if not is_postgresql():
        counted()
