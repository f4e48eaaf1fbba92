"""Choosing the place in which a person acts who works in several."""

from __future__ import annotations

from portal.accounts.models import Session
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.ids import digest
from portal.core.permissions import P
from portal.storage import command


@command(P.ACCOUNT_SETTINGS)
def choose_place(ctx: Ctx, place: str, session: str) -> None:
    """Let the session whose token is `session`, the actor's own, act in the place with this key from now on.

    Raises `NotFound` unless it is one of the actor's places. Nothing is recorded: each act says for whom it was.
    """
    if place not in {one.key for one in ctx.actor.places}:
        raise NotFound(place)
    Session.update(place=place).where(
        Session.digest == digest(session), Session.account == ctx.actor.account_id
    ).execute()
