"""What the worker does with relations: requests find whom they are for, announced changes come on their day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.core.context import Ctx
from portal.jobs import each, handler, scheduled
from portal.jobs.models import Job
from portal.relations.commands.changes import carry_out_due, due, remind
from portal.relations.commands.offers import deliver_request
from portal.relations.commands.standing import ending, follow


@handler("relations.deliver")
def deliver(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Bring a request to the organization that it names, if it is here."""
    deliver_request(ctx, str(job.payload["offer"]))
    return None


@scheduled("relations.carry-out", every=timedelta(hours=1))
def carry_out(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Carry out what is due; days begin at another hour in each time zone."""
    each(ctx, job, due, carry_out_due)
    return None


@handler("relations.standing")
def standing(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Do for each customer what follows from how its partner now stands with the vendor."""
    follow(ctx, int(job.payload["partner"]))
    return None


@scheduled("relations.terminations", every=timedelta(hours=1))
def terminations(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Go on with partners that are being terminated: who stayed gets notice; when the last one has left it is done."""
    for partner in ending():
        follow(ctx, partner)
    return None


@scheduled("relations.remind", every=timedelta(days=1))
def remind_of_changes(ctx: Ctx, job: Job) -> dict[str, Any] | None:
    """Tell both sides of what comes within a week."""
    remind(ctx)
    return None
