"""The monthly mails about what partners did: one job for each month that is over, batch by batch."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from portal.audit.policy import month_over
from portal.core.context import Ctx
from portal.directory.commands.digest import send_digests
from portal.jobs import Later, enqueue, handler, progress, scheduled
from portal.jobs.models import Job
from portal.storage import transaction

_BATCH = 500  # organizations of one transaction


@scheduled("directory.digest", every=timedelta(days=1))
def plan(ctx: Ctx, _job: Job) -> None:
    """Ask for the digests of the latest month that is over everywhere; the key keeps it to once."""
    month = month_over(ctx.now).isoformat()
    with transaction():
        enqueue(ctx, "directory.digest-month", key=f"directory.digest-month:{month}", month=month)


@handler("directory.digest-month")
def send_month(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Send the next digests of the month, then come back for more."""
    after: int = (job.result or {}).get("after", 0)
    last = send_digests(ctx, date.fromisoformat(job.payload["month"]), after, _BATCH)
    if last is None or not progress(ctx, job, 0, 0, result={"after": last}):
        return None
    raise Later(ctx.now)
