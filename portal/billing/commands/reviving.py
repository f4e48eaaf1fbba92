"""Wakes jobs that failed for good while money waits for their outcome: no charge or refund is ever given up unheard."""

from __future__ import annotations

from portal.billing.models import Charge, Refund
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.jobs.models import Job
from portal.storage import command

_BATCH = 500


@command(P.JOB_RUN)
def revive(ctx: Ctx) -> int:
    """Let failed jobs of charges and refunds without an outcome try again; return how many there are."""
    kinds = ("billing.charge", "billing.refund")
    failed = list(Job.select(Job.id, Job.kind, Job.payload).where(Job.state == "failed", Job.kind.in_(kinds)).limit(
        _BATCH))
    charges = Charge.select(Charge.key).where(
        Charge.key.in_([job.payload.get("charge") for job in failed]), Charge.state.in_(["pending", "action"]))
    refunds = Refund.select(Refund.key).where(
        Refund.key.in_([job.payload.get("refund") for job in failed]), Refund.state == "pending")
    waiting = {("charge", row.key) for row in charges} | {("refund", row.key) for row in refunds}
    again = [job.id for job in failed if waiting & set(job.payload.items())]
    Job.update(state="ready", attempts=0, run_at=ctx.now, finished_at=None).where(
        Job.id.in_(again), Job.state == "failed").execute()
    return len(again)
