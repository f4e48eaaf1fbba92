"""What the worker does with subscriptions: trials end by themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.core.context import Ctx
from portal.jobs import progress, scheduled
from portal.jobs.models import Job
from portal.subscriptions import commands


@scheduled("subscriptions.expire-trials", every=timedelta(hours=1))
def expire_trials(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Turn trials that are over into expired ones, batch by batch; running twice finds nothing more to do."""
    after, batches = commands.expire_trials(ctx), 1
    while after is not None and progress(ctx, job, batches, batches + 1):
        after, batches = commands.expire_trials(ctx, after), batches + 1
    return None
