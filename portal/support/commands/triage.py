"""What staff decide about a ticket: who works on it, how severe it is, what belongs together."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.support.models import Ticket


def offer(ctx: Ctx, ticket: Ticket) -> None:
    """Give a new ticket to whom it suits best by language, region and load; nobody, if nobody is there."""
