"""Error pages in the reader's language, for people and for htmx."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, redirect, request
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from portal.core.context import ANYONE
from portal.core.errors import DomainError, Forbidden, NotFound, ProofNeeded, Stale
from portal.core.words import N_
from portal.web.access import prove_first
from portal.web.i18n import normal_address
from portal.web.places import elsewhere
from portal.web.render import page
from portal.web.resend import offer, opened, sealed

_WORDS = {
    400: (N_("This request could not be read"), N_("Go back, reload the page and try again.")),
    403: (N_("You may not open this page"), N_("Your role does not include it. Ask whoever manages your access.")),
    404: (N_("There is nothing at this address"), N_("It may have moved, or you may not have access to it.")),
    405: (N_("This address does not take that request"), N_("Go back, reload the page and try again.")),
    409: (N_("This was not possible"), N_("Go back, reload the page and try again.")),
    413: (N_("This is too large"), N_("Choose a smaller file and try again.")),
    429: (N_("Too many attempts"), N_("Wait a few minutes and try again.")),
    500: (N_("Something went wrong on our side"), N_("Nothing was lost. Try again in a moment.")),
}
_EXPIRED = (
    N_("The page was open for too long"),
    N_("Nothing was saved. Go back, reload the page and send the form again; what you typed is still there."),
)


def init_app(app: Flask) -> None:
    app.register_error_handler(NotFound, lambda _error: error_page(404))
    app.register_error_handler(Forbidden, lambda _error: error_page(403))
    app.register_error_handler(ProofNeeded, lambda _error: prove_first())
    app.register_error_handler(DomainError, _refused)
    app.register_error_handler(CSRFError, _expired)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(500, _broken)


def _broken(_error: Exception) -> Response:
    """Answer as to a stranger, without a question to the database: it may be what is broken."""
    g.ctx = current_app.extensions["make_ctx"](ANYONE)
    g.visitor = ANYONE
    return error_page(500)


def _expired(_error: CSRFError) -> Response:
    """The token is of a session that has ended: offer to send what was typed with a new one."""
    kept = opened(sealed())
    return offer(kept, 400) if kept else error_page(400, *_EXPIRED)


def _http(error: HTTPException) -> Response:
    if error.code == 404 and request.routing_exception is not None:
        target = normal_address()
        if target and request.method in {"GET", "HEAD"}:
            response = redirect(target)
            response.vary.update(["Accept-Language", "Cookie"])
            response.headers["Cache-Control"] = "private"
            return response
    if error.code in {301, 302, 303, 307, 308}:
        return error.get_response()
    response = error_page(error.code or 500)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.allow.update(error.valid_methods)
    return response


def _refused(error: DomainError) -> Response:
    """A rule refused and the view had no form to show it in."""
    return error_page(409, detail=None if isinstance(error, Stale) else error)


def error_page(status: int, title: str | None = None, text: str | None = None, **context: Any) -> Response:
    """Answer with an error page; `title` and `text` are catalog messages."""
    words = _WORDS.get(status, _WORDS[500 if status >= 500 else 400])
    detail = context.get("detail")
    return page(
        "web/error.html", status=status, heading=gettext(title or words[0]),
        text=gettext(detail.message, **detail.params) if detail else gettext(text or words[1]),
        elsewhere=elsewhere(g.ctx.actor) if status in (403, 404) else [],
    )
