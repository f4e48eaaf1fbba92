"""Going through all rows that are due, one transaction each."""

from __future__ import annotations

import logging
from collections.abc import Callable

from peewee import InterfaceError, OperationalError

from portal.core.context import Ctx
from portal.jobs.models import Job
from portal.jobs.queue import progress

log = logging.getLogger("portal.jobs")


def each(ctx: Ctx, job: Job, due: Callable[[Ctx, int], list[int]], act: Callable[[Ctx, int], object]) -> None:
    """Act on every due row by itself; `due` returns the next ones beyond a row number, in that order.

    What fails holds up nothing: the job fails after all others, and comes again.
    """
    after, failed = 0, 0
    while batch := due(ctx, after):
        for row in batch:
            try:
                act(ctx, row)
            except (InterfaceError, OperationalError):
                raise  # the database is away: so it is for all others
            except Exception:
                log.exception("%s of row %s failed", job.kind, row)
                failed += 1
        after = batch[-1]
        if not progress(ctx, job, after, after + 1):
            return
    if failed:
        raise RuntimeError(f"{failed} rows of {job.kind} failed")
