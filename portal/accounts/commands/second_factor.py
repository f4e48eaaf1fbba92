"""The second factor: an authenticator app that shows a code every half minute, and recovery codes on paper."""

from __future__ import annotations

import base64
import hmac
import secrets
from contextlib import suppress
from datetime import datetime

import pyotp

from portal import audit
from portal.accounts.commands.attempts import count_code
from portal.accounts.commands.devices import forget_devices
from portal.accounts.commands.proof import note_proof
from portal.accounts.commands.sessions import end_sessions, half_session, open_full_session
from portal.accounts.models import Account, Passkey, RecoveryCode, Session, Totp
from portal.accounts.policy import (
    APP_WAIT,
    CODE_DIGITS,
    RECOVERY_CODES,
    SignInExpired,
    TooManyAttempts,
    WrongCode,
    normalize_code,
)
from portal.accounts.secrets import seal, unseal
from portal.core.context import Ctx
from portal.core.errors import NotFound, ProofNeeded
from portal.core.ids import derive, public_id
from portal.core.permissions import P
from portal.mail import post
from portal.storage import command, transaction

STEP_SECONDS = 30
_SECRET_BYTES = 20  # RFC 4226 asks for 160 bits
_PAPER = "23456789abcdefghjkmnpqrstuvwxyz"  # nobody mixes these up


def new_secret() -> str:
    """Return the secret of an app, as apps spell it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """Return what an app with this secret shows in the half minute with this number."""
    return pyotp.TOTP(secret).generate_otp(step)


def step_of(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


# ---- Setting up ----


@command(P.ACCOUNT_SETTINGS)
def start_app(ctx: Ctx) -> None:
    """Make a secret for an authenticator app; a former app works until the new one has shown a right code.

    Raises `ProofNeeded`: whoever finds an open browser must not make its owner's account theirs.
    """
    needs_proof(ctx)
    pending = {Totp.pending: seal(ctx, new_secret()), Totp.pending_at: ctx.now}
    Totp.insert({**pending, Totp.account: ctx.actor.account_id, Totp.created_at: ctx.now}).on_conflict(
        conflict_target=[Totp.account], update=pending
    ).execute()


def confirm_app(ctx: Ctx, code: str, session: str, address: str, device: str = "") -> list[str]:
    """Take the app that shows `code` as the actor's second factor; return ten recovery codes, which nobody sees again.

    All other sessions end; `session` is the token of this one. Raises `WrongCode`, `TooManyAttempts`, `ProofNeeded`,
    or `NotFound` where no app waits for its first code.
    """
    ctx.actor.require(P.ACCOUNT_SETTINGS)
    needs_proof(ctx)
    _count(ctx, ctx.actor.account_id, address, device)
    return _confirm(ctx, code, session)


@command(P.ACCOUNT_SETTINGS)
def _confirm(ctx: Ctx, code: str, session: str) -> list[str]:
    row = Totp.get_or_none(Totp.account == ctx.actor.account_id, Totp.pending != "",
                           Totp.pending_at > ctx.now - APP_WAIT)
    if row is None:
        raise NotFound
    step = _step(ctx, row.pending, normalize_code(code))
    taken = {"secret": row.pending, "confirmed_at": ctx.now, "last_step": step, "pending": "", "pending_at": None}
    if not Totp.update(**taken).where(Totp.id == row.id, Totp.pending == row.pending).execute():
        raise NotFound
    account = _account(ctx)
    Account.update(second_factor_at=account.second_factor_at or ctx.now).where(Account.id == account.id).execute()
    end_sessions(account.id, but=session)
    audit.record(ctx, "account.second-factor-set", subject=account.public_id)
    tell(ctx, account, "app-set")
    return _fresh_codes(ctx, account.id)


@command(P.ACCOUNT_SETTINGS)
def renew_codes(ctx: Ctx) -> list[str]:
    """Replace the actor's recovery codes and return the new ones. Raises `ProofNeeded`, or `NotFound` without app."""
    needs_proof(ctx)
    account = _account(ctx)
    if account.second_factor_at is None:
        raise NotFound
    audit.record(ctx, "account.recovery-codes-renewed", subject=account.public_id)
    tell(ctx, account, "codes-renewed")
    return _fresh_codes(ctx, account.id)


@command(P.ACCOUNT_SETTINGS)
def remove_app(ctx: Ctx, session: str) -> None:
    """Sign in without a second factor from now on; all sessions but `session` end. Raises `ProofNeeded`."""
    needs_proof(ctx)
    account = _account(ctx)
    if account.second_factor_at is None:
        return
    _forget(account.id)
    end_sessions(account.id, but=session)
    audit.record(ctx, "account.second-factor-removed", subject=account.public_id)
    tell(ctx, account, "app-removed")


