"""Makes an unpaid invoice out anew when somebody else is going to pay it: by another kind of card."""

from __future__ import annotations

from dataclasses import fields

from portal.billing.commands.invoicing import hold_numbers, issue
from portal.billing.commands.refunds import credit_rest
from portal.billing.commands.telling import tell_recipient
from portal.billing.models import Invoice, InvoiceLine
from portal.billing.policy.bills import Line
from portal.billing.queries.quotes import bill_for
from portal.billing.queries.recipients import recipient_of
from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.subscriptions.models import Subscription


def made_out_anew(ctx: Ctx, organization: Organization, invoice: Invoice) -> Invoice:
    """Credit an open invoice, and issue it to whom the organization's present card makes pay (S3.29-30, S3.34).

    Margin or accrual, tax and recipient are the new card's; what is due, since when, and what comes next stay. All rows
    are held, and nothing of it has been paid.
    """
    at = Invoice.get_by_id(invoice.id)  # where its timetable stands now
    owned = Subscription.get_by_id(invoice.subscription_id)
    bill = bill_for(ctx, organization, invoice.service, invoice.currency, _lines(invoice))
    to = recipient_of(organization, organization.card_kind)
    hold_numbers({invoice.entity, ctx.programme.billing.entity_for(to.country).code})
    credit_rest(ctx, organization, at, "reissued")
    anew = issue(ctx, organization, owned, bill, to=to, due_on=at.due_on, next_try_on=at.next_try_on)
    Invoice.update(tries=at.tries).where(Invoice.id == anew.id).execute()
    tell_recipient(ctx, organization, anew)
    return Invoice.get_by_id(anew.id)  # type: ignore[no-any-return]


def _lines(invoice: Invoice) -> list[Line]:
    """Return the lines of an invoice before the margin of a reseller."""
    names = [field.name for field in fields(Line)]
    rows = InvoiceLine.select().where(InvoiceLine.invoice == invoice.id).order_by(InvoiceLine.position)
    return [Line(**{name: getattr(row, name) for name in names}) for row in rows if row.kind != "margin"]
