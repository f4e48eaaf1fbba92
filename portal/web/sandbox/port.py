"""What the sandbox's pages share: the gateway behind them, and the ways out."""

from __future__ import annotations

from typing import cast

from werkzeug.wrappers import Response

from portal.adapters.sandbox.gateway import SandboxGateway
from portal.adapters.sandbox.models import SandboxSession
from portal.billing.commands.events import ask_delivery
from portal.core.errors import NotFound
from portal.web.access import ctx
from portal.web.render import page, see_other


def gateway() -> SandboxGateway:
    """Return the gateway; raise `NotFound` when another one is connected."""
    port = ctx().ports.cards
    if port.name != "sandbox":
        raise NotFound
    return cast(SandboxGateway, port)


def visit(reference: str, purpose: str) -> SandboxSession:
    """Return a visit of a page; raise `NotFound` when there is none at this address."""
    found = gateway().page(reference, purpose)
    if found is None:
        raise NotFound(reference)
    return found


def leave(reference: str, return_url: str) -> Response:
    """Send the visitor back to the portal, and the news ahead of them."""
    ask_delivery(ctx(), reference)
    return see_other(return_url)


def closed(session: SandboxSession, status: int = 200) -> Response:
    """Answer that there is nothing left to do on a page, and where to go on."""
    return page("sandbox/closed.html", status=status, session=session)
