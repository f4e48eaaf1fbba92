"""Signing in and out."""

from __future__ import annotations

from portal.accounts import passwords
from portal.accounts.commands.attempts import count_sign_in
from portal.accounts.commands.verification import mail_verification
from portal.accounts.models import Account, OneTimeToken, Session
from portal.accounts.policy import (
    HALF_SESSION,
    SESSION_LIFETIME,
    NotVerified,
    Purpose,
    SignInExpired,
    WrongCredentials,
    normalize_email,
)
from portal.core.context import Ctx
from portal.core.ids import digest, random_token
from portal.core.permissions import P
from portal.storage import command


def sign_in(ctx: Ctx, email: str, password: str, user_agent: str, address: str, device: str = "") -> str:
    """Open a session and return its token; it is half a session where a second factor is still to come.

    `device` is what the browser keeps (see `devices`): one that the account knows is not hindered by others' tries.

    Raises `TooManyAttempts`, `WrongCredentials` (after the same time whether or not the account exists) or, for the
    right password of an unconfirmed address, `NotVerified` after mailing a fresh link.
    """
    email = normalize_email(email)
    count_sign_in(ctx, email, address, device)
    account = Account.get_or_none(Account.email == email)
    stored = account.password_hash if account else None
    genuine = passwords.matches(stored, password)
    if account is None or stored is None or not genuine:
        raise WrongCredentials
    if account.verified_at is None:
        _remind(ctx, account)
        raise NotVerified(passwords.mark(stored))
    fresh = passwords.hashed(password) if passwords.outdated(stored) else None
    return _enter(ctx, account, fresh, user_agent, address)


@command(P.PUBLIC)
def _remind(ctx: Ctx, account: Account) -> None:
    """Mail a fresh link that leads where the first one led."""
    mine = (OneTimeToken.account == account) & (OneTimeToken.purpose == Purpose.VERIFY_EMAIL)
    last = OneTimeToken.select().where(mine).order_by(OneTimeToken.id.desc()).first()
    mail_verification(ctx, account.id, account.email, account.language, last.payload if last else None)


@command(P.PUBLIC)
def _enter(ctx: Ctx, account: Account, fresh_hash: str | None, user_agent: str, address: str) -> str:
    if fresh_hash:
        unchanged = (Account.id == account.id) & (Account.password_hash == account.password_hash)
        Account.update(password_hash=fresh_hash).where(unchanged).execute()
    return open_session(ctx, account.id, user_agent, address)


def open_session(ctx: Ctx, account_id: int, user_agent: str, address: str, method: str = "password") -> str:
    """Write a session's row and return its token, which the database does not keep. Part of other commands.

    `method`: `password`, `link` or `sign-on`, after each of which somebody with a second factor has half a session and
    is nobody until the factor follows (see `second_factor.complete_sign_in`); or `passkey`, which is both factors.
    """
    secured = Account.select().where(Account.id == account_id, Account.second_factor_at.is_null(False)).exists()
    if secured and method != "passkey":
        return _write(ctx, account_id, user_agent, address, method, stage="code")
    return open_full_session(ctx, account_id, user_agent, address, method)


def open_full_session(ctx: Ctx, account_id: int, user_agent: str, address: str, method: str) -> str:
    """Write the row of somebody who has proved all that they had to; return its token. Part of other commands."""
    Account.update(signed_in_at=ctx.now).where(Account.id == account_id).execute()
    return _write(ctx, account_id, user_agent, address, method, stage="full")


def _write(ctx: Ctx, account_id: int, user_agent: str, address: str, method: str, stage: str) -> str:
    token, full = random_token(), stage == "full"
    Session.create(
        digest=digest(token), account=account_id, created_at=ctx.now, seen_at=ctx.now,
        expires_at=ctx.now + (SESSION_LIFETIME if full else HALF_SESSION), proved_at=ctx.now if full else None,
        user_agent=user_agent[:200], address=address[:64], stage=stage, method=method,
    )
    return token


def half_session(ctx: Ctx, token: str | None) -> Session:
    """Return the row of a sign-in whose second factor is still to come. Raises `SignInExpired`."""
    row = Session.get_or_none(
        Session.digest == digest(token or ""), Session.stage == "code", Session.expires_at > ctx.now
    )
    if row is None:
        raise SignInExpired
    return row  # type: ignore[no-any-return]


@command(P.PUBLIC)
def sign_out(ctx: Ctx, token: str) -> None:
    """End the session of `token`; the browser's copy of the token opens nothing any more."""
    Session.delete().where(Session.digest == digest(token)).execute()


def end_sessions(account_id: int, but: str = "") -> None:
    """End all sessions of an account, except the one whose token is `but`. Part of other commands."""
    Session.delete().where(Session.account == account_id, Session.digest != digest(but)).execute()
