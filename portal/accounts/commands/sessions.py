"""Signing in and out."""

from __future__ import annotations

from portal.accounts import passwords
from portal.accounts.commands.attempts import count_sign_in
from portal.accounts.commands.verification import mail_verification
from portal.accounts.models import Account, OneTimeToken, Session
from portal.accounts.policy import SESSION_LIFETIME, NotVerified, Purpose, WrongCredentials, normalize_email
from portal.core.context import Ctx
from portal.core.ids import digest, random_token
from portal.core.permissions import P
from portal.storage import command


def sign_in(ctx: Ctx, email: str, password: str, user_agent: str, address: str) -> str:
    """Open a session and return its token.

    Raises `TooManyAttempts`, `WrongCredentials` (after the same time whether or not the account exists) or, for the
    right password of an unconfirmed address, `NotVerified` after mailing a fresh link.
    """
    email = normalize_email(email)
    count_sign_in(ctx, email, address)
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


def open_session(ctx: Ctx, account_id: int, user_agent: str, address: str) -> str:
    """Write a session's row and return its token, which the database does not keep. Part of other commands."""
    token = random_token()
    Account.update(signed_in_at=ctx.now).where(Account.id == account_id).execute()
    Session.create(
        digest=digest(token), account=account_id, created_at=ctx.now, seen_at=ctx.now,
        expires_at=ctx.now + SESSION_LIFETIME, proved_at=ctx.now, user_agent=user_agent[:200], address=address[:64],
    )
    return token


@command(P.PUBLIC)
def sign_out(ctx: Ctx, token: str) -> None:
    """End the session of `token`; the browser's copy of the token opens nothing any more."""
    Session.delete().where(Session.digest == digest(token)).execute()


def end_sessions(account_id: int, but: str = "") -> None:
    """End all sessions of an account, except the one whose token is `but`. Part of other commands."""
    Session.delete().where(Session.account == account_id, Session.digest != digest(but)).execute()
