"""The browsers in which a person is signed in, and signing them out."""

from __future__ import annotations

from flask import request, session, url_for
from werkzeug.wrappers import Response

from portal.accounts.browsers import named
from portal.accounts.commands import own_sessions
from portal.accounts.queries import signed_in
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.account import pages
from portal.web.account.device import device
from portal.web.account.entrance import arrival, leave
from portal.web.render import notify, page, see_other

METHODS = {
    "password": N_("With the password"),
    "sign-on": N_("At an identity provider"),
    "passkey": N_("With a passkey"),
    "link": N_("By a link from a mail"),
}


@pages.get("/account/sessions")
@shows(P.ACCOUNT_SETTINGS)
def sessions() -> Response:
    found = signed_in(ctx(), session["session"], request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("account.sessions", after=cursor) if cursor else None

    return page("account/sessions.html", rows=found.rows, named=named, methods=METHODS,
                previous_url=turn(found.previous), next_url=turn(found.next))


@pages.get("/account/sessions/<any(others, all):session_act>")
@pages.get("/account/sessions/<session_id>/end")
@shows(P.ACCOUNT_SETTINGS)
def session_acts(**_where: str) -> Response:
    """Lead to the list: the address of an act is in the browser's bar when it was refused."""
    return see_other(url_for("account.sessions"))


@pages.post("/account/sessions/<session_id>/end")
@does(own_sessions.end_session)
def end_session(session_id: str) -> Response:
    own_sessions.end_session(ctx(), session_id)
    if not arrival().signed_in:
        return _left(N_("You are signed out here."))
    notify("success", N_("That browser is signed out."))
    return see_other(url_for("account.sessions"))


@pages.post("/account/sessions/others")
@does(own_sessions.end_other_sessions)
def end_other_sessions() -> Response:
    own_sessions.end_other_sessions(ctx(), session["session"], device())
    notify("success", N_("All other browsers are signed out."))
    return see_other(url_for("account.sessions"))


@pages.post("/account/sessions/all")
@does(own_sessions.end_all_sessions)
def end_all_sessions() -> Response:
    own_sessions.end_all_sessions(ctx())
    return _left(N_("You are signed out everywhere."))


def _left(words: str) -> Response:
    leave()
    notify("success", words)
    return see_other(url_for("public.home"))
