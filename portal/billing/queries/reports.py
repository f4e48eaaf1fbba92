"""The overview of sales and commission: what the days of a partner came to, by month, service and kind of card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import attrgetter
from typing import Any, NamedTuple

from peewee import SQL, fn

from portal.billing.policy.spans import months_of
from portal.billing.queries.payments import TOTALS, days, within
from portal.core.context import Ctx
from portal.storage.hot import rows, slot


class Cell(NamedTuple):
    """What the settled payments of a month, currency, service, kind of card and state came to."""

    month: str  # 2026-03
    currency: str
    service: str
    card_kind: str
    state: str
    number: int
    amount: int
    net: int
    commission: int


@dataclass(slots=True)
class Figures:
    """Sales, refunds and commission, in minor units of one currency.

    `net` and `tax` are what was charged; refunds are not taken off, they stand beside with what is taken back.
    """

    payments: int = 0
    net: int = 0
    tax: int = 0
    commission: int = 0
    refunds: int = 0
    refunded: int = 0  # with tax
    taken_back: int = 0  # commission

    def add(self, cell: Cell) -> None:
        if cell.state == "refunded":
            self.refunds += cell.number
            self.refunded += cell.amount
            self.taken_back += cell.commission
        else:
            self.payments += cell.number
            self.net += cell.net
            self.tax += cell.amount - cell.net
            self.commission += cell.commission


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a report: from its first to its last day that belong to the period."""

    since: date
    until: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class CurrencyReport:
    """The overview of one currency; amounts of several are never added up."""

    currency: str
    months: Sequence[Month]
    services: Sequence[tuple[str, Figures]]
    card_kinds: Sequence[tuple[str, Figures]]
    total: Figures


def overview(ctx: Ctx, since: date, until: date) -> list[CurrencyReport]:
    """Return what the actor's partner sold and earned in a period (both days count), per currency; one statement.

    S0.19, for all its customers.
    """
    by_currency: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells(ctx, since, until):
        by_currency[cell.currency].append(cell)
    return [_report(currency, found, since, until) for currency, found in sorted(by_currency.items())]


def cells(ctx: Ctx, since: date, until: date) -> Iterator[Cell]:
    """Yield what the overview is made of, in no order."""
    values = {"partner": ctx.actor.partner_id, **days(ctx, since, until)}
    for month, currency, service, card_kind, state, *amounts in rows(("overview",), _by_month, values):
        number, amount, net, commission = map(int, amounts)
        yield Cell(month, currency, service, card_kind, state, number, amount, net, commission)


def _by_month() -> Any:
    return reduce(lambda some, more: some.union_all(more), (_part(table, part) for table, part in TOTALS))


def _part(table: Any, part: str) -> Any:
    month = fn.SUBSTR(table.on.cast("text"), SQL("1"), SQL("7"))  # as parameters, PostgreSQL would not group by it
    by = (month, table.currency, table.service, table.card_kind, table.state)
    amounts = (fn.SUM(column) for column in (table.count, table.amount, table.net, table.commission))
    return table.select(*by, *amounts).where(
        table.partner == slot("partner"), *within(table.on, part), table.state.in_(("succeeded", "refunded"))
    ).group_by(*by)


def _report(currency: str, found: Sequence[Cell], since: date, until: date) -> CurrencyReport:
    months, services, kinds = (_split(found, attrgetter(part)) for part in ("month", "service", "card_kind"))
    total = Figures()
    for cell in found:
        total.add(cell)
    return CurrencyReport(
        currency,
        [Month(first, last, months.get(_name(first), Figures())) for first, last in months_of(since, until)],
        sorted(services.items()), sorted(kinds.items()), total,
    )


def _split(all_cells: Iterable[Cell], part: Callable[[Cell], str]) -> dict[str, Figures]:
    found: dict[str, Figures] = defaultdict(Figures)
    for cell in all_cells:
        found[part(cell)].add(cell)
    return dict(found)


def _name(month: date) -> str:
    return month.isoformat()[:7]
