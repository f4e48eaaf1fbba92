"""The rules of trials, by table."""

from datetime import date, timedelta

import pytest

from portal.core.errors import Stale
from portal.programme.schema import Trial
from portal.subscriptions.policy import (
    TrialEnded,
    TrialLimitReached,
    days_left,
    extended,
    extensions_left,
    rank,
    refusal,
)

TERMS = Trial(initial_days=15, extension_days=15, max_days=60, grace_days=0)
LENIENT = Trial(initial_days=15, extension_days=15, max_days=60, grace_days=5)
STARTED = date(2026, 3, 2)


def on_day(days, seen, day, terms=TERMS):
    return extended(days, seen, terms, STARTED + timedelta(days=day), STARTED + timedelta(days=days))


@pytest.mark.parametrize(("days", "longer", "left"), [(15, 30, 3), (30, 45, 2), (45, 60, 1)])
def test_a_trial_grows_by_fifteen_days_three_times(days, longer, left):
    assert extensions_left(days, TERMS) == left
    assert on_day(days, days, 0) == longer


def test_sixty_days_are_the_most():
    assert extensions_left(60, TERMS) == 0
    with pytest.raises(TrialLimitReached):
        on_day(60, 60, 0)


@pytest.mark.parametrize(("days", "seen"), [(30, 15), (15, 30), (60, 45), (15, 0)])
def test_who_looks_at_an_old_page_changes_nothing(days, seen):
    with pytest.raises(Stale):
        on_day(days, seen, 0)


@pytest.mark.parametrize(
    ("day", "terms", "allowed"),
    [(14, TERMS, True), (15, TERMS, False), (15, LENIENT, True), (19, LENIENT, True), (20, LENIENT, False)],
)
def test_after_its_end_only_the_days_of_grace_remain(day, terms, allowed):
    if allowed:
        assert on_day(15, 15, day, terms) == 30
    else:
        with pytest.raises(TrialEnded):
            on_day(15, 15, day, terms)


def test_no_extension_ends_in_the_past():
    forgiving = Trial(initial_days=15, extension_days=15, max_days=60, grace_days=90)
    today, ends_on = STARTED + timedelta(days=30), STARTED + timedelta(days=15)
    assert isinstance(refusal(15, forgiving, today, ends_on), TrialEnded)
    assert refusal(15, forgiving, today - timedelta(days=1), ends_on) is None


@pytest.mark.parametrize(("day", "left"), [(0, 15), (14, 1), (15, 0), (40, 0)])
def test_the_last_day_counts(day, left):
    assert days_left(STARTED + timedelta(days=15), STARTED + timedelta(days=day)) == left


def test_lists_show_the_service_of_the_console_first_then_what_lives_then_what_renews_soonest():
    tried = frozenset({"workplace"})
    rows = [
        ("mail", "paid", date(2026, 4, 1)),
        ("crm", "ended", None),
        ("workplace", "expired", date(2026, 3, 1)),
        ("workplace", "paid", date(2026, 9, 1)),
    ]
    assert sorted(rows, key=lambda row: rank(*row, tried)) == [rows[3], rows[2], rows[0], rows[1]]
