"""What the worker does about commission: once a month it writes to partners what the last month brought."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from portal.commissions.commands.statements import partners_of_month, plan_statements, send_statement
from portal.core.context import Ctx
from portal.jobs import handler, progress, scheduled
from portal.jobs.models import Job


@scheduled("commissions.month", every=timedelta(hours=1))
def month(ctx: Ctx, job: Job) -> None:
    """Ask for the statements of the month that is over, once. What was under way at midnight is waited for."""
    first = ctx.today().replace(day=1)
    plan_statements(ctx, first, datetime.combine(first, time(0, 30), UTC))


@handler("commissions.statements")
def statements(ctx: Ctx, job: Job) -> None:
    """Write to each partner that had lines in the month, one transaction each; a mail that is there stays one."""
    after = 0
    while batch := partners_of_month(ctx, job.payload["month"], after):
        for partner in batch:
            send_statement(ctx, partner, job.payload["month"])
        after = batch[-1]
        if not progress(ctx, job, after, after + 1):
            return
