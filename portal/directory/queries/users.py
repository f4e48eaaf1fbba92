"""Reads of an organization's people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN

from portal.accounts.models import Account
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.directory.models import Picture, User
from portal.domains.models import Domain
from portal.storage.paging import keyset
from portal.storage.search import contains

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Person:
    """A user as their own page shows them. `picture` is the digest of their profile image, or empty."""

    id: int
    public_id: str
    account_id: int | None
    email: str
    name: str
    role: str
    state: str
    title: str
    phone: str
    version: int
    created_at: datetime
    signed_in_at: datetime | None
    second_factor_at: datetime | None
    picture: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A profile image as it is served: WebP, and its digest."""

    data: bytes
    digest: str


def users(organization_id: int, search: str, after: str | None, role: str = "", state: str = "") -> Page[Any]:
    """Return one page of the organization's people by name, each row with `signed_in_at` and `second_factor_at`.

    `search` looks in names, addresses and titles; `role` and `state` narrow, if given.
    """
    query: Any = (
        User.select(User, Account.signed_in_at, Account.second_factor_at).join(Account, JOIN.LEFT_OUTER)
        .where(User.organization == organization_id).objects()
    )
    for condition in (contains(User.search, search), *_narrowed(role, state)):
        if condition is not None:
            query = query.where(condition)
    return keyset(query, [User.name_key, User.id], lambda user: [user.name_key, user.id], after, PAGE_SIZE)


def _narrowed(role: str, state: str) -> list[Any]:
    """Return the conditions of role and state. Of both the rarer one leads through its index.

    Most users are members: an engine that walks all of them to find the few who are invited takes half a second. The
    other column is written so that no index serves it.
    """
    if not (role and state):
        return [User.role == role if role else None, User.state == state if state else None]
    if role == "member":
        return [User.state == state, User.role.concat("") == role]
    return [User.role == role, User.state.concat("") == state]


def user(organization_id: int, public_id: str) -> Person:
    """Return one user of the organization, or raise `NotFound`; one statement."""
    row: Any = (
        User.select(User, Account.signed_in_at, Account.second_factor_at, Picture.digest.alias("picture"))
        .join(Account, JOIN.LEFT_OUTER).switch(User).join(Picture, JOIN.LEFT_OUTER, on=(Picture.user == User.id))
        .where(User.organization == organization_id, User.public_id == public_id)
        .objects().first()
    )
    if row is None:
        raise NotFound(public_id)
    return Person(
        row.id, row.public_id, row.account_id, row.email, row.name, row.role, row.state, row.title, row.phone,
        row.version, row.created_at, row.signed_in_at, row.second_factor_at, row.picture or "",
    )


def names(organization_id: int, public_ids: Iterable[str]) -> dict[str, str]:
    """Return public id -> name of those among `public_ids` who are users of the organization, in the order of names."""
    query: Any = (
        User.select(User.public_id, User.name)
        .where(User.organization == organization_id, User.public_id.in_(list(public_ids)))
        .order_by(User.name_key, User.id).tuples()
    )
    return dict(query)


def picture(organization_id: int, public_id: str) -> Shown:
    """Return a user's profile image, or raise `NotFound`; one statement."""
    row: Picture | None = (
        Picture.select(Picture.data, Picture.digest).join(User)
        .where(User.organization == organization_id, User.public_id == public_id).first()
    )
    if row is None:
        raise NotFound(public_id)
    return Shown(bytes(row.data), row.digest)


def verified_domains(organization_id: int) -> set[str]:
    """Return the domains (in ASCII) in which the organization may have users: those that it has proved."""
    query = Domain.select(Domain.name).where(Domain.organization == organization_id, Domain.verified_at.is_null(False))
    return {row.name for row in query}
