"""What the worker does for this room."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.applications.commands import forget_old_applications
from portal.core.context import Ctx
from portal.jobs import scheduled
from portal.jobs.models import Job


@scheduled("applications.forget", every=timedelta(days=1))
def forget(ctx: Ctx, _job: Job) -> dict[str, Any]:
    """Keep drafts and refused applications no longer than the programme says."""
    return {"forgotten": forget_old_applications(ctx)}
