"""Invoices and credit notes: their sums, what was paid and credited of them, what was earned on them, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from peewee import JOIN

from portal.billing.models import Charge, Invoice, InvoiceLine, Order, Refund
from portal.billing.policy.bills import WHOLE, worked_out
from portal.billing.policy.refunds import parts
from portal.billing.verification.walking import Fault, batches, by, expect
from portal.commissions.models import Entry, TierChange
from portal.core.context import Ctx
from portal.core.money import share
from portal.programme.commission import Rule

_COLUMNS = (
    Invoice.id, Invoice.public_id, Invoice.code, Invoice.number, Invoice.kind, Invoice.issuer, Invoice.corrects,
    Invoice.partner, Invoice.service, Invoice.card_kind, Invoice.issued_on, Invoice.issued_at, Invoice.currency,
    Invoice.net, Invoice.tax_rate, Invoice.tax, Invoice.total, Invoice.commission_base, Invoice.commission,
    Invoice.commission_rate, Invoice.commission_tier, Invoice.commission_from, Invoice.paid, Invoice.credited,
    Invoice.state, Invoice.next_try_on, Invoice.order,
)
_KINDS = ("accrual", "margin", "clawback", "margin-return")  # of ledger lines that come from documents


class _Around:
    """What stands around a batch of invoices."""

    def __init__(self, batch: list[Invoice]) -> None:
        ids = [row.id for row in batch]
        notes = list(Invoice.select(*_COLUMNS).where(Invoice.corrects.in_(ids)).order_by(Invoice.number))
        self.notes = by(notes, "corrects_id")
        documents = [*batch, *notes]
        lines = InvoiceLine.select().where(InvoiceLine.invoice.in_([row.id for row in documents]))
        self.lines = by(lines.order_by(InvoiceLine.position), "invoice_id")
        self.charges = by(Charge.select(Charge.invoice, Charge.amount).where(
            Charge.invoice.in_(ids), Charge.state == "succeeded"), "invoice_id")
        self.refunds = by(Refund.select(Refund.invoice, Refund.amount).where(
            Refund.invoice.in_(ids), Refund.state == "succeeded"), "invoice_id")
        keys = [f"{kind}:{row.public_id}" for row in documents for kind in _KINDS]
        self.entries = {entry.key: entry for entry in Entry.select().where(Entry.key.in_(keys))}
        partners = TierChange.partner.in_({row.partner_id for row in batch})
        self.tiers = by(TierChange.select().where(partners).order_by(TierChange.effective_from), "partner_id")


def invoices(ctx: Ctx, seen: Counter[str]) -> Iterator[Fault]:
    """Check every invoice with its lines, payments, credit notes and lines of the ledger."""
    query = Invoice.select(*_COLUMNS, Order.id, Order.created_at).join(Order, JOIN.LEFT_OUTER)
    for batch in batches(query.where(Invoice.kind == "invoice"), Invoice.id):
        around = _Around(batch)
        for invoice in batch:
            seen["invoices"] += 1
            yield from _sums(invoice, around)
            yield from _settlement(invoice, around)
            yield from _rule(ctx, invoice, around)
            yield from _earned(invoice, around)
            yield from _notes(invoice, around, seen)
    for note in Invoice.select(Invoice.code).where(Invoice.kind == "credit-note", Invoice.corrects.is_null()):
        yield Fault(note.code, "the invoice that it corrects", "one", None)


def _sums(invoice: Invoice, around: _Around) -> Iterator[Fault]:
    lines, where = around.lines[invoice.id], invoice.code
    for line in lines:
        yield from expect(f"{where}, line {line.position}", "net amount of its formula", worked_out(line), line.net)
    yield from expect(where, "net amount of its lines", sum(line.net for line in lines), invoice.net)
    yield from expect(where, "tax of its net amount", share(invoice.net, invoice.tax_rate, WHOLE), invoice.tax)
    yield from expect(where, "total with tax", invoice.net + invoice.tax, invoice.total)
    yield from expect(where, "number as people write it", _code(invoice), where)


def _code(document: Invoice) -> str:
    return f"{document.issuer.get('prefix', '')}{document.number:06d}"


def _settlement(invoice: Invoice, around: _Around) -> Iterator[Fault]:
    where, charged = invoice.code, [charge.amount for charge in around.charges[invoice.id]]
    back = sum(refund.amount for refund in around.refunds[invoice.id])
    yield from expect(where, "paid, by charges that succeeded", sum(charged), invoice.paid)
    if len(charged) > 1:
        yield Fault(where, "charges that succeeded", "one at most", len(charged))
    if invoice.paid > invoice.total:
        yield Fault(where, "paid", f"{invoice.total} at most", invoice.paid)
    credited = sum(note.total for note in around.notes[invoice.id])
    yield from expect(where, "credited, by its credit notes", credited, invoice.credited)
    if invoice.paid:
        yield from expect(where, "given back, by its credit notes", credited, back)
    yield from expect(where, "state", _state(invoice), invoice.state)
    if invoice.state == "open" and invoice.next_try_on is None:
        yield Fault(where, "day of the next try", "one, because it is unpaid", None)


def _state(invoice: Invoice) -> str:
    if invoice.total and invoice.credited == invoice.total:
        return "credited"
    return "paid" if invoice.paid + invoice.credited >= invoice.total else "open"


# ---- What was earned ----

def _rule(ctx: Ctx, invoice: Invoice, around: _Around) -> Iterator[Fault]:
    """Apply the programme's rules of that day again."""
    where = invoice.code
    written = Rule(invoice.commission_rate, invoice.commission_tier, invoice.commission_from)
    margin = sum(line.net for line in around.lines[invoice.id] if line.kind == "margin")
    base = sum(line.net for line in around.lines[invoice.id]) - margin
    yield from expect(where, "base of the commission", base, invoice.commission_base)
    yield from expect(where, "commission of its base", share(base, written.rate, WHOLE), invoice.commission)
    if margin:
        yield from expect(where, "margin, the commission", -invoice.commission, margin)
    if not written.tier and invoice.partner.house:  # the vendor's own customer: nobody earns anything
        return
    if _gone(ctx, written):
        yield Fault(where, "rule of the commission", (written.tier, written.effective_from), "not in the programme")
        return
    rules = _rules(ctx, invoice, around.tiers[invoice.partner_id])
    if written not in rules:
        yield Fault(where, "rule of the commission on its day", _as_said(rules[0]), _as_said(written))


