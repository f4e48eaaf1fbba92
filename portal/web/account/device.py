"""The cookie by which accounts know a browser again; it outlives sessions and opens nothing."""

from __future__ import annotations

from flask import after_this_request, request
from werkzeug.wrappers import Response

from portal.accounts.commands.devices import note_device
from portal.accounts.policy import DEVICE_LIFETIME
from portal.web.access import ctx
from portal.web.cookies import cookie

DEVICE = "device"
_LONGEST = 400  # a few tokens


def device() -> str:
    """Return what this browser keeps, or nothing."""
    kept = request.cookies.get(cookie(DEVICE), "")
    return kept if len(kept) <= _LONGEST else ""


def remember(account_id: int, user_agent: str, address: str) -> None:
    """Note that somebody has come in with this browser, and let the answer to this request refresh its cookie."""
    kept = note_device(ctx(), account_id, device(), user_agent, address)

    @after_this_request
    def _keep(response: Response) -> Response:
        response.set_cookie(cookie(DEVICE), kept, max_age=DEVICE_LIFETIME, httponly=True, samesite="Lax",
                            secure=request.is_secure)
        return response
