"""Flask-Login's view of who is signed in.

Extensions and templates that know Flask-Login find `current_user`; its id is the token of the session row. The row is
read once per request by the guard (`portal.web.actors`), so this asks the database nothing. Signing in and out are
commands that write and delete the row: `login_user`, remember-me cookies and Flask-Login's own session keys are not
used, because a copy of them could not be revoked.
"""

from __future__ import annotations

from flask import Request, session
from flask_login import UserMixin

from portal.core.context import Actor
from portal.web.access import ctx, login, sign_in_first


class SignedIn(UserMixin):  # type: ignore[misc]
    """The signed-in person as Flask-Login wants to see them."""

    def __init__(self, token: str, actor: Actor) -> None:
        self.token, self.actor = token, actor

    def get_id(self) -> str:
        return self.token


def of_request(_request: Request) -> SignedIn | None:
    actor = ctx().actor
    return SignedIn(session["session"], actor) if actor.signed_in else None


login.request_loader(of_request)
login.unauthorized_handler(sign_in_first)
