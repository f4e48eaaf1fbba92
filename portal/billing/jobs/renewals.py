"""Renewals that are due, and the next steps with those that were not paid."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from peewee import InterfaceError, OperationalError

from portal.billing.commands import renewals
from portal.core.context import Ctx
from portal.jobs import progress, scheduled
from portal.jobs.models import Job

log = logging.getLogger("portal.billing")


@scheduled("billing.renew", every=timedelta(hours=1))
def renew(ctx: Ctx, job: Job) -> None:
    """Renew what is due, one transaction each."""
    _each(ctx, job, renewals.due_renewals, renewals.renew)


@scheduled("billing.dun", every=timedelta(hours=1))
def dun(ctx: Ctx, job: Job) -> None:
    """Take the due steps with unpaid invoices, one transaction each."""
    _each(ctx, job, renewals.due_invoices, renewals.dun)


def _each(
    ctx: Ctx, job: Job, due: Callable[[Ctx, int], list[int]], act: Callable[[Ctx, int], object]
) -> None:
    """Act on every due row by itself. What fails holds up nothing: the job fails after all others, and comes again."""
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
