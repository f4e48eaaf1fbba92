"""The secret address under which a calendar program reads a partner's renewals: made, replaced, dropped."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.ids import random_token
from portal.core.permissions import P
from portal.storage import command
from portal.subscriptions.models import CalendarFeed


@command(P.STORE_OPEN)
def make_feed(ctx: Ctx) -> None:
    """Give the actor a new secret address; the one that they had before stops working."""
    if ctx.actor.partner_id is None:
        raise NotFound
    CalendarFeed.delete().where(CalendarFeed.account == ctx.actor.account_id).execute()
    CalendarFeed.create(
        handle=random_token(), account=ctx.actor.account_id, partner=ctx.actor.partner_id, created_at=ctx.now
    )


@command(P.STORE_OPEN)
def drop_feed(ctx: Ctx) -> None:
    """Let the actor's secret address stop working."""
    CalendarFeed.delete().where(CalendarFeed.account == ctx.actor.account_id).execute()
