"""What the worker does for this room."""

from __future__ import annotations

from datetime import timedelta

from portal.accounts.commands import send_reset, staff
from portal.core.context import Ctx
from portal.jobs import handler, scheduled
from portal.jobs.models import Job

_DAY = timedelta(days=1)


@handler("accounts.reset")
def reset(ctx: Ctx, job: Job) -> None:
    send_reset(ctx, job.payload["email"], job.payload["handle"])


@scheduled("accounts.staff-tasks", every=_DAY)
def look_after_tasks(ctx: Ctx, job: Job) -> None:
    """Warn the vendor's staff of ends that come, and clear away what is over."""
    staff.warn_of_ends(ctx)
    staff.end_expired(ctx)
