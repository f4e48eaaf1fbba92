"""Mails of monthly statements: to partners with lines in the month, once for each month and person."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from portal.commissions.commands.telling import tell
from portal.commissions.models import MonthTotal
from portal.commissions.queries.ledger import month_of_partner
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.jobs import enqueue
from portal.partners.models import Partner
from portal.storage import command

BATCH = 200


@command(P.JOB_RUN)
def plan_statements(ctx: Ctx, first: date, at: datetime) -> None:
    """Ask for the statements of the month before `first`; asked again, it changes nothing."""
    month = (first - timedelta(days=1)).replace(day=1).isoformat()
    enqueue(ctx, "commissions.statements", key=f"commissions.statements:{month}", at=at, month=month)


@command(P.JOB_RUN)
def partners_of_month(_ctx: Ctx, month: str, after: int = 0) -> list[int]:
    """Return row numbers beyond `after` of one batch of partners with lines in a month (ISO day)."""
    had = MonthTotal.select(MonthTotal.partner).where(MonthTotal.month == date.fromisoformat(month))
    query = Partner.select(Partner.id).where(Partner.id.in_(had), Partner.id > after)
    return [row.id for row in query.order_by(Partner.id).limit(BATCH)]


@command(P.JOB_RUN)
def send_statement(ctx: Ctx, partner_id: int, month: str) -> None:
    """Write what a month brought to a partner's super admins, one mail for all currencies."""
    partner = Partner.get_by_id(partner_id)
    found = month_of_partner(partner_id, date.fromisoformat(month))
    lines = [
        {"currency": of.currency, "opening": opening, "earned": of.earned, "margins": of.margins,
         "closing": opening + of.change}
        for of, opening in found
    ]
    tell(ctx, partner, "commission-statement", f"{partner.public_id}:{month}", month=month, statements=lines)
