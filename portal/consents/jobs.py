"""What the worker does with consents: questions that nobody answered in time expire."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.consents import commands
from portal.core.context import Ctx
from portal.jobs import progress, scheduled
from portal.jobs.models import Job


@scheduled("consents.expire", every=timedelta(hours=1))
def expire(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Close what is over, batch by batch; running twice finds nothing more to do."""
    batches = 1
    while commands.expire(ctx) and progress(ctx, job, batches, batches + 1):
        batches += 1
    return None
