"""Sales and commission: the totals of days and months say what the payments say, one by one; currencies stay apart."""

from __future__ import annotations

from datetime import date

import pytest

from portal.billing.models import DayTotal, MonthlyTotal
from portal.billing.policy.spans import last_months, months_of, spans
from portal.billing.queries.payments import Asked, sums
from portal.billing.queries.reports import overview
from tests.billing.history import naive, told

D = date.fromisoformat
TODAY = date(2026, 3, 2)


# ---- How a period is added up ----

@pytest.mark.parametrize(("since", "until", "months", "head", "tail"), [
    # whole months, the present one as far as it goes
    ("2025-04-01", "2026-03-02", ("2025-04-01", "2026-03-01"), None, None),
    ("2025-04-01", "2025-06-30", ("2025-04-01", "2025-06-01"), None, None),
    ("2026-03-01", "2026-12-31", ("2026-03-01", "2026-12-01"), None, None),
    # parts at both ends
    ("2025-04-02", "2025-07-30", ("2025-05-01", "2025-06-01"), ("2025-04-02", "2025-04-30"),
     ("2025-07-01", "2025-07-30")),
    ("2025-12-31", "2026-01-31", ("2026-01-01", "2026-01-01"), ("2025-12-31", "2025-12-31"), None),
    # no whole month
    ("2025-04-02", "2025-05-30", None, ("2025-04-02", "2025-04-30"), ("2025-05-01", "2025-05-30")),
    ("2025-04-05", "2025-04-06", None, ("2025-04-05", "2025-04-06"), None),
    ("2025-04-06", "2025-04-05", None, None, None),
])
def test_a_period_in_months_and_days(since, until, months, head, tail) -> None:
    split = spans(D(since), D(until), TODAY)
    listed = [(month, month) for month in (split.months,) if month[0] <= month[1]]
    assert [(first.isoformat(), last.isoformat()) for (first, last), _ in listed] == ([months] if months else [])
    days = sorted(day for part in (split.head, split.tail) for day in _days(*part))
    expected = sorted(day for part in (head, tail) if part for day in _days(D(part[0]), D(part[1])))
    assert days == expected


def _days(first: date, last: date) -> list[date]:
    return [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]


def test_months_of_a_period() -> None:
    assert list(months_of(D("2025-12-30"), D("2026-02-02"))) == [
        (D("2025-12-30"), D("2025-12-31")), (D("2026-01-01"), D("2026-01-31")), (D("2026-02-01"), D("2026-02-02"))]
    assert last_months(TODAY, 12) == (D("2025-04-01"), TODAY)
    assert last_months(D("2026-12-31"), 12) == (D("2026-01-01"), D("2026-12-31"))
    assert last_months(D("2026-01-31"), 1) == (D("2026-01-01"), D("2026-01-31"))


# ---- The figures ----

PERIODS = [("2025-01-01", "2026-12-31"), ("2026-01-10", "2026-01-10"), ("2026-01-11", "2026-02-24"),
           ("2026-02-01", "2026-02-28"), ("2026-01-05", "2026-03-08"), ("2026-06-01", "2026-06-30"),
           ("2026-01-01", "2026-02-20")]  # a whole month, and a part of the next


@pytest.fixture
def history(shop, cast):
    return told(shop, cast)


def test_the_overview_is_what_the_payments_come_to_one_by_one(history, cast) -> None:
    for since, until in PERIODS:
        reports = overview(cast.admin.ctx, D(since), D(until))
        expected = naive(D(since), D(until))
        assert {report.currency for report in reports} == {
            currency for currency, state in expected if state in {"succeeded", "refunded"}}
        for report in reports:
            sold, back = (expected.get((report.currency, state), [0, 0, 0, 0]) for state in ("succeeded", "refunded"))
            total = report.total
            assert (total.payments, total.net + total.tax, total.net, total.commission) == tuple(sold)
            assert (total.refunds, total.refunded, total.taken_back) == (back[0], back[1], back[3])


def test_each_month_service_and_card_by_itself(history, cast) -> None:
    since, until = D("2026-01-01"), D("2026-03-07")
    for report in overview(cast.admin.ctx, since, until):
        assert [(month.since, month.until) for month in report.months] == list(months_of(since, until))
        parts = [({}, month.since, month.until, month.figures) for month in report.months]
        parts += [({"service": code}, since, until, figures) for code, figures in report.services]
        parts += [({"card_kind": kind}, since, until, figures) for kind, figures in report.card_kinds]
        for columns, first, last, figures in parts:
            expected = naive(first, last, **columns)
            sold, back = (expected.get((report.currency, state), [0, 0, 0, 0]) for state in ("succeeded", "refunded"))
            assert (figures.payments, figures.net + figures.tax, figures.net, figures.commission) == tuple(sold)
            assert (figures.refunds, figures.refunded, figures.taken_back) == (back[0], back[1], back[3])


def test_currencies_are_never_added_up(history, cast) -> None:
    reports = {report.currency: report for report in overview(cast.admin.ctx, D("2025-01-01"), D("2026-12-31"))}
    assert set(reports) == {"EUR", "THB"}
    # Three licenses of a customer in France, twice, less the reseller's margin; ten and two of customers in Thailand.
    assert reports["EUR"].total.payments == 2
    assert reports["THB"].total.payments == 4
    assert [kind for kind, _figures in reports["EUR"].card_kinds] == ["reseller"]
    both = [each for each in sums(cast.admin.ctx, Asked(D("2025-01-01"), D("2026-12-31"))) if each.state == "succeeded"]
    assert [each.currency for each in both] == ["EUR", "THB"]


def test_an_outsider_sees_nothing(history, cast) -> None:
    assert overview(cast.outsider.ctx, D("2025-01-01"), D("2026-12-31")) == []
    assert sums(cast.outsider.ctx, Asked(D("2025-01-01"), D("2026-12-31"))) == []


def test_days_and_months_hold_the_same(history) -> None:
    def kept(table):
        found: dict[tuple[str, ...], int] = {}
        for row in table.select():
            key = (row.on.isoformat()[:7], row.currency, row.service, row.card_kind, row.state)
            found[key] = found.get(key, 0) + row.amount
        return found

    assert kept(DayTotal) == kept(MonthlyTotal)
    assert MonthlyTotal.select().where(MonthlyTotal.on.day != 1).count() == 0
