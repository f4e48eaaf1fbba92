"""Writes the record, inside whatever transaction is open."""

from __future__ import annotations

from portal.audit.models import Event
from portal.core.context import Ctx


def record(ctx: Ctx, verb: str, subject: str = "", organization_id: int | None = None, **detail: object) -> None:
    """Add an act to the record; `detail` holds before and after in plain JSON values."""
    Event.insert(
        at=ctx.now,
        verb=verb,
        actor_id=ctx.actor.account_id,
        actor_name=ctx.actor.name,
        partner_id=ctx.actor.partner_id,
        organization_id=organization_id,
        subject=subject,
        detail=detail or None,
    ).execute()
