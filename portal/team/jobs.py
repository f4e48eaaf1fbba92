"""What the worker does for teams, once a day: grants end, and people are warned before."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.core.context import Ctx
from portal.jobs import progress, scheduled
from portal.jobs.models import Job
from portal.team import commands


@scheduled("team.grants", every=timedelta(days=1))
def look_after_grants(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Warn of the ends that come and clear away what is over, batch by batch; running twice finds nothing more."""
    batches, after = 0, commands.warn_of_ends(ctx)
    while after is not None and progress(ctx, job, batches := batches + 1, batches + 1):
        after = commands.warn_of_ends(ctx, after)
    while commands.end_grants(ctx) and progress(ctx, job, batches := batches + 1, batches + 1):
        pass
    return None
