"""Who is asking, and the guard: no view without a mark, nothing without a grant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager
from werkzeug.wrappers import Response

from portal.core.context import ANYONE, Actor, Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.storage import database, is_postgresql
from portal.storage.commands import Command
from portal.web.actors import actor_of
from portal.web.render import see_other
from portal.web.resend import sealed

View = TypeVar("View", bound=Callable[..., Any])
_MEGABYTE = 1024 * 1024
Realm = Callable[[Ctx, dict[str, Any]], Actor]

login = LoginManager()


def shows(permission: P, realm: Realm | None = None) -> Callable[[View], View]:
    """Mark a view that reads. `realm` may narrow the actor first (an organization's console does)."""

    def mark(view: View) -> View:
        view.permission, view.realm = permission, realm  # type: ignore[attr-defined]
        return view

    return mark


def does(command: Command[..., Any], realm: Realm | None = None) -> Callable[[View], View]:
    """Mark a view that carries out a command: it needs what the command needs."""
    return shows(command.permission, realm)


def takes_files(view: View) -> View:
    """Mark a view whose form brings files of a ticket: its body may be as large as the programme allows them."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


PUBLIC = shows(P.PUBLIC)


def ctx() -> Ctx:
    """Return the context of this request: its actor, the instant it began."""
    return g.ctx  # type: ignore[no-any-return]


def init_app(app: Flask) -> None:
    # The session is a row that can be revoked; binding it to address and browser would throw out people on phones.
    login.session_protection = None
    login.init_app(app, add_context_processor=False)
    app.before_request(_open_database)
    app.before_request(_guard)
    app.teardown_request(_close_database)


def _open_database() -> None:
    g.opened = database.connect(reuse_if_open=True)


def _close_database(_error: BaseException | None) -> None:
    """Give a pooled connection back. SQLite's stays with its thread: opening it costs more than a page."""
    if g.pop("opened", False) and is_postgresql():
        database.close()


def _guard() -> Response | None:
    """Build the actor and let the request through only if the view's mark is granted to them."""
    make_ctx = current_app.extensions["make_ctx"]
    g.ctx = make_ctx(ANYONE)
    actor = actor_of(session.get("session"), g.ctx.now, g.ctx.programme.security)
    g.ctx = make_ctx(actor or ANYONE, g.ctx.now)
    if request.endpoint is None:
        return None
    if "\0" in request.path:  # PostgreSQL takes no such text, not even to look for it
        abort(404)
    view = current_app.view_functions[request.endpoint]
    permission: P | None = getattr(view, "permission", None)
    if permission is None:
        abort(403)
    return _allowed(view, permission)


def _allowed(view: Any, permission: P) -> Response | None:
    if permission is P.PUBLIC:
        return None
    if not g.ctx.actor.signed_in:
        return sign_in_first()
    if g.ctx.actor.unsecured and (view.realm or not g.ctx.actor.can(permission)):
        return _secure_first()
    if view.realm:
        try:
            narrowed = view.realm(g.ctx, request.view_args or {})
        except NotFound:
            abort(404)
        inside = current_app.extensions["make_ctx"](narrowed, g.ctx.now)
        g.ctx = replace(inside, reason=request.form.get("reason", "").replace("\0", "").strip())
    g.ctx.actor.require(permission)
    if getattr(view, "takes_files", False):  # for nobody else: strangers send no large bodies
        support = g.ctx.programme.support
        request.max_content_length = support.attachments * support.attachment_mb * _MEGABYTE + 4 * _MEGABYTE
    return None


def _secure_first() -> Response:
    """Lead somebody who must set up a second factor there, and then on to where they want to go."""
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return see_other(url_for("account.second_factor", next=back))


def sign_in_first() -> Response:
    """Send a signed-out reader to the sign-in page and back to where they wanted to go; what they typed is kept."""
    from portal.web.account.sign_in import keeping  # all pages stand on this module, that one too

    back = request.full_path.rstrip("?") if request.method == "GET" else None
    kept = sealed()
    return keeping(kept) if kept else redirect(
        url_for("account.sign_in", next=back), 303 if request.method == "POST" else 302)


def prove_first() -> Response:
    """Ask somebody who may do this to prove that it is them, and go on where they were; what they typed is kept.

    A form that must not be kept, or has nothing to keep, leads back to the page that its address shows.
    """
    from portal.web.account.proof import keeping

    kept = sealed()
    return keeping(kept) if kept else see_other(url_for("account.prove", next=request.full_path.rstrip("?")))
