"""What pages with a passkey button share: the question that the browser keeps, and whether passkeys can work here."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from flask import session
from werkzeug.wrappers import Response

from portal.accounts.commands.passkeys import Question
from portal.web.access import ctx

_KEPT = "passkey"


def possible() -> bool:
    """Tell whether passkeys can work: they are bound to a name, so not on a portal that is reached by its number."""
    host = urlsplit(ctx().base_url).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return True
    return False


def put(question: Question) -> Response:
    """Answer the page's script with a question; the browser keeps its token."""
    session[_KEPT] = question.token
    return Response(question.options, mimetype="application/json", headers={"Cache-Control": "no-store"})


def kept() -> str:
    """Return the token of the question that was put to this browser, once."""
    return str(session.pop(_KEPT, ""))
