"""The changes of partner that an organization has seen, and one of them."""

from __future__ import annotations

from typing import Any

from peewee import JOIN

from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.relations.models import Change

SHOWN = 20  # the latest; an organization that changes more often has the record
Former, Next = Partner.alias(), Partner.alias()


def history(organization_id: int) -> list[Any]:
    """Return an organization's changes of partner, the latest first, each with its `former` and `next` partner."""
    return list(_with_partners().where(Change.organization == organization_id).order_by(Change.id.desc()).limit(SHOWN))


def find_change(ctx: Ctx, change: str) -> Any:
    """Return a change of the actor's organization with its partners, or raise `NotFound`; one statement."""
    ctx.actor.require(P.DISPUTE_RAISE)
    row = _with_partners().where(
        Change.organization == ctx.actor.organization_id, Change.public_id == change
    ).first()
    if row is None:
        raise NotFound(change)
    return row


def _with_partners() -> Any:
    return (
        Change.select(Change, Former, Next)
        .join(Former, JOIN.LEFT_OUTER, on=Change.from_partner == Former.id, attr="former").switch(Change)
        .join(Next, JOIN.LEFT_OUTER, on=Change.to_partner == Next.id, attr="next")
    )


def name_of(change: Any, side: str) -> str:
    """Return the name of the `former` or `next` partner of a change that was read with them; empty for none."""
    found = getattr(change, side, None)
    return str(found.name) if found is not None and found.id else ""
