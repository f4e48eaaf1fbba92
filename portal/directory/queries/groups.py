"""Reads of an organization's groups and of who is in them."""

from __future__ import annotations

from typing import Any

from peewee import JOIN

from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.customers.policy import sort_key
from portal.directory.models import Address, Group, GroupMember, User
from portal.domains.models import Domain
from portal.storage.paging import keyset
from portal.storage.search import contains

PAGE_SIZE = 50
_MANY = 2_000  # members; beyond, walking the users by name meets a page of members sooner than sorting them all


def groups(organization_id: int, search: str, after: str | None) -> Page[Any]:
    """Return one page of the organization's groups by name, each with its `address`; one statement.

    `search` looks in names and addresses.
    """
    query: Any = Group.select(Group, Address.text.alias("address")).join(Address).where(
        Group.organization == organization_id
    ).objects()
    for word in sort_key(search).split():
        query = query.where(Group.name_key.contains(word) | Address.text.contains(word))
    return keyset(query, [Group.name_key, Group.id], lambda row: [row.name_key, row.id], after, PAGE_SIZE)


def group(organization_id: int, public_id: str) -> tuple[Any, list[tuple[str, str]]]:
    """Return a group with its `address`, and the verified domains (ASCII, as written) it may move to.

    One statement. Raises `NotFound`.
    """
    verified = (Domain.organization == Group.organization) & Domain.verified_at.is_null(False)
    columns = (Address.text.alias("address"), Domain.name.alias("domain_name"), Domain.display.alias("domain_shown"))
    rows: list[Any] = list(
        Group.select(Group, *columns).join(Address).switch(Group).join(Domain, JOIN.LEFT_OUTER, on=verified)
        .where(Group.organization == organization_id, Group.public_id == public_id)
        .order_by(Domain.primary.desc(), Domain.name).objects()
    )
    if not rows:
        raise NotFound(public_id)
    return rows[0], [(row.domain_name, row.domain_shown) for row in rows if row.domain_name]


def members(group_id: int, organization_id: int, size: int, search: str, after: str | None) -> Page[User]:
    """Return one page of a group's members by name; `size` is how many it has, `search` as in the list of users."""
    found, theirs = contains(User.search, search), GroupMember.group == group_id
    query: Any
    if size > _MANY and found is None:  # a cross join tells SQLite which table to walk; PostgreSQL knows by itself
        joined = User.select(User).join(GroupMember, JOIN.CROSS)
        query = joined.where(GroupMember.user == User.id, User.organization == organization_id, theirs)
    else:  # without the organization there is no index by name, so that SQLite begins with the members
        query = User.select(User).join(GroupMember).where(theirs)
    if found is not None:
        query = query.where(found)
    return keyset(query, [User.name_key, User.id], lambda user: [user.name_key, user.id], after, PAGE_SIZE)
