"""New passwords: forgotten ones by mail, known ones in the settings."""

from __future__ import annotations

from portal import audit
from portal.accounts import passwords
from portal.accounts.commands.attempts import count_mail, count_proof
from portal.accounts.commands.devices import forget_devices
from portal.accounts.commands.sessions import end_sessions, open_session
from portal.accounts.commands.tokens import issue_token, redeem
from portal.accounts.models import Account, OneTimeToken
from portal.accounts.policy import TOKEN_LIFETIME, Purpose, WrongPassword, normalize_email
from portal.accounts.queries import link
from portal.core.context import Ctx
from portal.core.errors import Forbidden
from portal.core.ids import public_id
from portal.core.permissions import P
from portal.jobs import enqueue
from portal.mail import post
from portal.storage import command


def request_reset(ctx: Ctx, email: str, address: str) -> None:
    """Ask for a link to a new password. Raises `TooManyAttempts`.

    Whether there is such an account is looked up by a job: the page does the same work in both cases.
    """
    email = normalize_email(email)
    count_mail(ctx, "reset", email, address)
    _ask_for_reset(ctx, email)


@command(P.PUBLIC)
def _ask_for_reset(ctx: Ctx, email: str) -> None:
    handle = public_id()
    enqueue(ctx, "accounts.reset", key=f"accounts.reset:{handle}", email=email, handle=handle)


@command(P.JOB_RUN)
def send_reset(ctx: Ctx, email: str, handle: str) -> None:
    """Mail the link if there is such an account; the same `handle` twice is one mail."""
    account = Account.get_or_none(Account.email == email)
    if account is None or OneTimeToken.get_or_none(OneTimeToken.handle == handle):
        return
    issue_token(ctx, Purpose.RESET_PASSWORD, account, handle=handle)
    post(
        ctx, "reset-password", key=f"reset-password:{handle}", address=account.email,
        name=account.name if account.verified_at else "", language=account.language,
        handle=handle, hours=TOKEN_LIFETIME[Purpose.RESET_PASSWORD].seconds // 3600,
    )


def order_reset(ctx: Ctx, account: Account, lock_out: bool) -> str:
    """Issue a link to a new password at the word of somebody who answers for this person, and return its handle.

    Part of that room's command, which sends the mail. `lock_out`: the old password stops working and all sessions end.
    """
    if lock_out:
        Account.update(password_hash=None).where(Account.id == account.id).execute()
        end_sessions(account.id)
        forget_devices(account.id)
    return issue_token(ctx, Purpose.RESET_PASSWORD, account)


def reset_password(
    ctx: Ctx, token: str, password: str, user_agent: str, address: str, device: str = ""
) -> str:
    """Replace the password, end all sessions, open one and return its token; an unconfirmed address is confirmed.

    Of the browsers that the account knew, it forgets all but the one that keeps `device` (see `devices`). Raises
    `TokenRefused`, or `DomainError` on `password`, which uses nothing up.
    """
    pending = link(ctx, Purpose.RESET_PASSWORD, token)
    passwords.check_choice(ctx, password, pending.email, pending.name)
    return _replace_forgotten(ctx, token, passwords.hashed(password), user_agent, address, device)


@command(P.PUBLIC)
def _replace_forgotten(ctx: Ctx, token: str, stored: str, user_agent: str, address: str, device: str) -> str:
    account = redeem(ctx, Purpose.RESET_PASSWORD, token).account
    account.verified_at = account.verified_at or ctx.now
    _replace(ctx, account, stored)
    end_sessions(account.id)
    forget_devices(account.id, but=device)
    return open_session(ctx, account.id, user_agent, address)


def change_password(
    ctx: Ctx, current: str, password: str, session: str, address: str, device: str = ""
) -> None:
    """Replace the actor's own password and end their other sessions; `session` is the token of this one.

    Other browsers than the one that keeps `device` are forgotten (see `devices`).
    Raises `WrongPassword` on `current`, `DomainError` on `password`, `TooManyAttempts` or `Forbidden`.
    """
    passwords.check_choice(ctx, password, ctx.actor.email, ctx.actor.name)
    account = prove(ctx, current, address, "current")
    _replace_known(ctx, account, passwords.hashed(password), session, device)


def prove(ctx: Ctx, password: str, address: str, field: str = "password") -> Account:
    """Make sure that the account's owner is sitting there: they type their password once more. Return the account.

    Hashes, so call it outside transactions. Raises `WrongPassword` on `field`, `TooManyAttempts` or `Forbidden`.
    """
    ctx.actor.require(P.ACCOUNT_SETTINGS)
    account = Account.get_or_none(Account.id == ctx.actor.account_id)
    if account is None:
        raise Forbidden(P.ACCOUNT_SETTINGS)
    count_proof(ctx, account.id, address)
    if not passwords.matches(account.password_hash, password):
        raise WrongPassword(field)
    return account  # type: ignore[no-any-return]


@command(P.ACCOUNT_SETTINGS)
def _replace_known(ctx: Ctx, account: Account, stored: str, session: str, device: str) -> None:
    _replace(ctx, account, stored)
    end_sessions(account.id, but=session)
    forget_devices(account.id, but=device)


def _replace(ctx: Ctx, account: Account, stored: str) -> None:
    """Store the hash, and tell the owner in case it was not them."""
    account.password_hash = stored
    account.save(only=[Account.password_hash, Account.verified_at])
    audit.record(ctx, "account.password-changed", subject=account.public_id)
    post(
        ctx, "password-changed", key=f"password-changed:{public_id()}", address=account.email, name=account.name,
        language=account.language, at=ctx.now.isoformat(),
    )
