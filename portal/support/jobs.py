"""What the worker does for Partner Support."""

from __future__ import annotations

from datetime import timedelta

from portal.core.context import Ctx
from portal.jobs import ask_again, each, handler, scheduled
from portal.jobs.models import Job
from portal.storage import transaction
from portal.support import mail_jobs, rule_jobs
from portal.support.commands.clocks import batches, due, look, refold
from portal.support.commands.notices import REFUSED
from portal.support.commands.refusals import note_refusal
from portal.support.policy.terms import fingerprint

__all__ = ["clocks", "mail_jobs", "refold_all", "refused", "rule_jobs"]


@handler(REFUSED)
def refused(ctx: Ctx, job: Job) -> None:
    """Note that no server took a mail about a ticket."""
    note_refusal(ctx, job.payload["mail"])


@scheduled("support.clocks", every=timedelta(seconds=30))
def clocks(ctx: Ctx, job: Job) -> None:
    """Warn of what is near and record what broke, as soon as it does; fold all anew when other times are promised."""
    with transaction():
        ask_again(ctx, "support.refold", "support.refold", promised=fingerprint(ctx.programme))
    each(ctx, job, due, look)


@handler("support.refold")
def refold_all(ctx: Ctx, job: Job) -> None:
    """Fold the clocks of all unfinished tickets anew, after the programme file has changed what is promised."""
    each(ctx, job, batches, refold)
