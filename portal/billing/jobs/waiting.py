"""When to ask the gateway again, and where its pages send people back to."""

from __future__ import annotations

from datetime import datetime, timedelta

from portal.core.context import Ctx

AGAIN = timedelta(minutes=1)  # after the gateway did not answer
_SOON, _SELDOM = timedelta(seconds=5), timedelta(minutes=10)  # between questions about what waits for a person


def next_look(ctx: Ctx, since: datetime) -> datetime:
    """Return when to ask again: less and less often. A webhook, or the person who comes back, is acted on at once."""
    return ctx.now + min(max(_SOON, (ctx.now - since) / 10), _SELDOM)


def back(ctx: Ctx, what: str, public_id: str) -> str:
    """Return where the gateway's page sends the person afterwards."""
    return f"{ctx.base_url}/cards/back/{what}/{public_id}"
