"""Remembers the browsers that an account has signed in with, and tells its owner of a new one.

A browser keeps a token for each of the last few accounts that signed in there, joined by full stops; each account knows
its own token's digest. A token that the account does not know is never taken over: nobody can prepare somebody else's
browser with one that they know themselves.
"""

from __future__ import annotations

from datetime import timedelta

from portal.accounts.browsers import named
from portal.accounts.models import Account, Device
from portal.accounts.policy import DEVICE_ACCOUNTS, device_digests
from portal.core.context import Ctx
from portal.core.ids import digest, public_id, random_token
from portal.core.permissions import P
from portal.mail import post
from portal.storage import command

_FIRST = timedelta(days=1)  # after its confirmation an account without any browser is a new one


@command(P.PUBLIC)
def note_device(ctx: Ctx, account_id: int, cookie: str, user_agent: str, address: str) -> str:
    """Note that the account has just signed in with this browser; return the cookie that the browser keeps from now on.

    The owner is told by mail of a browser that is new, except of the first one of a new account.
    """
    tokens = cookie.split(".")[:DEVICE_ACCOUNTS]
    known = set(device_digests(cookie))
    mine = Device.select(Device.digest).where(Device.account == account_id, Device.digest.in_(known)).tuples().first()
    token = next(one for one in tokens if mine and digest(one) == mine[0]) if mine else random_token()
    if mine:
        Device.update(seen_at=ctx.now).where(Device.account == account_id, Device.digest == mine[0]).execute()
    else:
        _remember(ctx, Account.get_by_id(account_id), token, user_agent, address)
    return ".".join([token, *(one for one in tokens if one and one != token)][:DEVICE_ACCOUNTS])


def _remember(ctx: Ctx, account: Account, token: str, user_agent: str, address: str) -> None:
    others = Device.select().where(Device.account == account.id).exists()
    Device.create(account=account.id, digest=digest(token), created_at=ctx.now, seen_at=ctx.now)
    fresh = account.verified_at is not None and ctx.now - account.verified_at < _FIRST
    if others or not fresh:
        _tell(ctx, account, user_agent, address)


def _tell(ctx: Ctx, account: Account, user_agent: str, address: str) -> None:
    browser = named(user_agent)
    post(
        ctx, "new-device", key=f"new-device:{public_id()}", address=account.email, name=account.name,
        language=account.language, browser=browser.name, system=browser.system, network=address,
        at=ctx.now.isoformat(), time_zone=account.time_zone, country=account.country, calendar=account.calendar,
    )


def forget_devices(account_id: int, but: str = "") -> None:
    """Forget an account's browsers, except the one that keeps the cookie `but`. Part of other commands."""
    Device.delete().where(Device.account == account_id, Device.digest.not_in(device_digests(but))).execute()
