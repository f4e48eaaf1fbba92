"""What follows an unpaid renewal, as both sides read it: by the programme's timetable, by another, and past its end."""

from __future__ import annotations

from datetime import date

import pytest

from portal.billing.policy.dunning import step_after, timetable
from portal.programme.billing import Dunning

DUE = date(2026, 1, 30)
HOUSE = Dunning(retry_days=(1, 3, 5, 7), suspend_days=10, end_days=30)
HURRY = Dunning(retry_days=(2,), suspend_days=2, end_days=3)


@pytest.mark.parametrize(("terms", "steps"), [
    (HOUSE, [("charge", date(2026, 1, 30)), ("retry", date(2026, 1, 31)), ("retry", date(2026, 2, 2)),
             ("retry", date(2026, 2, 4)), ("retry", date(2026, 2, 6)), ("suspend", date(2026, 2, 9)),
             ("end", date(2026, 3, 1))]),
    (HURRY, [("charge", date(2026, 1, 30)), ("retry", date(2026, 2, 1)), ("suspend", date(2026, 2, 1)),
             ("end", date(2026, 2, 2))]),
])
def test_the_timetable(terms, steps) -> None:
    made = timetable(DUE, terms)
    assert [(step.kind, step.on) for step in made] == steps
    assert [step.on for step in made] == sorted(step.on for step in made)


def test_steps_come_one_after_the_other_and_then_no_more() -> None:
    kinds = [step.kind for done in range(7) if (step := step_after(DUE, HOUSE, done))]
    assert kinds == ["charge", "retry", "retry", "retry", "retry", "suspend", "end"]
    assert step_after(DUE, HOUSE, 7) is None


def test_the_programme_s_terms_are_those_that_are_published(make_ctx) -> None:
    assert make_ctx().programme.billing.dunning == HOUSE
