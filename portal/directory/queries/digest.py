"""Who hears each month of what a partner did in their organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, fn

from portal.accounts.models import Account
from portal.customers.models import Organization


@dataclass(frozen=True, slots=True)
class Reader:
    """An organization and its super administrator, with the language of that person."""

    id: int
    public_id: str
    organization: str
    country: str
    time_zone: str
    name: str
    email: str
    language: str


def readers(after: int, size: int) -> list[Reader]:
    """Return the next organizations beyond the row number `after`, in one statement."""
    language = fn.COALESCE(Account.language, Organization.language)
    query: Any = (
        Organization.select(
            Organization.id, Organization.public_id, Organization.name, Organization.country, Organization.time_zone,
            Organization.admin_name, Organization.admin_email, language,
        )
        .join(Account, JOIN.LEFT_OUTER, on=(Account.email == Organization.admin_email))
        .where(Organization.id > after).order_by(Organization.id).limit(size)
    )
    return [Reader(*row) for row in query.tuples()]
