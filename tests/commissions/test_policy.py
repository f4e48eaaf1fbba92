"""Rules of commission by table: account numbers, amounts, months of a payout, tiers, formulas."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.commissions.policy.accounts import Details, checked, masked
from portal.commissions.policy.formulas import formula
from portal.commissions.policy.payouts import BankMissing, BankWaits, check_amount, made_of, require_usable
from portal.commissions.policy.tiers import check_tier
from portal.core.errors import DomainError

JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def details(number: str, bic: str = "") -> Details:
    return Details("Andina Cloud", "Banco Uno", number, bic, "ES")


@pytest.mark.parametrize(("typed", "kept"), [
    ("ES91 2100 0418 4502 0005 1332", "ES9121000418450200051332"),
    ("de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ("GB82-WEST-1234-5698-7654-32", "GB82WEST12345698765432"),
    ("NO9386011117947", "NO9386011117947"),
    ("MT84MALT011000012345MTLCAST001S", "MT84MALT011000012345MTLCAST001S"),
    ("๑๒๓-๔-๕๖๗๘๙-๐", "1234567890"),
    ("032 180 000118359719", "032180000118359719"),  # a Mexican CLABE is no IBAN
])
def test_account_numbers_are_kept_in_one_spelling(typed: str, kept: str) -> None:
    assert checked(details(typed)).number == kept


@pytest.mark.parametrize("typed", [
    "ES91 2100 0418 4502 0005 1323",  # two digits changed places
    "ES92 2100 0418 4502 0005 1332", "GB82WEST1234569876543", "DE89", "1234", "12345*", "", "A" * 35, "ES91",
    "บัญชี12345",
])
def test_account_numbers_that_are_not_right_are_refused(typed: str) -> None:
    with pytest.raises(DomainError) as refused:
        checked(details(typed))
    assert refused.value.field == "number"


@given(st.integers(4, 23), st.integers(1, 9))
def test_one_wrong_digit_of_an_iban_is_noticed(place: int, more: int) -> None:
    right = "ES9121000418450200051332"
    wrong = right[:place] + str((int(right[place]) + more) % 10) + right[place + 1:]
    with pytest.raises(DomainError):
        checked(details(wrong))


@pytest.mark.parametrize(("bic", "right"), [
    ("CAIXESBB", True), ("caix es bb xxx", True), ("", True), ("CAIX", False), ("CAIXESBB1", False), ("12345678", False)
])
def test_bics(bic: str, right: bool) -> None:
    if right:
        assert " " not in checked(details("12345", bic)).bic
    else:
        with pytest.raises(DomainError):
            checked(details("12345", bic))


def test_four_characters_are_shown() -> None:
    assert masked("ES9121000418450200051332") == "•••• 1332"


@pytest.mark.parametrize(("amount", "balance", "minimum", "right"), [
    (10_000, 10_000, 10_000, True), (10_000, 50_000, 10_000, True), (50_000, 50_000, 10_000, True),
    (50_001, 50_000, 10_000, False), (9_999, 50_000, 10_000, False), (9_999, 9_999, 10_000, False),
    (0, 50_000, 0, False), (-1, 50_000, 0, False), (1, -5, 0, False), (1, 1, 0, True),
])
def test_amounts(amount: int, balance: int, minimum: int, right: bool) -> None:
    if right:
        check_amount(amount, balance, minimum)
    else:
        with pytest.raises(DomainError) as refused:
            check_amount(amount, balance, minimum)
        assert refused.value.field == "amount"


def test_a_new_account_waits() -> None:
    require_usable(NOW, NOW)
    with pytest.raises(BankWaits):
        require_usable(NOW + timedelta(seconds=1), NOW)
    with pytest.raises(BankMissing):
        require_usable(None, NOW)


@pytest.mark.parametrize(("earned", "collected", "amount", "parts"), [
    ([(JAN, 100), (FEB, 50)], 0, 150, [(JAN, 100), (FEB, 50)]),
    ([(JAN, 100), (FEB, 50)], 0, 70, [(JAN, 70)]),
    ([(JAN, 100), (FEB, 50)], 70, 80, [(JAN, 30), (FEB, 50)]),
    ([(JAN, 100), (FEB, 50)], 100, 20, [(FEB, 20)]),
    ([(JAN, 100), (FEB, -30), (MAR, 80)], 0, 150, [(JAN, 100), (FEB, -30), (MAR, 80)]),
    ([(JAN, 100), (FEB, -30), (MAR, 80)], 100, 50, [(MAR, 50)]),  # what was paid out too much comes first
    ([(JAN, 0), (FEB, 10)], 0, 10, [(FEB, 10)]),
])
def test_months_of_a_payout(earned, collected, amount, parts) -> None:
    assert made_of(earned, collected, amount) == parts


@given(st.lists(st.integers(-500, 1000), min_size=1, max_size=12), st.data())
def test_payouts_are_made_of_what_was_earned_and_nothing_twice(sums: list[int], data: st.DataObject) -> None:
    months = [(date(2026, number, 1), amount) for number, amount in enumerate(sums, 1)]
    collected = 0
    while (left := sum(sums) - collected) > 0:
        amount = data.draw(st.integers(1, left))
        parts = made_of(months, collected, amount)
        assert sum(part for _month, part in parts) == amount
        collected += amount


@pytest.mark.parametrize(("tier", "on", "field"), [
    ("premium", date(2026, 3, 2), ""), ("premium", date(2027, 1, 1), ""), ("gold", date(2026, 3, 2), "tier"),
    ("premium", date(2026, 3, 1), "effective_from"),
])
def test_tiers_begin_today_or_later(tier: str, on: date, field: str) -> None:
    said = ""
    try:
        check_tier(tier, {"premium"}, on, date(2026, 3, 2))
    except DomainError as refused:
        said = refused.field or "?"
    assert said == field


@pytest.mark.parametrize(("base", "rate", "amount", "exact", "rounding"), [
    (36_000, 1500, 5_400, "5400", "none"), (12_345, 1500, 1_852, "7407/4", "half-up"), (10, 1500, 2, "3/2", "half-up"),
    (-12_345, 1500, -1_852, "-7407/4", "half-up"), (-10, 1500, -1, "-3/2", "running"),
])
def test_a_line_opens_to_its_formula(base: int, rate: int, amount: int, exact: str, rounding: str) -> None:
    worked = formula(base, rate, amount)
    assert (str(worked.exact), worked.rounding) == (exact, rounding)
