"""Reads of billing details: a customer's with its own, a partner's, and how both became what they are."""

from __future__ import annotations

from peewee import JOIN

from portal.audit.queries import Act, details_by, page_of
from portal.billing.models import BillTo
from portal.core.context import Ctx
from portal.core.paging import Page
from portal.customers.models import Organization
from portal.customers.queries import one, visible_to


def with_details(ctx: Ctx, customer: str) -> tuple[Organization, BillTo | None]:
    """Return a customer of the actor's partner and its billing details, in one statement, or raise `NotFound`."""
    query = visible_to(ctx.actor).select(Organization, BillTo).join(
        BillTo, JOIN.LEFT_OUTER, on=(BillTo.organization == Organization.id), attr="bill_to"
    )
    organization = one(query, customer)
    return organization, getattr(organization, "bill_to", None)


def partner_details(ctx: Ctx) -> BillTo | None:
    """Return the billing details of the actor's partner, if anybody has typed some."""
    return BillTo.get_or_none(BillTo.partner == ctx.actor.partner_id)  # type: ignore[no-any-return]


def history(ctx: Ctx, organization: Organization, field: str, after: str | None) -> Page[Act]:
    """Return one page of the acts that changed a customer's details, newest first; of one field, or all (`""`).

    A partner always reads what it changed itself; what the organization changed, only while its access lasts.
    """
    return page_of(details_by(ctx.actor, organization.id, organization.access == "active", field), after)
