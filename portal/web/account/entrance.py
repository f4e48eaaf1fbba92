"""What happens to the browser when somebody comes in or leaves, and where they go then."""

from __future__ import annotations

from typing import Any

from flask import g, request, session, url_for

from portal.accounts.commands import sign_out
from portal.applications.queries import own
from portal.core.context import Actor
from portal.core.permissions import P
from portal.directory.queries.entrance import own_organizations
from portal.web.access import ctx
from portal.web.actors import actor_of
from portal.web.i18n import local_path


def browser() -> dict[str, str]:
    """Return what is noted of the browser beside a session."""
    return {"user_agent": request.user_agent.string, "address": remote_address()}


def remote_address() -> str:
    return request.remote_addr or ""


def enter(token: str, draft: str | None = None) -> None:
    """Put a session's token into a cookie that holds nothing from before, except the draft of an application."""
    kept = draft or session.get("draft")
    leave()
    session["session"] = token
    if kept:
        session["draft"] = kept


def leave() -> None:
    """End the browser's session, if it has one, and forget everything."""
    if token := session.get("session"):
        sign_out(ctx(), token)
    session.clear()
    g.pop("csrf_token", None)  # a form in this very answer needs the token of the new session


def arrival() -> Actor:
    """Return who the browser stands for after `enter`: this request began before it."""
    actor = actor_of(session["session"], ctx().now, ctx().programme.security)
    assert actor is not None
    return actor


def wanted() -> str | None:
    """Return the page of this portal to go on to, if the address names one."""
    return local_path(request.args.get("next"))


def home_of(actor: Actor) -> str:
    """Return where a person starts: desk, Partner Store, the organization they administer, their application, home."""
    if actor.unsecured:
        return url_for("account.second_factor")
    for endpoint, permission in (("desk.home", P.DESK_OPEN), ("store.home", P.STORE_OPEN)):
        if actor.can(permission):
            return url_for(endpoint)
    for public_id, _name in own_organizations(actor.account_id):
        return url_for("organization.home", organization=public_id)
    return url_for("public.application" if own(actor).exists() else "public.home")


def here(endpoint: str, **values: Any) -> str:
    """Return the address of another page of this flow, which keeps where the reader wants to go."""
    return url_for(endpoint, next=wanted(), **values)
