"""Orders, charges and refunds: money is taken once for each, buys what it was for, or goes back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from peewee import JOIN

from portal.billing.models import Charge, Invoice, Order, Refund
from portal.billing.verification.walking import Fault, batches, by, expect
from portal.core.context import Ctx
from portal.jobs.models import Job

_LIVE = ("pending", "action")


def orders(_ctx: Ctx, seen: Counter[str]) -> Iterator[Fault]:
    """Check that every order has what its state says: charges under way, charges that succeeded, invoices."""
    query = Order.select(Order.id, Order.public_id, Order.state, Order.total, Order.currency)
    for batch in batches(query, Order.id):
        ids = [row.id for row in batch]
        charges = by(Charge.select(Charge.order, Charge.state, Charge.amount, Charge.currency)
                     .where(Charge.order.in_(ids)), "order_id")
        issued = by(Invoice.select(Invoice.order, Invoice.total, Invoice.currency)
                    .where(Invoice.order.in_(ids)), "order_id")
        for order in batch:
            seen["orders"] += 1
            yield from _order(order, charges[order.id], issued[order.id])


def _order(order: Order, charges: list[Charge], issued: list[Invoice]) -> Iterator[Fault]:
    where = f"order {order.public_id}"
    states = Counter(charge.state for charge in charges)
    found = (sum(states[state] for state in _LIVE), states["succeeded"], len(issued))
    paid = int(order.total > 0)
    expected = {"done": (0, paid, paid), "pending": (1, 0, 0), "returned": (0, 1, 0)}.get(order.state, (0, 0, 0))
    yield from expect(where, f"charges under way, charges that succeeded and invoices of one that is {order.state}",
                      expected, found)
    for amount in {(row.amount, row.currency) for row in charges} | {(row.total, row.currency) for row in issued}:
        yield from expect(where, "amount charged and invoiced", (order.total, order.currency), amount)


def charges(_ctx: Ctx, seen: Counter[str]) -> Iterator[Fault]:
    """Check every charge with its refunds, and that somebody works on what has no outcome yet."""
    query = Charge.select(Charge, Order.id, Order.state).join(Order, JOIN.LEFT_OUTER)
    for batch in batches(query, Charge.id):
        refunds = by(
            Refund.select(Refund, Invoice.id, Invoice.total, Invoice.corrects)
            .join(Invoice, JOIN.LEFT_OUTER, on=Refund.credit_note)
            .where(Refund.charge.in_([row.id for row in batch])), "charge_id",
        )
        waiting = [f"billing.charge:{row.key}" for row in batch if row.state in _LIVE]
        waiting += [f"billing.refund:{row.key}" for rows in refunds.values() for row in rows if row.state == "pending"]
        jobs = {job.key for job in Job.select(Job.key).where(Job.key.in_(waiting), Job.state == "ready")}
        for charge in batch:
            seen["charges"] += 1
            yield from _charge(charge, refunds[charge.id], jobs)
            for refund in refunds[charge.id]:
                seen["refunds"] += 1
                yield from _refund(charge, refund, jobs)


def _charge(charge: Charge, refunds: list[Refund], jobs: set[str]) -> Iterator[Fault]:
    where = f"charge {charge.key}"
    back = sum(refund.amount for refund in refunds if refund.state == "succeeded")
    yield from expect(where, "given back, by its refunds", back, charge.refunded)
    if charge.refunded > charge.amount:
        yield Fault(where, "given back", f"{charge.amount} at most", charge.refunded)
    if charge.state in _LIVE and f"billing.charge:{charge.key}" not in jobs:
        yield Fault(where, "job that learns its outcome", "ready", None)
    if charge.state == "succeeded" and not charge.reference:
        yield Fault(where, "the gateway's reference", "one, because it succeeded", None)
    if charge.state == "succeeded" and charge.invoice_id is None and not _returns(refunds):
        yield Fault(where, "what its money bought", "an invoice, or a refund of all", None)


def _returns(refunds: list[Refund]) -> bool:
    return any(refund.key.startswith("return:") for refund in refunds)


def _refund(charge: Charge, refund: Refund, jobs: set[str]) -> Iterator[Fault]:
    where, note = f"refund {refund.key}", refund.credit_note
    yield from expect(where, "currency of its charge", charge.currency, refund.currency)
    yield from expect(where, "partner of its charge", charge.partner_id, refund.partner_id)
    if refund.state == "pending" and f"billing.refund:{refund.key}" not in jobs:
        yield Fault(where, "job that gives the money back", "ready", None)
    if refund.key.startswith("return:"):
        yield from expect(where, "all that bought nothing", charge.amount, refund.amount)
        yield from expect(where, "money that bought nothing went back", "", refund.fault)
    else:
        yield from expect(where, "invoice of its charge", charge.invoice_id, refund.invoice_id)
    corrected = refund.invoice_id if refund.state == "succeeded" else None
    yield from expect(where, "its credit note, and of how much", (corrected, refund.amount if corrected else None),
                      (note.corrects_id if note else None, note.total if note else None))
