"""What a partner keeps of customers that leave or have left: dates, terms, obligations, its own acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, ModelSelect

from portal.audit.models import Event
from portal.audit.queries import of_partner
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.queries import assigned
from portal.relations.models import Change, Dispute
from portal.relations.policy.disputes import disputable_until
from portal.storage.paging import keyset

SIZE = 25


@dataclass(frozen=True, slots=True)
class Former:
    """A customer that leaves or has left, as its partner of then sees it; who comes next it is not told.

    `came` is the change by which the customer had come, with the terms agreed then; None where the partner had added
    it. `dispute` is the partner's own, and `disputable` is until when it may raise one, None when that is over.
    """

    change: Change
    organization_id: int
    name: str
    time_zone: str
    customer_since: datetime
    came: Change | None
    dispute: Dispute | None
    disputable: datetime | None


def visible_to(actor: Actor) -> ModelSelect[Change]:
    """Return the changes by which customers leave or have left the actor's partner.

    For whom a customer was chosen ends with the relation: whoever sees chosen ones keeps none that have left.
    """
    if actor.partner_id is None:
        return Change.select().where(Change.id.in_([]))
    return Change.select().where(
        Change.from_partner == actor.partner_id, Change.state.in_(["announced", "done"]),
        assigned(actor, Change.organization))


def former_customers(ctx: Ctx, after: str | None = None, size: int = SIZE) -> Page[Change]:
    """Return a page of the customers that leave or have left the actor's partner, the latest first."""
    ctx.actor.require(P.STORE_OPEN)
    query = visible_to(ctx.actor).select(Change, Organization).join(Organization)
    return keyset(query, (Change.id,), lambda row: [row.id], after, size, descending=True)


def former_customer(ctx: Ctx, change: str) -> Former:
    """Return what the actor's partner keeps of a former customer, in two statements, or raise `NotFound`."""
    ctx.actor.require(P.STORE_OPEN)
    own = (Dispute.change == Change.id) & (Dispute.side == "partner")
    row: Any = (
        visible_to(ctx.actor).select(Change, Organization, Dispute).join(Organization).switch(Change)
        .join(Dispute, JOIN.LEFT_OUTER, on=own, attr="own").where(Change.public_id == change).first()
    )
    if row is None:
        raise NotFound(change)
    came = _came(row)
    since = came.done_at if came is not None and came.done_at else row.organization.created_at
    until = disputable_until(row.created_at, ctx.programme.relations.dispute_days)
    return Former(
        row, row.organization_id, row.organization.name, row.organization.time_zone, since, came,
        _joined(row, "own"), until if ctx.now < until else None,
    )


def acts_before(actor: Actor, former: Former) -> ModelSelect[Event]:
    """Return what the actor's own partner did for a customer until it left."""
    own = of_partner(actor, former.organization_id)
    return own.where(Event.at <= former.change.done_at) if former.change.done_at else own


def _came(change: Change) -> Change | None:
    """Return the last change before this one by which the customer had come to the partner that it leaves."""
    earlier = Change.select().where(
        Change.organization == change.organization_id, Change.to_partner == change.from_partner_id,
        Change.state == "done", Change.id < change.id,
    )
    return earlier.order_by(Change.id.desc()).first()  # type: ignore[no-any-return]


def _joined(row: Any, name: str) -> Any:
    """Return a row that was joined where there was one, else None."""
    found = getattr(row, name, None)
    return found if found is not None and found.id else None
