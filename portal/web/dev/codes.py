"""The local authenticator: what the apps of this machine's accounts show at this moment."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.wrappers import Response

from portal.accounts.commands.second_factor import STEP_SECONDS, code_at, step_of
from portal.accounts.queries import apps
from portal.web.access import PUBLIC, ctx
from portal.web.dev import pages
from portal.web.render import page


@dataclass(frozen=True, slots=True)
class Shown:
    """One app: whose it is, its code now and the next one, and whether it waits for its first code."""

    email: str
    code: str
    following: str
    waits: bool


@pages.get("/codes")
@PUBLIC
def codes() -> Response:
    step = step_of(ctx().now)
    left = STEP_SECONDS - int(ctx().now.timestamp()) % STEP_SECONDS
    shown = [Shown(email, code_at(secret, step), code_at(secret, step + 1), not confirmed)
             for email, secret, confirmed in apps(ctx())]
    return page("dev/codes.html", shown=shown, left=left)
