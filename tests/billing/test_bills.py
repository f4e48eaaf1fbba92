"""What is charged, by table and property: parts of periods, rounding, margin and accrual, tax, pieces of a whole."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.billing.policy.bills import Bill, Line, bill, portion, prorated, whole_period
from portal.billing.policy.taxes import TaxRule
from portal.core.money import share
from portal.programme.commission import Rule
from portal.subscriptions.policy import Terms, next_renewal

START, END = date(2026, 3, 1), date(2027, 3, 1)  # 365 days
HAVE = Terms("standard", 10, "yearly", 3600)
NOBODY = Rule(0, "authorized", None)
RULE = Rule(1500, "authorized", date(2026, 1, 1))
VAT = TaxRule(2100, "ES")


def nets(lines):
    return [(line.kind, line.quantity, line.days, line.net) for line in lines]


@pytest.mark.parametrize(("today", "days", "net"), [
    (START, 365, 36000),  # the first day: the whole period
    (START + timedelta(1), 364, 35901),  # 35,901.37
    (date(2026, 8, 31), 182, 17951),  # the middle: 17,950.68
    (END - timedelta(1), 1, 99),  # the last day: 98.63
    (END, 0, 0),  # it renews today
    (END + timedelta(3), 0, 0),  # it should have renewed
    (START - timedelta(1), 365, 36000),  # the organization has moved to where it is yesterday: never more than all
])
def test_ten_more_licenses_cost_the_days_that_are_left(today, days, net) -> None:
    assert nets(prorated(HAVE, replace(HAVE, licenses=20), today, START, END, END)) == [("plan-part", 10, days, net)]


MID = date(2026, 8, 31)  # 182 of 365 days are left
HAVE_STORAGE = replace(HAVE, extra_storage_gb=5, storage_price=100)
MONTH = Terms("standard", 3, "monthly", 400, 10, 10)
CHANGES = [
    ("a higher plan is charged, the old one credited", HAVE, replace(HAVE, plan="pro", unit_price=7200),
     [("plan-credit", 10, 182, -17951), ("plan-part", 10, 182, 35901)]),
    ("a higher plan with more licenses", HAVE, replace(HAVE, plan="pro", unit_price=7200, licenses=12),
     [("plan-credit", 10, 182, -17951), ("plan-part", 12, 182, 43082)]),
    ("the first extra storage", HAVE, replace(HAVE, extra_storage_gb=7, storage_price=100),
     [("storage-part", 7, 182, 349)]),
    ("more storage: what is added", HAVE_STORAGE, replace(HAVE_STORAGE, extra_storage_gb=12),
     [("storage-part", 7, 182, 349)]),
    ("licenses and storage", HAVE_STORAGE, replace(HAVE_STORAGE, extra_storage_gb=6, licenses=11),
     [("plan-part", 1, 182, 1795), ("storage-part", 1, 182, 50)]),
    ("a higher plan keeps the storage that is paid for", HAVE_STORAGE,
     replace(HAVE_STORAGE, plan="pro", unit_price=7200), [("plan-credit", 10, 182, -17951),
                                                          ("plan-part", 10, 182, 35901)]),
    ("nothing", HAVE, HAVE, []),
]


@pytest.mark.parametrize(("have", "become", "lines"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_a_change_in_the_middle_of_a_year(have, become, lines) -> None:
    assert nets(prorated(have, become, MID, START, END, END)) == lines


def test_a_longer_period_begins_today_and_credits_what_is_left_of_the_short_one() -> None:
    yearly = Terms("standard", 3, "yearly", 3600, 10, 100)
    today, starts, ends = date(2026, 3, 21), date(2026, 3, 1), date(2026, 4, 1)  # 11 of 31 days
    lines = prorated(MONTH, yearly, today, starts, ends, date(2027, 3, 21))
    assert nets(lines) == [("plan-credit", 3, 11, -426), ("storage-credit", 10, 11, -35),
                           ("plan", 3, None, 10800), ("storage", 10, None, 1000)]
    assert [(line.starts_on, line.ends_on) for line in lines] == [(today, ends)] * 2 + [(today, date(2027, 3, 21))] * 2


@pytest.mark.parametrize(("product", "of", "rounded"), [
    (1, 2, 1), (-1, 2, -1), (3, 2, 2), (-3, 2, -2), (5, 10, 1), (-5, 10, -1), (4, 10, 0), (-4, 10, 0), (49, 100, 0),
])
def test_half_is_rounded_away_from_zero(product, of, rounded) -> None:
    assert share(product, 1, of) == rounded


@pytest.mark.parametrize(("settlement", "tax", "expected"), [
    # (net, tax, total, commission) of 10,000
    ("margin", TaxRule(), (8500, 0, 8500, 1500)),
    ("margin", VAT, (8500, 1785, 10285, 1500)),
    ("accrual", TaxRule(note="untaxed"), (10000, 0, 10000, 1500)),
    ("accrual", VAT, (10000, 2100, 12100, 1500)),
    (None, VAT, (10000, 2100, 12100, 0)),
])
def test_a_margin_is_taken_off_before_tax_and_an_accrual_is_not(settlement, tax, expected) -> None:
    made = bill([Line("plan", 10000, "standard", 1, 10000)], "EUR", settlement, RULE, tax)
    assert (made.net, made.tax, made.total, made.commission) == expected
    assert (made.tax_rate, made.tax_note) == (tax.rate, tax.note)
    assert [line.kind for line in made.lines] == ["plan", "margin"] if settlement == "margin" else ["plan"]
    assert made.commission_base == 10000
    assert (made.commission_rate, made.commission_tier) == ((1500, "authorized") if settlement else (0, ""))


def test_a_margin_of_nothing_is_no_line() -> None:
    made = bill([Line("plan", 3, "standard", 1, 3)], "EUR", "margin", Rule(1000, "authorized", None), TaxRule())
    assert [line.kind for line in made.lines] == ["plan"]  # 0.3 is nothing


# ---- Whatever the numbers ----

prices = st.integers(0, 5_000_000)
terms = st.builds(
    Terms, st.sampled_from(["standard", "pro"]), st.integers(1, 5000), st.just("monthly"), prices,
    st.integers(0, 3000), prices,
)
days = st.dates(date(2024, 1, 1), date(2032, 12, 31))
rules = st.builds(Rule, st.integers(0, 10_000), st.just("authorized"), st.none() | st.just(date(2026, 1, 1)))
taxes = st.builds(TaxRule, st.integers(0, 3000), st.just("ES"))
settlements = st.sampled_from(["margin", "accrual", None])


def by_hand(line: Line) -> Fraction:
    """Work a line's formula out again, as its reader can."""
    if line.kind == "margin":
        return -Fraction(line.unit_price * line.rate, 10_000)
    part = Fraction(line.days, line.of_days) if line.of_days else Fraction(1)
    sign = -1 if line.kind.endswith("-credit") else 1
    return sign * line.quantity * line.unit_price * part


