"""Signing up and proving the address."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from portal import audit
from portal.accounts import passwords
from portal.accounts.commands.attempts import count_mail, count_sign_in
from portal.accounts.commands.sessions import open_session
from portal.accounts.commands.tokens import issue_token, redeem
from portal.accounts.commands.verification import mail_verification
from portal.accounts.models import Account
from portal.accounts.policy import (
    TOKEN_LIFETIME,
    Purpose,
    WrongPassword,
    normalize_email,
    normalize_name,
)
from portal.accounts.queries import Link, link
from portal.core.context import Ctx
from portal.core.countries import zone_of
from portal.core.ids import public_id
from portal.core.permissions import P
from portal.mail import post
from portal.storage import command


@dataclass(frozen=True, slots=True)
class Entered:
    """A new session's token, and what the link carried along."""

    session: str
    payload: dict[str, Any]


def sign_up(
    ctx: Ctx, name: str, email: str, password: str, language: str, country: str = "",
    payload: dict[str, Any] | None = None, address: str = "",
) -> str:
    """Create an unconfirmed account, or renew one, and mail its link; tell an existing account's owner instead.

    Answer and time are the same in all cases. Returns the mark by which `verify_email` recognizes the browser that
    chose this password. Raises `DomainError` on `password`, and `TooManyAttempts`.
    """
    email = normalize_email(email)
    passwords.check_choice(ctx, password, email, name)
    count_mail(ctx, "sign-up", email, address)
    stored = passwords.hashed(password)
    _register(ctx, normalize_name(name), email, stored, language, country, payload)
    return passwords.mark(stored)


@command(P.PUBLIC)
def _register(
    ctx: Ctx, name: str, email: str, stored: str, language: str, country: str, payload: dict[str, Any] | None
) -> None:
    answers = {Account.name: name, Account.password_hash: stored, Account.language: language, Account.country: country,
               Account.time_zone: zone_of(country)}
    # One statement for both cases; the row of a confirmed account is neither touched nor returned.
    written = Account.insert(
        {**answers, Account.email: email, Account.created_at: ctx.now, Account.public_id: public_id()}
    ).on_conflict(
        conflict_target=[Account.email], update=answers, where=Account.verified_at.is_null()
    ).returning(Account.id)
    row = next(iter(written.tuples().execute()), None)
    if row is None:
        _tell_owner(ctx, Account.get(Account.email == email))
    else:
        mail_verification(ctx, row[0], email, language, payload)


def _tell_owner(ctx: Ctx, account: Account) -> None:
    """Mail an account's owner, in their language, that they need not sign up, with a link to a new password."""
    handle = issue_token(ctx, Purpose.RESET_PASSWORD, account)
    post(
        ctx, "account-exists", key=f"account-exists:{handle}", address=account.email, name=account.name,
        language=account.language, handle=handle, hours=TOKEN_LIFETIME[Purpose.RESET_PASSWORD].seconds // 3600,
    )


def verify_email(
    ctx: Ctx, token: str, user_agent: str, address: str, chosen: str = "", password: str = ""
) -> Entered:
    """Confirm the address and open a session. Raises `TokenRefused`, `WrongPassword` or `TooManyAttempts`.

    The link proves the mailbox; `chosen` (see `sign_up`) or the password proves that the same person signed up.
    Without the second, somebody could sign up with a stranger's address and wait for them to confirm it.
    """
    pending = link(ctx, Purpose.VERIFY_EMAIL, token)
    if not chose_password(pending, chosen):
        count_sign_in(ctx, pending.email, address)
        if not passwords.matches(pending.password_hash, password):
            raise WrongPassword("password")
    return _confirm(ctx, token, user_agent, address)


def chose_password(pending: Link, chosen: str) -> bool:
    """Tell whether `chosen` is the mark of the account's present password."""
    return pending.password_hash is not None and hmac.compare_digest(passwords.mark(pending.password_hash), chosen)


@command(P.PUBLIC)
def _confirm(ctx: Ctx, token: str, user_agent: str, address: str) -> Entered:
    used = redeem(ctx, Purpose.VERIFY_EMAIL, token)
    Account.update(verified_at=ctx.now).where(Account.id == used.account.id, Account.verified_at.is_null()).execute()
    audit.record(ctx, "account.verified", subject=used.account.public_id)
    return Entered(open_session(ctx, used.account.id, user_agent, address), used.payload)
