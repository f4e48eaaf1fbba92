"""What happens to the browser when somebody comes in or leaves, and where they go then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import g, request, session, url_for
from werkzeug.wrappers import Response

from portal.accounts.commands import sign_out
from portal.applications.queries import own
from portal.core.context import ANYONE, Actor
from portal.core.permissions import P
from portal.directory.queries.entrance import own_organizations
from portal.web.access import ctx
from portal.web.account.device import remember
from portal.web.actors import actor_of
from portal.web.i18n import local_path
from portal.web.render import see_other
from portal.web.resend import offer, opened


def browser() -> dict[str, str]:
    """Return what is noted of the browser beside a session."""
    return {"user_agent": request.user_agent.string, "address": remote_address()}


def remote_address() -> str:
    return request.remote_addr or ""


def enter(token: str, draft: str | None = None) -> None:
    """Put a session's token into a cookie that holds nothing from before.

    Except the draft of an application, and whom the owner of the account may link to it once they are in.
    """
    kept = {name: session[name] for name in ("draft", "claim") if name in session}
    leave()
    session["session"] = token
    session.update(kept | ({"draft": draft} if draft else {}))
    if person := arrival().account_id:
        remember(person, **browser())


def leave() -> None:
    """End the browser's session, if it has one, and forget everything."""
    if token := session.get("session"):
        sign_out(ctx(), token)
    session.clear()
    g.pop("csrf_token", None)  # a form in this very answer needs the token of the new session


def arrival() -> Actor:
    """Return who the browser stands for after `enter`, which this request began before: with half a session, nobody."""
    return actor_of(session["session"], ctx().now, ctx().programme.security) or ANYONE


def onward(to: str | None = None, kept: str | None = None) -> Response:
    """Lead whoever has just entered on: to send the kept form, to the address `to`, or to where they start.

    Whose second factor is still to come is asked for it first, and then goes on there.
    """
    actor = arrival()
    if not actor.signed_in:
        from portal.web.account.sign_in_code import asking  # it lets people enter too

        return asking(to, kept)
    g.ctx = replace(ctx(), actor=actor)  # this answer may be a page already, and greets who has come in
    form = opened(kept)
    return offer(form) if form else see_other(to or home_of(actor))


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