def _as_said(rule: Rule) -> tuple[object, ...]:
    return (rule.tier, rule.effective_from, f"{rule.rate} basis points")


def _gone(ctx: Ctx, rule: Rule) -> bool:
    commission = ctx.programme.commission
    begun = {schedule.effective_from for schedule in commission.schedules} | {None}
    return bool(rule.tier) and (rule.tier not in commission.tiers or rule.effective_from not in begun)


def _rules(ctx: Ctx, invoice: Invoice, changes: list[TierChange]) -> list[Rule]:
    """Return the rule by which a bill was written; two where a tier was set in the same instant."""
    if invoice.card_kind == "none":
        return [Rule(0, "", None)]
    on, at = _written(invoice)
    known = [change for change in changes if change.effective_from <= on and change.created_at <= at]
    before = [change for change in known if change.created_at < at]
    commission = ctx.programme.commission
    tiers = [of[-1].tier if of and of[-1].tier in commission.tiers else commission.default_tier
             for of in (known, before)]
    return [commission.rule(tier, invoice.service, on) for tier in tiers]


def _written(invoice: Invoice) -> tuple[date, datetime]:
    """Return when the bill was written: an order's when it was confirmed, not when it was paid."""
    if invoice.order:
        return invoice.order.created_at.date(), invoice.order.created_at
    return invoice.issued_on, invoice.issued_at


def _earned(invoice: Invoice, around: _Around) -> Iterator[Fault]:
    earned = invoice.commission if invoice.paid else 0
    kind = "margin" if invoice.net < invoice.commission_base else "accrual"
    yield from _entries(invoice, around.entries, kind, earned, invoice.commission_base, invoice)


def _notes(invoice: Invoice, around: _Around, seen: Counter[str]) -> Iterator[Fault]:
    """Check the credit notes of an invoice: each is the next part of it, with its part of all amounts."""
    invoice.credited, kind = 0, "margin-return" if invoice.net < invoice.commission_base else "clawback"
    for note in around.notes[invoice.id]:
        seen["credit notes"] += 1
        part = parts(invoice, note.total)
        commission = part.commission if invoice.paid else 0
        yield from expect(note.code, "net amount of its part", part.net, note.net)
        yield from expect(note.code, "total with tax", note.net + note.tax, note.total)
        yield from expect(note.code, "net amount of its lines",
                          sum(line.net for line in around.lines[note.id]), note.net)
        yield from expect(note.code, "commission of its part", commission, note.commission)
        yield from expect(note.code, "number as people write it", _code(note), note.code)
        yield from _entries(note, around.entries, kind, -commission, -part.base, invoice)
        invoice.credited += note.total


def _entries(
    document: Invoice, found: Mapping[str, Entry], kind: str, amount: int, base: int, invoice: Invoice
) -> Iterator[Fault]:
    """Check that a document has its line in the ledger, and no other."""
    for other in _KINDS:
        entry = found.get(f"{other}:{document.public_id}")
        expected: Any = None
        if other == kind and amount:
            expected = (invoice.partner_id, amount, invoice.currency, base, invoice.commission_rate,
                        invoice.commission_tier, invoice.commission_from, document.code)
        there = entry and (entry.partner_id, entry.amount, entry.currency, entry.base, entry.rate, entry.tier,
                           entry.rule_from, entry.cause_number)
        yield from expect(document.code, f"line of the ledger ({other})", expected, there)
