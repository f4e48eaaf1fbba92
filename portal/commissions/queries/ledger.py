"""The ledger as a partner reads it: balances, months, statements and single lines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from peewee import ModelSelect

from portal.commissions.models import Balance, Entry, MonthTotal
from portal.commissions.policy.kinds import EARNED, MARGINS, PAYABLE
from portal.core.context import Actor
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.storage.paging import keyset

SIZE = 100
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the ledger with everything that its formula needs. Amounts are minor units, the rate basis points."""

    public_id: str
    kind: str
    payable: bool
    amount: int
    currency: str
    on: date
    at: datetime
    organization_name: str
    service: str
    base: int
    rate: int
    tier: str
    rule_from: date | None
    cause: str
    cause_number: str


@dataclass(frozen=True, slots=True)
class Month:
    """What a month brought in one currency; `month` is its first day, `sums` are by kind of line."""

    month: date
    currency: str
    sums: Mapping[str, int] = field(default_factory=dict)

    @property
    def earned(self) -> int:
        """What could be collected of it: accrued, less what was clawed back."""
        return sum(self.sums.get(kind, 0) for kind in EARNED)

    @property
    def margins(self) -> int:
        return sum(self.sums.get(kind, 0) for kind in MARGINS)

    @property
    def change(self) -> int:
        """By how much it changed the balance."""
        return sum(amount for kind, amount in self.sums.items() if kind in PAYABLE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of one currency: opening + change = closing; margins stand apart, they were kept at the charge.

    `first` is the month of the first line ever.
    """

    of: Month
    first: date
    opening: int
    lines: Page[Line]

    @property
    def closing(self) -> int:
        return self.opening + self.of.change


def visible_to(actor: Actor) -> ModelSelect[Entry]:
    """Return the lines of the actor's partner; nothing for who has no partner."""
    if actor.partner_id is None:
        return Entry.select().where(Entry.id.in_([]))
    return Entry.select().where(Entry.partner == actor.partner_id)


def find_entry(actor: Actor, public_id: str) -> Line:
    """Return a line, or raise `NotFound`."""
    row: Entry | None = visible_to(actor).where(Entry.public_id == public_id).first()
    if row is None:
        raise NotFound(public_id)
    return _line(row)


def balances(partner_id: int | None) -> dict[str, int]:
    """Return what a partner could collect by currency, also below zero: that is carried forward."""
    rows = Balance.select(Balance.currency, Balance.amount).where(Balance.partner == partner_id)
    return {row.currency: row.amount for row in rows.order_by(Balance.currency)}


def months(actor: Actor, today: date, every: bool = False) -> list[Month]:
    """Return the months in which something was booked, the latest first: of the last year, or `every` one."""
    query = _totals(actor.partner_id)
    if not every:
        query = query.where(MonthTotal.month > today.replace(year=today.year - 1, day=1))
    found = _by_month(query)
    return sorted(found, key=lambda month: (-month.month.toordinal(), month.currency))


def earned_by_month(partner_id: int, currency: str) -> tuple[list[tuple[date, int]], int]:
    """Return what each month brought that could be collected, in order, and what has been collected since."""
    found = _by_month(_totals(partner_id).where(MonthTotal.currency == currency))
    collected = -sum(month.change - month.earned for month in found)
    return sorted((month.month, month.earned) for month in found), collected


def statement_of(actor: Actor, currency: str, month: date, after: str | None = None, size: int = SIZE) -> Statement:
    """Return a partner's statement of a month, with a page of its lines.

    Raises `NotFound` where nothing was booked in this currency up to its end.
    """
    totals = _totals(actor.partner_id).where(MonthTotal.currency == currency, MonthTotal.month <= month)
    found = _by_month(totals)
    if not found:
        raise NotFound(currency)
    opening = sum(one.change for one in found if one.month < month)
    this = next((one for one in found if one.month == month), Month(month, currency))
    page = keyset(_in_month(actor, currency, month), (Entry.on, Entry.id), _key, after, size)
    first = min(one.month for one in found)
    return Statement(this, first, opening, Page([_line(row) for row in page.rows], page.previous, page.next))


def month_of_partner(partner_id: int, month: date) -> list[tuple[Month, int]]:
    """Return what a month brought a partner in each currency in which it had lines, with the opening balance."""
    found = _by_month(_totals(partner_id).where(MonthTotal.month <= month))
    return [
        (of, sum(one.change for one in found if one.currency == of.currency and one.month < month))
        for of in sorted(found, key=lambda one: one.currency) if of.month == month
    ]


def every_line(actor: Actor, currency: str, month: date) -> Iterator[Line]:
    """Yield all lines of a month in their order, one after the other."""
    query = _in_month(actor, currency, month).order_by(Entry.on, Entry.id)
    return (_line(row) for row in query.iterator())


def month_after(month: date) -> date:
    """Return the first day of the following month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _in_month(actor: Actor, currency: str, month: date) -> ModelSelect[Entry]:
    days = (Entry.on >= month) & (Entry.on < month_after(month))
    return visible_to(actor).where(Entry.currency == currency, days)


def _key(row: Entry) -> list[str | int]:
    return [row.on.isoformat(), row.id]


def _totals(partner_id: int | None) -> ModelSelect[MonthTotal]:
    columns = (MonthTotal.month, MonthTotal.currency, MonthTotal.kind, MonthTotal.amount)
    return MonthTotal.select(*columns).where(MonthTotal.partner == partner_id)


def _by_month(totals: ModelSelect[MonthTotal]) -> list[Month]:
    found = defaultdict[Any, dict[str, int]](dict)
    for row in totals:
        found[row.month, row.currency][row.kind] = row.amount
    return [Month(month, currency, sums) for (month, currency), sums in found.items()]


def _line(row: Entry) -> Line:
    return Line(
        row.public_id, row.kind, bool(row.payable), row.amount, row.currency, row.on, row.at, row.organization_name,
        row.service, row.base, row.rate, row.tier, row.rule_from, row.cause, row.cause_number,
    )
