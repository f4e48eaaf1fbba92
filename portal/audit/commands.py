"""Writes the record, inside whatever transaction is open."""

from __future__ import annotations

import json
from typing import Any

from portal.audit.models import Chain, Event
from portal.audit.policy import link
from portal.core.context import Ctx
from portal.storage import locked


def record(
    ctx: Ctx, verb: str, subject: str = "", organization_id: int | None = None, name: str = "", **detail: object
) -> None:
    """Add an act to the record.

    `subject` is the public id of what it was done to, `name` what people call that; `detail` holds JSON values, of
    which `before` and `after` (each a mapping of fields, or one value) are shown side by side.
    """
    actor = ctx.actor
    ours = actor.side == "partner"
    act: dict[str, Any] = {
        "verb": verb, "side": actor.side, "actor_id": actor.account_id, "actor_name": actor.name,
        "partner_id": actor.partner_id if ours else None, "partner_name": actor.partner_name if ours else "",
        "organization_id": organization_id, "subject": subject, "name": name[:255], "reason": ctx.reason[:500],
        "detail": json.loads(json.dumps(detail)) or None, "at": ctx.now,
    }
    _append(organization_id or 0, act)


def _append(chain: int, act: dict[str, Any]) -> None:
    """Write the act at the end of its chain. The end is held until the transaction's: acts get their places in turn."""
    Chain.insert(chain=chain).on_conflict_ignore().execute()
    end = locked(Chain.select().where(Chain.chain == chain)).get()
    position = end.position + 1
    found = link(end.hash, chain=chain, position=position, **act)
    Event.insert(chain=chain, position=position, hash=found, **act).execute()
    Chain.update(position=position, hash=found).where(Chain.id == end.id).execute()
