"""What the pages of an ending show: the change that is announced, and whether a change can be disputed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN

from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.relations.models import Change, Dispute
from portal.relations.policy.disputes import disputable_until

To = Partner.alias()


@dataclass(frozen=True, slots=True)
class Disputable:
    """What an organization may say to a change of its own; `until` is None when the time for it is over."""

    change: str
    own: Dispute | None
    until: datetime | None


def announced_of(organization_id: int) -> Change | None:
    """Return the change that is announced for an organization, with the partner that is to come."""
    rows: Any = Change.select(Change, To).join(To, JOIN.LEFT_OUTER, on=Change.to_partner == To.id, attr="next")
    return rows.where(  # type: ignore[no-any-return]
        Change.organization == organization_id, Change.state == "announced"
    ).first()


def disputable(ctx: Ctx, change: str) -> Disputable:
    """Return how the actor's organization stands with a dispute of its change, or raise `NotFound`; one statement."""
    ctx.actor.require(P.DISPUTE_RAISE)
    own = (Dispute.change == Change.id) & (Dispute.side == "customer")
    rows: Any = Change.select(Change, Dispute).join(Dispute, JOIN.LEFT_OUTER, on=own, attr="own")
    row = rows.where(Change.organization == ctx.actor.organization_id, Change.public_id == change).first()
    if row is None:
        raise NotFound(change)
    found = getattr(row, "own", None)
    until = disputable_until(row.created_at, ctx.programme.relations.dispute_days)
    is_open = row.state != "withdrawn" and ctx.now < until
    return Disputable(row.public_id, found if found is not None and found.id else None, until if is_open else None)