def rounded(exact: Fraction) -> int:
    """Half away from zero, written differently from the code under test."""
    return int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)


@given(terms, terms, days, st.integers(1, 31), st.integers(-3, 40), settlements, rules, taxes, st.booleans())
def test_every_line_is_its_formula_and_every_sum_its_lines(
    have, become, starts_on, anchor, passed, settlement, rule, tax, longer
) -> None:
    ends_on, today = next_renewal(starts_on, "monthly", anchor), starts_on + timedelta(passed)
    become = replace(become, period="yearly") if longer else become
    renews_on = next_renewal(today, "yearly", today.day) if longer else ends_on
    made = bill(prorated(have, become, today, starts_on, ends_on, renews_on), "EUR", settlement, rule, tax)
    for line in made.lines:
        assert line.net == rounded(by_hand(line)), line
        assert line.days is None or 0 <= line.days <= line.of_days
    base = sum(line.net for line in made.lines if line.kind != "margin")
    assert made.commission_base == max(0, base)
    assert made.commission == (rounded(Fraction(made.commission_base * rule.rate, 10_000)) if settlement else 0)
    if base >= 0:
        assert made.net == sum(line.net for line in made.lines)
    assert made.tax == rounded(Fraction(made.net * tax.rate, 10_000))
    assert made.total == made.net + made.tax >= 0


@given(terms, days, st.integers(1, 31), settlements, rules, taxes)
def test_a_bill_comes_back_from_an_order_as_it_was(have, starts_on, anchor, settlement, rule, tax) -> None:
    lines = whole_period(have, starts_on, next_renewal(starts_on, have.period, anchor))
    assert sum(line.net for line in lines) == have.price
    made = bill(lines, "THB", settlement, rule, tax)
    assert Bill.from_json(json.loads(json.dumps(made.as_json()))) == made


@given(st.integers(0, 10**9), st.lists(st.integers(1, 10**6), min_size=1, max_size=12))
def test_the_parts_of_a_whole_are_the_whole(amount, parts) -> None:
    whole, before, given_back = sum(parts), 0, 0
    for part in parts:
        piece = portion(amount, part, whole, before)
        assert 0 <= piece <= amount
        assert abs(piece - Fraction(amount * part, whole)) <= 1  # nobody waits for the last piece
        given_back, before = given_back + piece, before + part
    assert given_back == amount


@given(st.integers(0, 10**7), st.integers(0, 3000), st.lists(st.integers(1, 10**4), min_size=1, max_size=8))
def test_net_and_tax_of_pieces_add_up_to_those_of_the_invoice(net, rate, cuts) -> None:
    """A credit note's tax is its total without its net: that is never less than nothing."""
    total = net + share(net, rate, 10_000)
    left, before, nets_back = total, 0, 0
    for cut in [*cuts, total]:
        part = min(cut, left)
        if part:
            piece = portion(net, part, total, before)
            assert 0 <= piece <= part
            nets_back, before, left = nets_back + piece, before + part, left - part
    assert (nets_back, left) == (net, 0)
