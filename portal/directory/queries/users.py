"""Reads of an organization's people."""

from __future__ import annotations

from portal.core.paging import Page
from portal.customers.policy import sort_key
from portal.directory.models import User
from portal.storage.paging import keyset

PAGE_SIZE = 50


def users(organization_id: int, search: str, after: str | None) -> Page[User]:
    """Return one page of the organization's people by name; `search` looks in names and addresses."""
    query = User.select().where(User.organization == organization_id)
    for word in sort_key(search).split():
        query = query.where(User.name_key.contains(word) | User.email.contains(word))
    return keyset(query, [User.name_key, User.id], lambda user: [user.name_key, user.id], after, PAGE_SIZE)
