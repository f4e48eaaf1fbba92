"""Going over to another of the places where one works."""

from __future__ import annotations

from dataclasses import replace

from flask import request, session
from werkzeug.wrappers import Response

from portal.accounts.commands.places import choose_place as choose
from portal.core.permissions import P
from portal.web.access import ctx, does, shows
from portal.web.account import pages
from portal.web.account.entrance import arrival, home_of
from portal.web.i18n import local_path
from portal.web.places import fits
from portal.web.render import see_other


@pages.get("/account/place")
@shows(P.ACCOUNT_SETTINGS)
def place() -> Response:
    """Lead home: the address of a form that was sent is in the browser's bar."""
    return see_other(home_of(ctx().actor))


@pages.post("/account/place")
@does(choose)
def choose_place() -> Response:
    key = request.form.get("place", "")
    choose(ctx(), key, session["session"])
    wanted = local_path(request.form.get("next"))
    return see_other(wanted if wanted and fits(wanted, key) else home_of(arrival()))


def settle_in(key: str) -> None:
    """Let a person who has just got a new place begin there; whose second factor is still to come begins as always."""
    person = arrival()
    if person.signed_in:
        choose(replace(ctx(), actor=person), key, session["session"])
