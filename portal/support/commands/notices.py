"""Mails about tickets: to those who take part in one, each in their language, in one thread."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.support.models import Event, Ticket


def tell(ctx: Ctx, ticket: Ticket, event: Event) -> None:
    """Tell those who take part in a ticket of a public event, but not who did it; nobody hears of an internal one."""
