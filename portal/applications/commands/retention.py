"""Forgets applications when the programme's time for keeping them is over."""

from __future__ import annotations

from datetime import timedelta

from portal.applications.models import Application
from portal.applications.policy import REFUSED, State
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.storage import command


@command(P.JOB_RUN)
def forget_old_applications(ctx: Ctx) -> int:
    """Delete abandoned drafts and refused applications of long ago; return how many."""
    keep = ctx.programme.retention
    abandoned = Application.delete().where(
        Application.state == State.DRAFT, Application.saved_at < ctx.now - timedelta(days=keep.draft_applications)
    )
    refused = Application.delete().where(
        Application.state.in_(REFUSED),
        Application.decided_at < ctx.now - timedelta(days=keep.declined_applications),
    )
    return int(abandoned.execute()) + int(refused.execute())
