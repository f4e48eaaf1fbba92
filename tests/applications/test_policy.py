"""Which act leads where, by when the answer comes, and what a complete application holds."""

from datetime import UTC, date, datetime

import pytest

from portal.applications.policy import (
    FIELDS,
    Act,
    State,
    after,
    due_on,
    first_incomplete,
    merged,
    overdue,
)
from portal.core.errors import Stale

ALLOWED = {
    ("draft", "submitted"): "submitted",
    ("submitted", "questioned"): "question",
    ("submitted", "accepted"): "accepted",
    ("submitted", "declined"): "declined",
    ("submitted", "withdrawn"): "withdrawn",
    ("question", "questioned"): "question",
    ("question", "answered"): "submitted",
    ("question", "accepted"): "accepted",
    ("question", "declined"): "declined",
    ("question", "withdrawn"): "withdrawn",
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Act)
def test_every_act_is_allowed_in_its_states_and_in_no_other(state, act):
    expected = ALLOWED.get((state.value, act.value))
    if expected:
        assert after(state, act) == expected
    else:
        with pytest.raises(Stale):
            after(state, act)


@pytest.mark.parametrize(
    ("now", "zone", "days", "due"),
    [
        ((2026, 3, 2, 9), "UTC", 7, (2026, 3, 9)),
        ((2026, 3, 2, 18), "Asia/Bangkok", 7, (2026, 3, 10)),
        ((2026, 3, 2, 4), "America/Mexico_City", 7, (2026, 3, 8)),
        ((2026, 3, 2, 23, 59), "UTC", 1, (2026, 3, 3)),
        ((2026, 3, 27, 12), "Europe/Paris", 7, (2026, 4, 3)),  # across the change of clocks
        ((2028, 2, 25, 12), "UTC", 7, (2028, 3, 3)),  # across a leap day
    ],
)
def test_the_due_day_is_counted_on_the_applicants_calendar(now, zone, days, due):
    assert due_on(datetime(*now, tzinfo=UTC), zone, days) == date(*due)


@pytest.mark.parametrize(
    ("state", "due", "late"),
    [
        ("submitted", date(2026, 3, 1), True),
        ("submitted", date(2026, 3, 2), False),
        ("question", date(2026, 3, 1), False),
        ("accepted", date(2026, 3, 1), False),
        ("draft", None, False),
    ],
)
def test_the_vendor_is_late_only_while_it_has_the_turn(state, due, late):
    assert overdue(state, due, date(2026, 3, 2)) is late


COMPLETE = dict.fromkeys(FIELDS, "x")


@pytest.mark.parametrize(
    ("blank", "step"),
    [
        ((), None),
        (("website", "phone", "postal_code", "state_province"), None),
        (("company",), "company"),
        (("country",), "company"),
        (("plan",), "partnership"),
        (("plan", "city"), "company"),
        (("expertise",), "partnership"),
    ],
)
def test_the_first_step_with_a_missing_answer_is_named(blank, step):
    assert first_incomplete({**COMPLETE, **dict.fromkeys(blank, "")}, {"x"}) == step


def test_an_expertise_that_is_no_longer_offered_is_missing():
    assert first_incomplete(COMPLETE, {"workplace"}) == "partnership"


def test_of_two_drafts_the_newer_words_win_and_older_ones_fill_the_gaps():
    older = {**dict.fromkeys(FIELDS, ""), "company": "Old", "city": "Lima"}
    newer = {**dict.fromkeys(FIELDS, ""), "company": "New", "plan": "Sell"}
    found = merged(older, newer)
    assert (found["company"], found["city"], found["plan"]) == ("New", "Lima", "Sell")
