"""What the worker does for Partner Support."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.jobs import handler
from portal.jobs.models import Job
from portal.support.commands.notices import REFUSED
from portal.support.commands.refusals import note_refusal


@handler(REFUSED)
def refused(ctx: Ctx, job: Job) -> None:
    """Note that no server took a mail about a ticket."""
    note_refusal(ctx, job.payload["mail"])
