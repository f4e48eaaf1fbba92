"""Sums that are kept beside what they are of: numbers given out, days, months and balances."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from peewee import JOIN, fn

from portal.billing.models import Charge, DayTotal, Invoice, InvoiceNumber, MonthlyTotal, Refund
from portal.billing.verification.walking import Fault, batches, expect
from portal.commissions.models import Balance, Entry, MonthTotal, Payout
from portal.core.context import Ctx
from portal.partners.models import Partner

Sums = dict[tuple[Any, ...], tuple[int, ...]]


def numbers(_ctx: Ctx, _seen: Counter[str]) -> Iterator[Fault]:
    """Check that the numbers of each entity's invoices and credit notes have no gap."""
    given = {row.entity: row.last for row in InvoiceNumber.select()}
    query: Any = Invoice.select(Invoice.entity, fn.COUNT(Invoice.id), fn.MAX(Invoice.number)).group_by(Invoice.entity)
    used = {entity: (count, last) for entity, count, last in query.tuples()}
    for entity in sorted(given.keys() | used.keys()):
        last, where = given.get(entity, 0), f"numbers of {entity}"
        count, highest = used.get(entity, (0, 0))
        yield from expect(where, "the last one given out", last, highest)
        if count != highest:
            yield Fault(where, "documents up to the last number", highest, count)
            yield Fault(where, "the first number that is missing", None, _missing(entity))


def _missing(entity: str) -> int:
    mine = Invoice.select(Invoice.number).where(Invoice.entity == entity)
    expected = 1
    for batch in batches(mine, Invoice.number):
        for row in batch:
            if row.number != expected:
                return expected
            expected += 1
    return expected


def partners(_ctx: Ctx, seen: Counter[str]) -> Iterator[Fault]:
    """Check each partner's totals of days and months, its balance, and that no more was collected than earned."""
    for batch in batches(Partner.select(Partner.id, Partner.public_id), Partner.id):
        for partner in batch:
            seen["partners"] += 1
            where = f"partner {partner.public_id}"
            days = _kept(DayTotal, partner.id)
            yield from _compared(where, "count, amount, net amount and commission of the day",
                                 _paid_by_day(partner.id) | _returned_by_day(partner.id), days)
            yield from _compared(where, "count, amount, net amount and commission of the month, by its days",
                                 _by_month(days), _kept(MonthlyTotal, partner.id))
            yield from _ledger(partner.id, where)
            yield from _payout_numbers(partner.id, where)


def _compared(where: str, what: str, expected: Sums, found: Sums) -> Iterator[Fault]:
    for key in sorted(expected.keys() | found.keys(), key=str):
        at = " ".join(map(str, key))
        yield from expect(f"{where}, {at}", what, expected.get(key), found.get(key))


def _paid_by_day(partner_id: int) -> Sums:
    keys = (Charge.on, Charge.currency, Charge.service, Charge.card_kind, Charge.state)
    query = (
        Charge.select(*keys, fn.COUNT(Charge.id), fn.SUM(Charge.amount), fn.SUM(Charge.net),
                      fn.SUM(fn.COALESCE(Invoice.commission, 0)))
        .join(Invoice, JOIN.LEFT_OUTER, on=(Invoice.id == Charge.invoice) & (Charge.state == "succeeded"))
        .where(Charge.partner == partner_id, Charge.state.in_(["succeeded", "declined"]))
        .group_by(*keys)
    )
    return _sums(query, len(keys))


def _returned_by_day(partner_id: int) -> Sums:
    """Return what went back. What came too late for a declined charge was never counted, and neither is its return."""
    keys = (Refund.on, Refund.currency, Charge.service, Charge.card_kind)
    query = (
        Refund.select(*keys, fn.COUNT(Refund.id), fn.SUM(Refund.amount), fn.SUM(fn.COALESCE(Invoice.net, Charge.net)),
                      fn.SUM(fn.COALESCE(Invoice.commission, 0)))
        .join(Charge).switch(Refund).join(Invoice, JOIN.LEFT_OUTER, on=Refund.credit_note)
        .where(Refund.partner == partner_id, Refund.state == "succeeded", Charge.state == "succeeded")
        .group_by(*keys)
    )
    return {(*key, "refunded"): sums for key, sums in _sums(query, len(keys)).items()}


def _sums(query: Any, keys: int) -> Sums:
    return {row[:keys]: tuple(map(int, row[keys:])) for row in query.tuples().iterator()}


def _by_month(days: Sums) -> Sums:
    months: Sums = {}
    for (on, *key), sums in days.items():
        month = (on.replace(day=1), *key)
        months[month] = tuple(map(sum, zip(months.get(month, (0,) * len(sums)), sums, strict=True)))
    return months


def _kept(table: Any, partner_id: int) -> Sums:
    rows = table.select().where(table.partner == partner_id)
    return {
        (row.on, row.currency, row.service, row.card_kind, row.state): (row.count, row.amount, row.net, row.commission)
        for row in rows.iterator()
    }


def _ledger(partner_id: int, where: str) -> Iterator[Fault]:
    months = defaultdict[tuple[Any, ...], tuple[int, ...]](lambda: (0, 0))
    balances, by_kind = Counter[tuple[Any, ...]](), Counter[tuple[str, str]]()
    query = (
        Entry.select(Entry.currency, Entry.on, Entry.kind, Entry.payable, fn.COUNT(Entry.id), fn.SUM(Entry.amount))
        .where(Entry.partner == partner_id).group_by(Entry.currency, Entry.on, Entry.kind, Entry.payable)
    )
    for currency, on, kind, payable, count, amount in query.tuples().iterator():
        month = (currency, on.replace(day=1), kind)
        months[month] = (months[month][0] + count, months[month][1] + int(amount))
        by_kind[currency, kind] += int(amount)
        balances[(currency,)] += int(amount) * payable
    kept = MonthTotal.select().where(MonthTotal.partner == partner_id)
    yield from _compared(where, "count and amount of the month", dict(months), {
        (row.currency, row.month, row.kind): (row.count, row.amount) for row in kept.iterator()})
    held = Balance.select().where(Balance.partner == partner_id)
    yield from _compared(where, "balance, by the lines of the ledger", _unless_zero(balances), _unless_zero({
        (row.currency,): row.amount for row in held}))
    for currency, in balances:
        collected = -by_kind[currency, "payout"] - by_kind[currency, "payout-return"]
        if collected > by_kind[currency, "accrual"]:
            yield Fault(f"{where}, {currency}", "collected", f"{by_kind[currency, 'accrual']} at most", collected)


def _unless_zero(amounts: Mapping[tuple[Any, ...], int]) -> Sums:
    return {key: (amount,) for key, amount in amounts.items() if amount}


def _payout_numbers(partner_id: int, where: str) -> Iterator[Fault]:
    mine: Any = Payout.select(fn.COUNT(Payout.id), fn.MAX(Payout.number)).where(Payout.partner == partner_id)
    count, last = mine.tuples().get()
    yield from expect(where, "numbers of its payouts up to the last one", last or 0, count)