def _fresh_codes(ctx: Ctx, account_id: int) -> list[str]:
    RecoveryCode.delete().where(RecoveryCode.account == account_id).execute()
    codes = ["-".join(_paper(5) for _ in range(2)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.insert_many([
        {"account": account_id, "digest": _digest(ctx, account_id, normalize_code(code)), "created_at": ctx.now}
        for code in codes
    ]).execute()
    return codes


def _paper(letters: int) -> str:
    return "".join(secrets.choice(_PAPER) for _ in range(letters))


def _digest(ctx: Ctx, account_id: int, code: str) -> str:
    """Return what is kept of a recovery code: keyed, because codes are short enough to be tried one by one."""
    return derive(ctx.secret, "recovery-code", f"{account_id}:{code}")


# ---- Signing in ----


def complete_sign_in(
    ctx: Ctx, half: str, code: str, user_agent: str, address: str, device: str = ""
) -> str:
    """Follow half a session (its token) up with a code of the app or a recovery code; return a new session's token.

    Raises `SignInExpired`, `WrongCode` or `TooManyAttempts`.
    """
    row = half_session(ctx, half)
    _count(ctx, row.account_id, address, device)
    return _complete(ctx, row, normalize_code(code), user_agent, address)


@command(P.PUBLIC)
def _complete(ctx: Ctx, row: Session, code: str, user_agent: str, address: str) -> str:
    account = Account.get_by_id(row.account_id)
    if not use_app_code(ctx, account.id, code):
        _use_recovery_code(ctx, account, code)
    return follow_up(ctx, row, user_agent, address)


def follow_up(ctx: Ctx, row: Session, user_agent: str, address: str) -> str:
    """Put a full session in the place of half a one: of two that come at once, one finds it. Part of other commands."""
    if not Session.delete().where(Session.id == row.id, Session.stage == "code").execute():
        raise SignInExpired
    return open_full_session(ctx, row.account_id, user_agent, address, str(row.method))


def use_app_code(ctx: Ctx, account_id: int, code: str) -> bool:
    """Use a code of the account's app up and tell whether it was one. Part of other commands."""
    row = Totp.get_or_none(Totp.account == account_id, Totp.confirmed_at.is_null(False))
    if row is None:
        return False
    with suppress(WrongCode):
        step = _step(ctx, row.secret, code)
        unused = (Totp.id == row.id) & (Totp.last_step < step)
        return bool(Totp.update(last_step=step).where(unused).execute())
    return False


def _step(ctx: Ctx, sealed: str, code: str) -> int:
    """Return the number of the half minute whose code this is; clocks may be one apart. Raises `WrongCode`."""
    try:
        secret = unseal(ctx, sealed)
    except ValueError as error:  # the server's key was changed: only a reset helps
        raise WrongCode from error
    present = step_of(ctx.now)
    right = [step for step in (present - 1, present, present + 1)
             if hmac.compare_digest(code_at(secret, step).encode(), code.encode())]
    if not right or len(code) != CODE_DIGITS:
        raise WrongCode
    return right[-1]


def _use_recovery_code(ctx: Ctx, account: Account, code: str) -> None:
    unused = (RecoveryCode.account == account.id) & RecoveryCode.used_at.is_null()
    given = RecoveryCode.digest == _digest(ctx, account.id, code)
    if not RecoveryCode.update(used_at=ctx.now).where(unused, given).execute():
        raise WrongCode
    audit.record(ctx, "account.recovery-code-used", subject=account.public_id)
    tell(ctx, account, "code-used", left=RecoveryCode.select().where(unused).count())


def _count(ctx: Ctx, account_id: int | None, address: str, device: str = "") -> None:
    """Count a try. Who tries from many places knows the password: its owner is told, once in a while."""
    try:
        count_code(ctx, account_id, address, device)
    except TooManyAttempts as error:
        if error.everywhere:
            with transaction():
                account = Account.get_by_id(account_id)
                tell(ctx, account, "codes-tried", key=f"{account.public_id}:{ctx.today().isoformat()}")
        raise


# ---- Proving, and losing everything ----


def prove_by_code(ctx: Ctx, code: str, session: str, address: str, device: str = "") -> None:
    """Note that who holds the app sits at this session; recovery codes are for signing in alone.

    Raises `WrongCode` or `TooManyAttempts`.
    """
    ctx.actor.require(P.ACCOUNT_SETTINGS)
    _count(ctx, ctx.actor.account_id, address, device)
    with transaction():
        if not use_app_code(ctx, ctx.actor.account_id or 0, normalize_code(code)):
            raise WrongCode
        note_proof(ctx, session)


@command(P.JOB_RUN)
def reset_by_operator(ctx: Ctx, email: str) -> None:
    """Take the second factor of the account with this address (normalized) away. Raises `NotFound`."""
    account = Account.get_or_none(Account.email == email)
    if account is None:
        raise NotFound
    audit.record(ctx, "account.second-factor-reset", subject=account.public_id)
    reset_second_factor(ctx, account, by="")


def reset_second_factor(ctx: Ctx, account: Account, by: str) -> None:
    """Take app, recovery codes and passkeys of somebody who has lost them away; all their sessions end.

    Part of the command of whoever answers for this person, which records it; `by` is how the mail calls them, empty
    for the vendor.
    """
    _forget(account.id)
    Passkey.delete().where(Passkey.account == account.id).execute()
    end_sessions(account.id)
    forget_devices(account.id)
    tell(ctx, account, "reset", by=by)


def _forget(account_id: int) -> None:
    Totp.delete().where(Totp.account == account_id).execute()
    RecoveryCode.delete().where(RecoveryCode.account == account_id).execute()
    Account.update(second_factor_at=None).where(Account.id == account_id).execute()


def needs_proof(ctx: Ctx) -> None:
    """Raise `ProofNeeded` unless the actor has proved a short while ago who they are."""
    if not ctx.actor.fresh:
        raise ProofNeeded


def tell(ctx: Ctx, account: Account, what: str, key: str = "", **params: object) -> None:
    """Mail the owner what has happened to the ways into their account, in case it was not them."""
    post(
        ctx, "ways-in", key=f"ways-in:{what}:{key or public_id()}", address=account.email, name=account.name,
        language=account.language, what=what, **params,
    )


def _account(ctx: Ctx) -> Account:
    return Account.get_by_id(ctx.actor.account_id)  # type: ignore[no-any-return]
