"""Holding an organization, so that what its commands have read of it stays true until they end."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.storage import locked


def hold(ctx: Ctx) -> int:
    """Keep everybody else from changing the actor's organization until the transaction ends; return its row number."""
    return int(held_organization(ctx.actor.organization_id).id)


def held_organization(organization_id: int | None) -> Organization:
    """Return an organization as it is now, held like that."""
    return locked(Organization.select().where(Organization.id == organization_id)).get()  # type: ignore[no-any-return]
