"""What the worker does with mails that come in: reading those that are stored, and looking into the folder."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from portal.core.context import Ctx
from portal.jobs import handler
from portal.jobs.models import Job
from portal.support.commands.receiving import receive
from portal.support.doors import poll as look

POLL, EVERY = "support.poll", timedelta(minutes=1)


@handler("support.receive")
def read_mail(ctx: Ctx, job: Job) -> None:
    """Read and file one mail. Killed in between it is done again, and filed once."""
    receive(ctx, job.payload["mail"], job.attempts)


@handler(POLL)
def poll(ctx: Ctx, _job: Job) -> None:
    """Fetch new mails. Killed in between, those that were not marked come again and are known already."""
    look(lambda: replace(ctx))
