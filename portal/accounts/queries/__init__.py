"""What pages show about people and their links."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, fn

from portal.accounts.models import Account, Challenge, Identity, OneTimeToken, Passkey, RecoveryCode, Session, Totp
from portal.accounts.policy import APP_WAIT, SESSION_IDLE, Purpose, TokenRefused
from portal.accounts.secrets import unseal
from portal.adapters.signon import Person
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.ids import digest
from portal.core.paging import Page
from portal.storage.paging import keyset

SESSIONS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link that still works, and the account it belongs to.

    `established` means that its owner has proved the address and has a way to sign in.
    """

    account_id: int
    name: str
    email: str
    password_hash: str | None
    established: bool
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's own settings, as they typed them."""

    name: str
    email: str
    language: str
    country: str
    time_zone: str
    calendar: str


def valid_token(ctx: Ctx, purpose: Purpose, token: str) -> OneTimeToken:
    """Return the row of a token that could be redeemed now, or raise `TokenRefused`: one answer for all reasons."""
    handle, _, secret = token.partition(".")
    row = OneTimeToken.get_or_none(OneTimeToken.handle == handle)
    # An unknown handle is compared as well, so that the clock tells no more than the answer.
    genuine = hmac.compare_digest(row.digest if row else digest(""), digest(secret))
    if not (row and genuine and row.purpose == purpose and row.used_at is None and row.expires_at > ctx.now):
        raise TokenRefused
    return row  # type: ignore[no-any-return]


def link(ctx: Ctx, purpose: Purpose, token: str) -> Link:
    """Return what a page may show before the link is used; looking uses nothing up. Raises `TokenRefused`."""
    row = valid_token(ctx, purpose, token)
    account = Account.get_by_id(row.account)
    established = account.verified_at is not None and enters_without(ctx, account.id)
    return Link(account.id, account.name, account.email, account.password_hash, established, row.payload or {})


def profile(ctx: Ctx) -> Profile:
    """Return the actor's own settings; raise `NotFound` for somebody without an account."""
    account = Account.get_or_none(Account.id == ctx.actor.account_id)
    if account is None:
        raise NotFound
    return Profile(
        account.name, account.email, account.language, account.country, account.time_zone, account.calendar
    )


@dataclass(frozen=True, slots=True)
class WaysIn:
    """How a person signs in and proves who they are. `app_at`: since when an app is their second factor."""

    password: bool
    app_at: datetime | None
    codes_left: int
    passkeys: int


@dataclass(frozen=True, slots=True)
class Key:
    """A passkey, as its owner's list shows it."""

    public_id: str
    name: str
    created_at: datetime
    used_at: datetime | None


def ways_in(account_id: int | None) -> WaysIn:
    """Return how this account is entered. Raises `NotFound`."""
    codes = RecoveryCode.select(fn.COUNT(RecoveryCode.id)).where(
        RecoveryCode.account == Account.id, RecoveryCode.used_at.is_null()
    )
    keys = Passkey.select(fn.COUNT(Passkey.id)).where(Passkey.account == Account.id)
    row = Account.select(
        Account.password_hash, Account.second_factor_at, codes.alias("codes"), keys.alias("keys")
    ).where(Account.id == account_id).dicts().first()
    if row is None:
        raise NotFound
    return WaysIn(row["password_hash"] is not None, row["second_factor_at"], row["codes"], row["keys"])


def passkeys_of(account_id: int | None) -> list[Key]:
    rows = Passkey.select().where(Passkey.account == account_id).order_by(Passkey.id)
    return [Key(row.public_id, row.name, row.created_at, row.used_at) for row in rows]


def providers_of(account_id: int | None) -> list[str]:
    """Return the codes of the identity providers that this account is signed in with."""
    rows = Identity.select(Identity.provider).where(Identity.account == account_id).order_by(Identity.provider)
    return [row.provider for row in rows.distinct()]


def pending_secret(ctx: Ctx) -> str:
    """Return the secret of the actor's app that waits for its first code. Raises `NotFound`."""
    row = Totp.get_or_none(Totp.account == ctx.actor.account_id, Totp.pending != "",
                           Totp.pending_at > ctx.now - APP_WAIT)
    if row is None:
        raise NotFound
    return unseal(ctx, row.pending)


def apps(ctx: Ctx) -> Iterator[tuple[str, str, bool]]:
    """Yield address, secret and whether it was confirmed, of every authenticator app: for development alone."""
    rows = Totp.select(Totp, Account).join(Account, JOIN.INNER).order_by(Account.email)
    for row in rows:
        if row.secret:
            yield row.account.email, unseal(ctx, row.secret), True
        if row.pending:
            yield row.account.email, unseal(ctx, row.pending), False


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody at an identity provider who wants to be linked to an account, whose owner has not agreed yet."""

    account_id: int
    email: str  # of the account
    person: Person
    onward: str | None


def pending_claim(ctx: Ctx, token: str | None) -> Claim | None:
    """Return what the browser with this token waits for, if it is not too late."""
    row = Challenge.get_or_none(Challenge.digest == digest(token or ""), Challenge.expires_at > ctx.now)
    if row is None or row.account is None or "claim" not in row.payload:
        return None
    return Claim(row.account.id, row.account.email, Person(**row.payload["claim"]), row.payload["onward"])


@dataclass(frozen=True, slots=True)
class Linked:
    """An account at an identity provider that signs in as the reader."""

    public_id: str
    provider: str
    email: str
    created_at: datetime
    used_at: datetime | None


def linked(ctx: Ctx) -> list[Linked]:
    """Return the actor's accounts at identity providers."""
    rows = Identity.select().where(Identity.account == ctx.actor.account_id).order_by(Identity.id)
    return [Linked(row.public_id, row.provider, row.email, row.created_at, row.used_at) for row in rows]


def enters_without(ctx: Ctx, account_id: int, but: int = 0) -> bool:
    """Tell whether the account can be entered without the identity `but`: by password, passkey or another provider.

    A provider that this portal no longer knows lets nobody in.
    """
    mine = Identity.account == account_id
    others = Identity.select().where(mine, Identity.provider.in_(list(ctx.ports.signon.providers)), Identity.id != but)
    password = Account.select().where(Account.id == account_id, Account.password_hash.is_null(False))
    return bool(password.exists() or Passkey.select().where(Passkey.account == account_id).exists() or others.exists())


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser in which the actor is signed in. What it calls itself is in `user_agent`."""

    public_id: str
    user_agent: str
    address: str
    method: str
    created_at: datetime
    seen_at: datetime
    here: bool


def own_sessions(ctx: Ctx) -> Any:
    """Return the actor's sessions that are good for something; those with half a sign-in are not."""
    return Session.select().where(
        Session.account == ctx.actor.account_id, Session.stage == "full", Session.expires_at > ctx.now,
        Session.seen_at > ctx.now - SESSION_IDLE,
    )


def signed_in(ctx: Ctx, session: str, after: str | None = None, size: int = SESSIONS_SHOWN) -> Page[SignedIn]:
    """Return one page of the browsers in which the actor is signed in, newest first; `session` is this one's token."""
    found = keyset(own_sessions(ctx), [Session.id], lambda row: [row.id], after, size, descending=True)
    here = digest(session)
    return Page([
        SignedIn(row.public_id, row.user_agent, row.address, row.method, row.created_at, row.seen_at,
                 here=row.digest == here)
        for row in found.rows
    ], found.previous, found.next)
