"""Signing other browsers out: one, all others, or all of them."""

from __future__ import annotations

from portal import audit
from portal.accounts.commands.devices import forget_devices
from portal.accounts.commands.sessions import end_sessions
from portal.accounts.models import Account, Session
from portal.accounts.queries import own_sessions
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.storage import command


@command(P.ACCOUNT_SETTINGS)
def end_session(ctx: Ctx, public_id: str) -> None:
    """Sign one of the actor's own browsers out. Raises `NotFound`."""
    mine = own_sessions(ctx).where(Session.public_id == public_id).select(Session.id)
    if not Session.delete().where(Session.id.in_(mine)).execute():
        raise NotFound
    audit.record(ctx, "account.session-ended", subject=public_id)


@command(P.ACCOUNT_SETTINGS)
def end_other_sessions(ctx: Ctx, session: str, device: str) -> None:
    """Sign all of the actor's browsers out but the one with the token `session`; those others are forgotten.

    They count as new ones when somebody signs in with them again (see `devices`); `device` is what this one keeps.
    """
    end_sessions(ctx.actor.account_id or 0, but=session)
    forget_devices(ctx.actor.account_id or 0, but=device)
    audit.record(ctx, "account.other-sessions-ended")


@command(P.ACCOUNT_SETTINGS)
def end_all_sessions(ctx: Ctx) -> None:
    """Sign all of the actor's browsers out, and forget them."""
    end_sessions(ctx.actor.account_id or 0)
    forget_devices(ctx.actor.account_id or 0)
    audit.record(ctx, "account.sessions-ended")


@command(P.JOB_RUN)
def end_sessions_of(ctx: Ctx, email: str) -> None:
    """Sign all browsers of an account out, at the word of the operator. `email` is normalized; raises `NotFound`."""
    account = Account.get_or_none(Account.email == email)
    if account is None:
        raise NotFound(email)
    end_sessions(account.id)
    forget_devices(account.id)
    audit.record(ctx, "account.sessions-ended", subject=account.public_id)
