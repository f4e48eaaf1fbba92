"""What the worker does with subscriptions: trials end by themselves, and people are reminded of what comes."""

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


@scheduled("subscriptions.remind", every=timedelta(days=1))
def remind(ctx: Ctx, job: Job) -> None:
    """Remind people of trials and renewals that come, batch by batch; running twice reminds nobody twice."""
    batches = 0
    for state in ("trial", "paid"):
        after, more = None, True
        while more:
            after, batches = commands.send_reminders(ctx, state, after), batches + 1
            more = after is not None
            if not progress(ctx, job, batches, batches + more):
                return
