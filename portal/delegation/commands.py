"""Giving a partner access to a customer organization."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.storage import command


@command(P.CUSTOMER_ADD)
def grant(ctx: Ctx, organization: Organization) -> None:
    """Make the actor's partner the partner administrator of the organization it has just added (S3.1)."""
    Access.create(organization=organization, partner=ctx.actor.partner_id, state="active", since=ctx.now)
