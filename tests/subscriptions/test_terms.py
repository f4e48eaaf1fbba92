"""Periods by the calendar, prices as they were agreed on, and which part of a change waits for the renewal."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import DomainError
from portal.subscriptions.policy import PERIODS, Terms, agreed, next_renewal, remaining, steps

RENEWALS = [
    # start, period, day of the month it was bought on -> renewal
    ("2026-01-15", "monthly", 15, "2026-02-15"),
    ("2026-01-31", "monthly", 31, "2026-02-28"),
    ("2026-02-28", "monthly", 31, "2026-03-31"),  # the 31st comes back
    ("2028-01-31", "monthly", 31, "2028-02-29"),
    ("2028-02-29", "monthly", 31, "2028-03-31"),
    ("2026-03-31", "monthly", 31, "2026-04-30"),
    ("2026-12-31", "monthly", 31, "2027-01-31"),
    ("2026-12-01", "monthly", 1, "2027-01-01"),
    ("2028-02-29", "yearly", 29, "2029-02-28"),
    ("2029-02-28", "yearly", 29, "2030-02-28"),
    ("2031-02-28", "yearly", 29, "2032-02-29"),
    ("2026-12-31", "yearly", 31, "2027-12-31"),
    ("2026-01-01", "yearly", 1, "2027-01-01"),
]


@pytest.mark.parametrize(("start", "period", "anchor", "renews_on"), RENEWALS)
def test_when_a_period_ends(start, period, anchor, renews_on):
    assert next_renewal(date.fromisoformat(start), period, anchor) == date.fromisoformat(renews_on)


@given(st.dates(date(2020, 1, 1), date(2090, 1, 1)), st.sampled_from(PERIODS), st.integers(1, 40))
def test_periods_follow_each_other_without_drifting(start, period, times):
    day = start
    for _ in range(times):
        following = next_renewal(day, period, start.day)
        assert 28 <= (following - day).days <= 366
        assert following.day == min(start.day, monthrange(following.year, following.month)[1])
        day = following
    months = times * (12 if period == "yearly" else 1)
    assert (day.year * 12 + day.month) - (start.year * 12 + start.month) == months


@pytest.mark.parametrize(
    ("today", "left"),
    [("2026-01-01", 31), ("2026-01-31", 1), ("2026-02-01", 0), ("2026-03-01", 0), ("2025-12-01", 31)],
)
def test_what_is_left_of_a_period_counts_today_and_never_less_than_nothing(today, left):
    assert remaining(date.fromisoformat(today), date(2026, 1, 1), date(2026, 2, 1)) == (left, 31)


@pytest.fixture
def programme(make_ctx):
    return make_ctx().programme


STANDARD, PROFESSIONAL = "workplace-standard", "workplace-professional"
PRESENT = Terms(STANDARD, 10, "yearly", 3500, 20, 90)  # agreed on before the prices rose to 3600 and 100
MONTHLY = Terms(STANDARD, 10, "monthly", 380, 20, 9)
STEPS = [
    # present, wanted plan, licenses, period, storage -> now, later (plan, licenses, period, unit, storage, its price)
    (PRESENT, (STANDARD, 12, "yearly", 20), (STANDARD, 12, "yearly", 3500, 20, 90), None),
    (PRESENT, (STANDARD, 8, "yearly", 20), (STANDARD, 10, "yearly", 3500, 20, 90),
     (STANDARD, 8, "yearly", 3500, 20, 90)),
    (PRESENT, (PROFESSIONAL, 10, "yearly", 20), (PROFESSIONAL, 10, "yearly", 7200, 20, 90), None),
    (PRESENT, (PROFESSIONAL, 8, "yearly", 0), (PROFESSIONAL, 10, "yearly", 7200, 20, 90),
     (PROFESSIONAL, 8, "yearly", 7200, 0, 0)),
    (PRESENT, (STANDARD, 10, "yearly", 50), (STANDARD, 10, "yearly", 3500, 50, 90), None),
    (PRESENT, (STANDARD, 10, "yearly", 0), (STANDARD, 10, "yearly", 3500, 20, 90),
     (STANDARD, 10, "yearly", 3500, 0, 0)),
    (PRESENT, (STANDARD, 10, "monthly", 20), (STANDARD, 10, "yearly", 3500, 20, 90),
     (STANDARD, 10, "monthly", 400, 20, 10)),
    (MONTHLY, (STANDARD, 10, "yearly", 20), (STANDARD, 10, "yearly", 3600, 20, 100), None),
    (MONTHLY, (STANDARD, 5, "yearly", 20), (STANDARD, 10, "yearly", 3600, 20, 100),
     (STANDARD, 5, "yearly", 3600, 20, 100)),
    (replace(PRESENT, plan=PROFESSIONAL, unit_price=7000), (STANDARD, 10, "yearly", 20),
     (PROFESSIONAL, 10, "yearly", 7000, 20, 90), (STANDARD, 10, "yearly", 3600, 20, 90)),
    # A plan of old times is below all others; one that is dearer than today's higher plan waits.
    (replace(PRESENT, plan="gone"), (STANDARD, 10, "yearly", 20), (STANDARD, 10, "yearly", 3600, 20, 90), None),
    (replace(PRESENT, unit_price=9000), (PROFESSIONAL, 10, "yearly", 20), (STANDARD, 10, "yearly", 9000, 20, 90),
     (PROFESSIONAL, 10, "yearly", 7200, 20, 90)),
]


@pytest.mark.parametrize(("present", "wanted", "now", "later"), STEPS)
def test_more_now_and_less_at_the_renewal(programme, present, wanted, now, later):
    plan, licenses, period, storage = wanted
    terms = agreed(programme, "USD", plan, licenses, period, storage, present)
    found = steps(programme, "USD", present, terms)

    def flat(terms):
        return terms and (terms.plan, terms.licenses, terms.period, terms.unit_price, terms.extra_storage_gb,
                          terms.storage_price)

    assert (flat(found.now), flat(found.later)) == (now, later)


@pytest.mark.parametrize(
    ("plan", "period", "storage", "field"),
    [("none", "yearly", 0, "plan"), (STANDARD, "weekly", 0, "period")],
)
def test_what_the_programme_does_not_sell(programme, plan, period, storage, field):
    with pytest.raises(DomainError) as refused:
        agreed(programme, "USD", plan, 1, period, storage)
    assert refused.value.field == field
