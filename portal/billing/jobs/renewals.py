"""Renewals that are due, and the next steps with those that were not paid."""

from __future__ import annotations

from datetime import timedelta

from portal.billing.commands import renewals
from portal.core.context import Ctx
from portal.jobs import each, scheduled
from portal.jobs.models import Job


@scheduled("billing.renew", every=timedelta(hours=1))
def renew(ctx: Ctx, job: Job) -> None:
    """Renew what is due, one transaction each."""
    each(ctx, job, renewals.due_renewals, renewals.renew)


@scheduled("billing.dun", every=timedelta(hours=1))
def dun(ctx: Ctx, job: Job) -> None:
    """Take the due steps with unpaid invoices, one transaction each."""
    each(ctx, job, renewals.due_invoices, renewals.dun)
