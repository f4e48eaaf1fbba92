"""Reads of an organization's domains."""

from __future__ import annotations

from typing import Any

from peewee import Select, fn

from portal.core.errors import NotFound
from portal.directory.models import Address
from portal.domains.models import Domain
from portal.domains.queries import of_organization

COUNTED = 1_000  # addresses; a page does not wait until more are counted


def _used() -> Any:
    """Count the addresses that end in a domain, up to one more than `COUNTED`."""
    here = (Address.organization == Domain.organization) & (Address.domain == Domain.name)
    found = Address.select(Address.id).where(here).limit(COUNTED + 1).alias("found")
    return Select([found], [fn.COUNT(found.c.id)]).alias("used")


def domains(organization_id: int) -> list[Any]:
    """Return all domains, the primary first, each with how many addresses end in it (`used`); one statement.

    Of addresses no more are counted than one beyond `COUNTED`.
    """
    query = Domain.select(Domain, _used()).where(Domain.organization == organization_id)
    return list(query.order_by(Domain.primary.desc(), Domain.name))


def domain(organization_id: int | None, public_id: str) -> Any:
    """Return a domain with its organization and with `used`; one statement. Raises `NotFound`."""
    row = of_organization(organization_id, public_id).select_extend(_used()).first()
    if row is None:
        raise NotFound(public_id)
    return row
