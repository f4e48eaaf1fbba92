"""Reads of refunds that wait for a second member of the staff, and of what became of them."""

from __future__ import annotations

from typing import Any

from portal.billing.models import Invoice, RefundRequest
from portal.core.context import Ctx
from portal.core.paging import Page
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.storage.paging import keyset

SIZE = 25


def waiting(ctx: Ctx, after: str | None = None, size: int = SIZE) -> Page[RefundRequest]:
    """Return a page of the refunds that wait, each with its invoice and organization, the oldest first."""
    ctx.actor.require(P.FINANCE_READ)
    query = (
        RefundRequest.select(RefundRequest, Invoice, Organization).join(Invoice).join(Organization)
        .where(RefundRequest.state == "asked")
    )
    return keyset(query, (RefundRequest.id,), lambda row: [row.id], after, size)


def last_of(ctx: Ctx, invoice_id: int) -> Any:
    """Return the last refund of an invoice that was to be approved, None if there never was one."""
    ctx.actor.require(P.FINANCE_READ)
    mine = RefundRequest.select().where(RefundRequest.invoice == invoice_id)
    return mine.order_by(RefundRequest.id.desc()).first()
