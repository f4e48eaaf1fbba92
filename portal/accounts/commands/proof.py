"""Proving once more who is sitting there; it counts for a while, in this session."""

from __future__ import annotations

from portal.accounts.commands.recovery import prove
from portal.accounts.models import Session
from portal.core.context import Ctx
from portal.core.ids import digest
from portal.core.permissions import P
from portal.storage import command


def prove_by_password(ctx: Ctx, password: str, session: str, address: str) -> None:
    """Note that the owner of the account sits at this session. Raises `WrongPassword` or `TooManyAttempts`."""
    prove(ctx, password, address)
    note_proof(ctx, session)


@command(P.ACCOUNT_SETTINGS)
def note_proof(ctx: Ctx, session: str) -> None:
    """Note the proof in the session whose token is `session`, if it is the actor's."""
    Session.update(proved_at=ctx.now).where(
        Session.digest == digest(session), Session.account == ctx.actor.account_id
    ).execute()
