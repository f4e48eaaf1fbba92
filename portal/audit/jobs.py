"""What the worker does with the record: acts are kept as long as the programme says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.audit.commands import forget
from portal.audit.queries import older
from portal.core.context import Ctx
from portal.jobs import Later, progress, scheduled
from portal.jobs.models import Job

_CHAINS = 100  # per run, so that the lease of a minute suffices


@scheduled("audit.forget", every=timedelta(days=1))
def forget_old(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Delete what is older than the programme keeps, chain by chain; running twice finds nothing more to do."""
    before = ctx.now - timedelta(days=ctx.programme.retention.audit)
    last: int = (job.result or {}).get("last", -1)
    chains = older(before, last, _CHAINS)
    for chain in chains:
        while forget(ctx, chain, before):
            pass
    if len(chains) < _CHAINS or not progress(ctx, job, 0, 0, result={"last": chains[-1]}):
        return None
    raise Later(ctx.now)
