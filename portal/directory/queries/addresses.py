"""Reads of an organization's addresses: its aliases, its catch-alls, and whom an address reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, Value

from portal.accounts.policy import normalize_email
from portal.core.errors import DomainError, NotFound
from portal.core.paging import Page
from portal.core.words import N_
from portal.directory.models import Address, Group, User
from portal.directory.policy.addresses import shown
from portal.domains.models import Domain
from portal.storage.paging import keyset

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class MailDomain:
    """A verified domain, and the user who gets what is sent to addresses of it that nobody has."""

    name: str
    display: str
    user: User | None


def domains_with_catch_all(organization_id: int) -> list[MailDomain]:
    """Return the domains in which the organization may have addresses, the primary one first; one statement."""
    catch_all = (Address.organization == Domain.organization) & (Address.text == Value("@").concat(Domain.name))
    query = (
        Domain.select(Domain, Address, User)
        .join(Address, JOIN.LEFT_OUTER, on=catch_all, attr="catch_all").join(User, JOIN.LEFT_OUTER)
        .where(Domain.organization == organization_id, Domain.verified_at.is_null(False))
        .order_by(Domain.primary.desc(), Domain.name)
    )
    return [MailDomain(row.name, row.display, _receiver(row)) for row in query]


def _receiver(row: Any) -> User | None:
    catch_all = getattr(row, "catch_all", None)
    return catch_all.user if catch_all and catch_all.id else None


def aliases(organization_id: int, search: str, after: str | None) -> Page[Address]:
    """Return one page of the organization's aliases with their users; `search` is a part of the address."""
    query = Address.select(Address, User).join(User).where(
        Address.organization == organization_id, Address.kind == "alias"
    )
    for word in search.lower().split():
        query = query.where(Address.text.contains(word))
    return keyset(query, [Address.text], lambda row: [row.text], after, PAGE_SIZE)


def aliases_of(organization_id: int, user: str) -> tuple[User, list[Address]]:
    """Return a user and all of their aliases; one statement. Raises `NotFound`."""
    theirs = (Address.user == User.id) & (Address.kind == "alias")
    query = (
        User.select(User, Address).join(Address, JOIN.LEFT_OUTER, on=theirs, attr="alias")
        .where(User.organization == organization_id, User.public_id == user).order_by(Address.text)
    )
    rows: list[Any] = list(query)
    if not rows:
        raise NotFound(user)
    found = [row.alias for row in rows if getattr(row, "alias", None) and row.alias.id]
    for alias in found:
        alias.user = rows[0]
    return rows[0], found


def person(organization_id: int, text: str, field: str = "user") -> User:
    """Return the user whom somebody named by an address (their own or an alias) or by a public id.

    Raises a `DomainError` for `field` that says what is wrong with it.
    """
    if "@" not in text:
        return _by_public_id(organization_id, text.strip(), field)
    return reached(owners(organization_id, [text]), text, field)


def _by_public_id(organization_id: int, public_id: str, field: str) -> User:
    user: User | None = User.get_or_none(User.organization == organization_id, User.public_id == public_id)
    if user is None:
        raise DomainError(N_("Enter the e-mail address of a user."), field)
    return user


def owners(organization_id: int, addresses: list[str]) -> dict[str, Address]:
    """Return normalized address -> its row with user or group, for those that the organization has; one statement."""
    query = (
        Address.select(Address, User, Group).join(User, JOIN.LEFT_OUTER).switch(Address).join(Group, JOIN.LEFT_OUTER)
        .where(
            Address.organization == organization_id, Address.kind != "catch-all",
            Address.text.in_([normalize_email(text) for text in addresses]),
        )
    )
    return {row.text: row for row in query}


def reached(known: dict[str, Address], text: str, field: str) -> User:
    """Return the user whom the address `text` reaches according to `known`, or raise a `DomainError` for `field`."""
    address = normalize_email(text)
    row = known.get(address)
    if row is None:
        raise DomainError(N_("No user of this organization has the address “%(address)s”."), field, address=text)
    if row.user is None:
        message = N_("%(address)s is a group. Enter the address of a user.")
        raise DomainError(message, field, address=shown(address))
    return row.user


def owner_name(address: Address) -> str:
    """Return whom an address belongs to, as people call them."""
    owner = address.user or address.group
    return str(owner.name) if owner else ""
