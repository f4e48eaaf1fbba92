"""People who are invited: into an organization by its partner, or into the vendor's staff by its operator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal import audit
from portal.accounts import passwords
from portal.accounts.commands.sessions import open_session
from portal.accounts.commands.tokens import issue_token, redeem
from portal.accounts.models import Account, Staff
from portal.accounts.policy import TOKEN_LIFETIME, Purpose, normalize_email, normalize_name
from portal.accounts.queries import link
from portal.core.context import Ctx
from portal.core.ids import public_id
from portal.core.permissions import P
from portal.mail import post
from portal.storage import command

Join = Callable[[Ctx, int, dict[str, Any]], object]


@dataclass(frozen=True, slots=True)
class Accepted:
    """Who accepted what. `session` is the token of a new person's session; others sign in as they always do."""

    account_id: int
    session: str | None
    payload: dict[str, Any]


def invite(ctx: Ctx, email: str, name: str, language: str, payload: dict[str, Any]) -> str:
    """Issue an invitation and return its handle; part of the inviting room's command, which sends the mail.

    Somebody unknown gets an account without password in `language`. The page shows `payload["organization"]` (a name)
    and `payload["inviter"]` (a name, or empty); the rest is for whom `redeem_invitation` calls.
    """
    return issue_token(ctx, Purpose.INVITATION, account_for(ctx, email, name, language), payload)


def account_for(ctx: Ctx, email: str, name: str, language: str) -> Account:
    """Return the account of an address; somebody unknown gets one, without password. Part of other commands."""
    email = normalize_email(email)
    Account.insert(
        email=email, name=normalize_name(name), language=language, created_at=ctx.now
    ).on_conflict_ignore().execute()
    return Account.get(Account.email == email)  # type: ignore[no-any-return]


def redeem_invitation(
    ctx: Ctx, token: str, password: str, name: str, user_agent: str, address: str, join: Join | None = None
) -> Accepted:
    """Accept an invitation and call `join(ctx, account_id, payload)` in the same transaction.

    Whoever has no proven address yet chooses name and password here: the link proves the address, so what was typed
    for it before counts for nothing. An established account keeps both, and gets no session: its owner signs in.
    Raises `TokenRefused`, or `DomainError` on `password`, which uses nothing up.
    """
    invitation = link(ctx, Purpose.INVITATION, token)
    if invitation.established:
        return _accept(ctx, token, join)
    passwords.check_choice(ctx, password, invitation.email, name or invitation.name)
    return _arrive(ctx, token, normalize_name(name), passwords.hashed(password), user_agent, address, join)


@command(P.PUBLIC)
def _accept(ctx: Ctx, token: str, join: Join | None) -> Accepted:
    used = redeem(ctx, Purpose.INVITATION, token)
    if join:
        join(ctx, used.account.id, used.payload)
    return Accepted(used.account.id, None, used.payload)


@command(P.PUBLIC)
def _arrive(
    ctx: Ctx, token: str, name: str, stored: str, user_agent: str, address: str, join: Join | None
) -> Accepted:
    accepted = _accept(ctx, token, join)
    account = Account.get_by_id(accepted.account_id)
    account.name, account.password_hash, account.verified_at = name or account.name, stored, ctx.now
    account.save(only=[Account.name, Account.password_hash, Account.verified_at])
    audit.record(ctx, "account.verified", subject=account.public_id)
    return Accepted(account.id, open_session(ctx, account.id, user_agent, address), accepted.payload)


@command(P.JOB_RUN)
def appoint_staff(ctx: Ctx, email: str, language: str, role: str = "admin") -> bool:
    """Give a person a task among the vendor's staff; invite them by mail if they cannot sign in yet. Tell if they can.

    `role` is one of `policy.STAFF_ROLES`.
    """
    account = account_for(ctx, email, "", language)
    Staff.insert(account=account, role=role, created_by_name=ctx.actor.name, created_at=ctx.now).on_conflict(
        conflict_target=[Staff.account], update={Staff.role: role, Staff.expires_at: None}
    ).execute()
    audit.record(ctx, "account.staff-appointed", subject=account.public_id, role=role)
    if account.verified_at and account.password_hash:
        return True
    vendor = ctx.programme.vendor.name
    handle = issue_token(ctx, Purpose.INVITATION, account, {"organization": vendor, "inviter": "", "staff": True})
    post(
        ctx, "invite-staff", key=f"invite-staff:{public_id()}", address=account.email, name="",
        language=account.language, handle=handle, days=TOKEN_LIFETIME[Purpose.INVITATION].days,
    )
    return False
