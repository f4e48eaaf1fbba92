"""Issues invoices and credit notes: numbered without gaps for each entity, and never changed afterwards."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from portal.billing.models import Invoice, InvoiceLine, InvoiceNumber, Order
from portal.billing.policy.bills import Bill, Line
from portal.billing.policy.taxes import tax_for
from portal.billing.queries.recipients import Recipient, recipient_of
from portal.core.context import Ctx
from portal.core.locales import whole
from portal.customers.models import Organization
from portal.partners.commands import house_account
from portal.programme.billing import Entity
from portal.storage import locked
from portal.subscriptions.models import Subscription


def issue(
    ctx: Ctx, organization: Organization, owned: Subscription, bill: Bill, order: Order | None = None,
    to: Recipient | None = None, due_on: date | None = None, next_try_on: date | None = None,
) -> Invoice:
    """Issue the invoice of a bill in the caller's transaction; one that comes to nothing is paid at once.

    `to` is whom the bill was worked out for, where that was earlier; else it is who pays today.
    """
    to = to or recipient_of(organization, organization.card_kind)
    billing = ctx.programme.billing
    entity = billing.entity_for(to.country)
    tax = billing.taxes.get(tax_for(billing, entity, to.country, to.tax_id).country)
    today = ctx.today()
    invoice: Invoice = Invoice.create(
        entity=entity.code, kind="invoice", order=order, organization=organization,
        partner=organization.partner_id or house_account(ctx).id,
        subscription=owned, service=owned.service, card_kind=organization.card_kind, issuer=_issuer(ctx, entity),
        recipient=to.as_json() | {"customer": organization.name}, language=whole(to.language), country=to.country,
        issued_on=today, issued_at=ctx.now, due_on=due_on or today, currency=bill.currency, net=bill.net,
        tax_name=dict(tax.name) if tax else None, tax_rate=bill.tax_rate, tax_note=bill.tax_note,
        tax=bill.tax, total=bill.total,
        commission_base=bill.commission_base, commission=bill.commission, commission_rate=bill.commission_rate,
        commission_tier=bill.commission_tier, commission_from=bill.commission_from,
        state="open" if bill.total else "paid", next_try_on=next_try_on, **_numbered(entity),
    )
    _write_lines(ctx, invoice, bill.lines)
    return invoice


def issue_credit_note(
    ctx: Ctx, corrected: Invoice, total: int, net: int, commission: int, reason: str
) -> Invoice:
    """Issue a credit note over a part of an invoice, whose row is held, in the caller's transaction.

    Amounts are positive and in minor units; `commission` is what is clawed back with it.
    """
    entity = ctx.programme.billing.entities.get(corrected.entity)
    today = ctx.today()
    note: Invoice = Invoice.create(
        entity=corrected.entity, kind="credit-note", corrects=corrected, reason=reason,
        organization=corrected.organization_id, partner=corrected.partner_id, subscription=corrected.subscription_id,
        service=corrected.service, card_kind=corrected.card_kind, issuer=corrected.issuer,
        recipient=corrected.recipient, language=corrected.language, country=corrected.country, issued_on=today,
        issued_at=ctx.now, due_on=today, currency=corrected.currency, net=net, tax_name=corrected.tax_name,
        tax_rate=corrected.tax_rate, tax_note=corrected.tax_note, tax=total - net, total=total, commission=commission,
        commission_rate=corrected.commission_rate, commission_tier=corrected.commission_tier,
        commission_from=corrected.commission_from, state="issued",
        **_numbered(entity or _gone(corrected)),
    )
    _write_lines(ctx, note, [Line("correction", net, unit_price=net)])
    credited = corrected.credited + total
    state = "credited" if credited == corrected.total else corrected.state
    Invoice.update(credited=credited, state=state).where(Invoice.id == corrected.id).execute()
    return note


def _issuer(ctx: Ctx, entity: Entity) -> dict[str, Any]:
    values = asdict(entity)
    kept = {name: values[name] for name in ("name", "country", "tax_id", "email", "prefix")}
    return {**kept, "address": list(entity.address), "vendor": ctx.programme.vendor.name}


def _gone(corrected: Invoice) -> Entity:
    """Return the entity of an old invoice that the programme file no longer has: its numbers go on."""
    kept = corrected.issuer
    return Entity(
        code=corrected.entity, name=kept["name"], address=tuple(kept["address"]), country=kept["country"],
        tax_id=kept["tax_id"], email=kept["email"], prefix=kept["prefix"], countries=(),
    )


def hold_numbers(entities: set[str]) -> None:
    """Hold the numbers of several entities in one order: whoever needs two of them waits for nobody in a circle."""
    for entity in sorted(entities):
        _held_number(entity)


def _held_number(entity: str) -> InvoiceNumber:
    InvoiceNumber.insert(entity=entity).on_conflict_ignore().execute()
    return locked(InvoiceNumber.select().where(InvoiceNumber.entity == entity)).get()  # type: ignore[no-any-return]


def _numbered(entity: Entity) -> dict[str, Any]:
    """Return the next number of an entity, whose row is held until the commit: none is lost or used twice."""
    last = _held_number(entity.code)
    number = last.last + 1
    InvoiceNumber.update(last=number).where(InvoiceNumber.id == last.id).execute()
    return {"number": number, "code": f"{entity.prefix}{number:06d}"}


def _write_lines(ctx: Ctx, invoice: Invoice, lines: Any) -> None:
    plans = ctx.programme.plans
    InvoiceLine.insert_many([
        {
            "invoice": invoice.id, "position": position,
            "label": dict(plans[line.plan].name) if line.plan in plans else {"en": line.plan}, **asdict(line),
        }
        for position, line in enumerate(lines, 1)
    ]).execute()
