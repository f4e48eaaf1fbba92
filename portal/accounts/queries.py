"""What pages show about people and their links."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from portal.accounts.models import Account, OneTimeToken
from portal.accounts.policy import Purpose, TokenRefused
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.ids import digest


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link that still works, and the account it belongs to.

    `established` means that its owner has proved the address and chosen a password.
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
    established = account.verified_at is not None and account.password_hash is not None
    return Link(account.id, account.name, account.email, account.password_hash, established, row.payload or {})


def profile(ctx: Ctx) -> Profile:
    """Return the actor's own settings; raise `NotFound` for somebody without an account."""
    account = Account.get_or_none(Account.id == ctx.actor.account_id)
    if account is None:
        raise NotFound
    return Profile(account.name, account.email, account.language, account.country, account.time_zone)
