"""The fold over a ticket's events: what is due, met and late, story by story and by properties."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.support import Calendar, Commitment, Happening, Policy, Range, fold
from portal.support.policy.events import KINDS

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
OFFICE = Calendar("UTC", {day: [(time(9), time(17))] for day in ("mon", "tue", "wed", "thu", "fri")})
S1 = Commitment(
    {"acknowledgement": Range(60, 180), "determination": Range(120, 480), "resolution": Range(1440, 2880),
     "update": Range(240, 480)}, around_the_clock=True)
S2 = Commitment({"acknowledgement": Range(240, 480), "resolution": Range(960, 1920)})
POLICY = Policy({"S1": S1, "S2": S2, "S3": Commitment({})})
ACK, DET, RES, UPD = "acknowledgement", "determination", "resolution", "update"


def hours(number: float) -> datetime:
    return NINE + timedelta(hours=number)


def told(*events: tuple) -> list[Happening]:
    """Return events from (hours, kind) with a severity or a promised hour."""
    return [
        Happening(hours(at), kind, severity=more[0] if kind == "severity" else "",
                  until=hours(more[0]) if kind == "promised" else None)
        for at, kind, *more in events
    ]


def runs(*events: tuple, severity: str = "S1", calendar: Calendar = OFFICE, policy: Policy = POLICY):
    return {(run.kind, run.cycle): run for run in fold(NINE, severity, told(*events), calendar, policy)}


def hour(at: datetime | None) -> float | None:
    return None if at is None else (at - NINE) / timedelta(hours=1)


# story, clock (and cycle), state, limit, met, late: in hours after nine o'clock on a Monday
STORIES = {
    "nothing happens": ([], (ACK, 0), "running", 3, None, 3),
    "nothing happens, determination": ([], (DET, 0), "running", 8, None, 8),
    "nothing happens, resolution": ([], (RES, 0), "running", 48, None, 48),
    "a reply acknowledges": ([(1, "staff-reply")], (ACK, 0), "met", 3, 1, None),
    "so does a logged call": ([(2, "call")], (ACK, 0), "met", 3, 2, None),
    "exactly at the limit is kept": ([(3, "staff-reply")], (ACK, 0), "met", 3, 3, None),
    "later is late": ([(3.0625, "staff-reply")], (ACK, 0), "late", 3, 3.0625, 3),
    "a determination does not acknowledge": ([(1, "determined")], (ACK, 0), "running", 3, None, 3),
    "waiting does not stop the acknowledgement": ([(1, "waiting")], (ACK, 0), "running", 3, None, 3),
    "nor does hold": ([(1, "held")], (ACK, 0), "running", 3, None, 3),
    "nor does resolving without an answer": ([(1, "resolved")], (ACK, 0), "running", 3, None, 3),
    "waiting pauses the determination": ([(1, "waiting")], (DET, 0), "paused", None, None, None),
    "hold pauses the resolution": ([(1, "held")], (RES, 0), "paused", None, None, None),
    "a pause moves the limit": ([(1, "waiting"), (5, "resumed")], (DET, 0), "running", 12, None, 12),
    "from waiting to hold is one pause": (
        [(1, "waiting"), (2, "held"), (5, "resumed")], (DET, 0), "running", 12, None, 12),
    "two pauses add up": (
        [(1, "waiting"), (2, "resumed"), (3, "held"), (6, "resumed")], (DET, 0), "running", 12, None, 12),
    "a pause after the limit helps nobody": ([(9, "waiting")], (DET, 0), "running", 8, None, 8),
    "determined while it waits": ([(1, "waiting"), (20, "determined")], (DET, 0), "met", 27, 20, None),
    "determined once": ([(1, "determined"), (9, "determined")], (DET, 0), "met", 8, 1, None),
    "determined late": ([(9, "determined")], (DET, 0), "late", 8, 9, 8),
    "resolved is determined": ([(2, "staff-reply"), (2, "resolved")], (DET, 0), "met", 8, 2, None),
    "and stays so when reopened": ([(2, "resolved"), (4, "reopened")], (DET, 0), "met", 8, 2, None),
    "a partner's messages move nothing": (
        [(1, "partner-reply"), (2, "partner-reply")], (ACK, 0), "running", 3, None, 3),
    "nor the update": ([(1, "staff-reply"), (2, "partner-reply")], (UPD, 0), "running", 9, None, 9),
    "resolved in time": ([(47, "resolved")], (RES, 0), "met", 48, 47, None),
    "reopened, the resolution counts on": ([(10, "resolved"), (30, "reopened")], (RES, 0), "running", 68, None, 68),
    "resolved again in what is left": (
        [(10, "resolved"), (30, "reopened"), (68, "resolved")], (RES, 0), "met", 68, 68, None),
    "and again too late": (
        [(10, "resolved"), (30, "reopened"), (69, "resolved")], (RES, 0), "late", 68, 69, 68),
    "closed by the partner": ([(1, "closed")], (RES, 0), "void", 48, None, None),
    "closed before an answer": ([(1, "closed")], (ACK, 0), "void", 3, None, None),
    "closed after the limit is still late": ([(4, "closed")], (ACK, 0), "void", 3, None, 3),
    "closed and reopened, the time between does not count": (
        [(1, "closed"), (11, "reopened")], (ACK, 0), "running", 13, None, 13),
    "closed after resolved is resolved": ([(5, "resolved"), (9, "closed")], (RES, 0), "met", 48, 5, None),
    "an answer after closing answers nothing": ([(1, "closed"), (2, "staff-reply")], (ACK, 0), "void", 3, None, None),
    "merged": ([(1, "merged")], (ACK, 0), "void", 3, None, None),
    "spam": ([(1, "spam")], (RES, 0), "void", 48, None, None),
    "made S1 later, in time": ([(1, "severity", "S1"), (2, "staff-reply")], (ACK, 0), "met", 3, 2, None),
    "an update is owed after an answer": ([(1, "staff-reply")], (UPD, 0), "running", 9, None, 9),
    "and after a determination": ([(1, "determined")], (UPD, 0), "running", 9, None, 9),
    "the next answer keeps it": ([(1, "staff-reply"), (5, "call")], (UPD, 0), "met", 9, 5, None),
    "and begins the next": ([(1, "staff-reply"), (5, "call")], (UPD, 1), "running", 13, None, 13),
    "an update too late": ([(1, "staff-reply"), (10, "staff-reply")], (UPD, 0), "late", 9, 10, 9),
    "updates rest while it waits": ([(1, "staff-reply"), (2, "waiting")], (UPD, 0), "paused", None, None, None),
    "and count on": ([(1, "staff-reply"), (2, "waiting"), (4, "resumed")], (UPD, 0), "running", 11, None, 11),
    "resolved is the last update": ([(1, "staff-reply"), (8, "resolved")], (UPD, 0), "met", 9, 8, None),
    "closed, no update is owed": ([(1, "staff-reply"), (2, "closed")], (UPD, 0), "void", 9, None, None),
    "reopened, updates are owed again": (
        [(1, "staff-reply"), (8, "resolved"), (20, "reopened")], (UPD, 1), "running", 28, None, 28),
    "a promise counts instead": ([(1, "staff-reply"), (2, "promised", 30)], (UPD, 0), "running", 30, None, 30),
    "also an earlier one": ([(1, "staff-reply"), (2, "promised", 4)], (UPD, 0), "running", 4, None, 4),
    "the last one counts": (
        [(1, "staff-reply"), (2, "promised", 4), (3, "promised", 6)], (UPD, 0), "running", 6, None, 6),
    "a promise with an answer is of the next": (
        [(1, "staff-reply"), (5, "staff-reply"), (5, "promised", 40)], (UPD, 1), "running", 40, None, 40),
    "and not of the one before": (
        [(1, "staff-reply"), (5, "staff-reply"), (5, "promised", 40)], (UPD, 0), "met", 9, 5, None),
    "nothing pauses a promise": (
        [(1, "staff-reply"), (1, "promised", 5), (2, "held")], (UPD, 0), "running", 5, None, 5),
    "a promise broken": ([(1, "staff-reply"), (1, "promised", 5), (6, "staff-reply")], (UPD, 0), "late", 5, 6, 5),
    "a promise kept to the minute": (
        [(1, "staff-reply"), (1, "promised", 5), (5, "staff-reply")], (UPD, 0), "met", 5, 5, None),
    "a promise before any answer": ([(1, "promised", 5)], (UPD, 0), "running", 5, None, 5),
    "closed before the promised time": (
        [(1, "staff-reply"), (1, "promised", 5), (4, "closed")], (UPD, 0), "void", 5, None, None),
    "told more while it is resolved": (
        [(1, "staff-reply"), (2, "resolved"), (3, "staff-reply")], (UPD, 0), "met", 9, 2, None),
}


@pytest.mark.parametrize("story", STORIES)
def test_stories(story):
    events, clock, state, limit, met, late = STORIES[story]
    severity = "S3" if any(kind == "severity" for _, kind, *_ in events) else "S1"
    run = runs(*events, severity=severity)[clock]
    assert (run.state, hour(run.limit_at), hour(run.met_at), hour(run.late_at)) == (state, limit, met, late)
    assert run.cause == ("time" if late else "")


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"staff-reply", "call", "closed", "merged", "spam"}))
def test_nothing_else_acknowledges(kind):
    event = Happening(hours(1), kind, severity="S1", until=hours(2))
    found = {run.kind: run for run in fold(NINE, "S1", [event], OFFICE, POLICY)}
    assert (found[ACK].state, found[ACK].limit_at) == ("running", hours(3))


@pytest.mark.parametrize("kind", ["note", "automatic", "partner-reply", "assigned", "waiting", "held", "rated"])
def test_only_news_are_an_update(kind):
    assert runs((1, "staff-reply"), (2, kind)).keys() == runs((1, "staff-reply")).keys()


def test_the_answer_that_solves_it_owes_no_update():
    found = runs((1, "staff-reply"), (4, "staff-reply"), (4, "resolved"))
    assert [key for key in found if key[0] == UPD] == [(UPD, 0)]
    assert found[UPD, 0].met_at == hours(4)
    again = runs((1, "staff-reply"), (4, "staff-reply"), (4, "resolved"), (9, "reopened"))
    assert [(key[1], run.state, hour(run.limit_at)) for key, run in again.items() if key[0] == UPD] == [
        (0, "met", 9), (2, "running", 17)]


def test_aims_come_before_limits_and_a_promise_has_its_warning():
    found = runs((1, "staff-reply"), (1, "promised", 6))
    assert (hour(found[ACK, 0].aim_at), hour(found[DET, 0].aim_at)) == (1, 2)
    assert found[UPD, 0].aim_at == hours(5.5)
    soon = runs((1, "staff-reply"), (1, "promised", 1.25))[UPD, 0]
    assert (soon.aim_at, soon.limit_at) == (hours(1), hours(1.25))


def test_working_minutes_until_it_was_met():
    found = runs((1, "waiting"), (5, "resumed"), (6.5, "determined"))
    assert found[DET, 0].minutes == 150
    office = runs((23, "staff-reply"), (26, "staff-reply"), severity="S2")
    assert office[ACK, 0].minutes == 8 * 60  # until five, and not before nine


@pytest.mark.parametrize(("events", "state", "limit", "late"), [
    ([], "running", 8, 8),  # five o'clock: the end of the day is in time
    ([(8, "staff-reply")], "met", 8, None),
    ([(24, "staff-reply")], "late", 8, 8),
])
def test_other_severities_count_in_business_hours(events, state, limit, late):
    run = runs(*events, severity="S2")[ACK, 0]
    assert (run.state, hour(run.limit_at), hour(run.late_at)) == (state, limit, late)
    weekend = fold(NINE + timedelta(days=4, hours=7), "S2", [], OFFICE, POLICY)[0]  # Friday, four o'clock
    assert weekend.limit_at == NINE + timedelta(days=7, hours=7)


def test_without_commitment_there_is_no_clock():
    assert runs((1, "staff-reply"), severity="S3") == {}
    assert runs((1, "staff-reply"), severity="gone from the programme") == {}
    assert [*runs((1, "staff-reply"), severity="S2")] == [(ACK, 0), (RES, 0)]


def test_a_promise_holds_without_commitment():
    found = runs((1, "staff-reply"), (1, "promised", 6), severity="S3")
    assert [(key, run.state, hour(run.late_at)) for key, run in found.items()] == [((UPD, 0), "running", 6)]


def test_a_severity_that_comes_later_makes_late_at_once():
    run = runs((5, "severity", "S1"), severity="S3")[ACK, 0]
    assert (run.state, hour(run.limit_at), hour(run.late_at), run.cause) == ("running", 3, 5, "reclassified")
    answered = runs((5, "severity", "S1"), (6, "staff-reply"), severity="S3")[ACK, 0]
    assert (answered.state, hour(answered.late_at), answered.cause) == ("late", 5, "reclassified")


def test_what_was_late_before_a_severity_was_confirmed_is_late_by_time():
    back = runs((4, "severity", "S2"), (5, "severity", "S1"))[ACK, 0]
    assert (hour(back.late_at), back.cause) == (3, "time")
    same = runs((4, "severity", "S1"))[ACK, 0]
    assert (hour(same.late_at), same.cause) == (3, "time")
    twice = runs((4, "severity", "S1"), (6, "severity", "S1"), severity="S3")[ACK, 0]
    assert (hour(twice.late_at), twice.cause) == (4, "reclassified")


def test_what_was_met_before_a_reclassification_keeps_its_judgment():
    found = runs((5, "staff-reply"), (6, "severity", "S1"), severity="S2")
    assert (found[ACK, 0].severity, found[ACK, 0].state, found[ACK, 0].limit_at) == ("S2", "met", hours(8))
    assert (found[RES, 0].severity, hour(found[RES, 0].limit_at)) == ("S1", 48)
    assert (ACK, 0) not in runs((5, "staff-reply"), (6, "severity", "S1"), severity="S3")


def test_a_lower_severity_takes_the_limit_back():
    assert runs((1, "severity", "S2"))[ACK, 0].limit_at == hours(8)
    assert runs((1, "severity", "S3")) == {}


def test_the_order_of_telling_does_not_matter():
    events = told((1, "waiting"), (2, "resumed"), (3, "staff-reply"), (4, "promised", 9), (6, "severity", "S2"))
    assert fold(NINE, "S1", events[::-1], OFFICE, POLICY) == fold(NINE, "S1", events, OFFICE, POLICY)


def test_an_unknown_kind_is_not_passed_over():
    with pytest.raises(KeyError):
        runs((1, "ansered"))


kinds = st.sampled_from([kind for kind in KINDS if kind not in {"merged", "spam"}])
happenings = st.lists(st.tuples(st.integers(0, 300), kinds, st.sampled_from(["S1", "S2", "S3"]), st.integers(1, 900)),
                      max_size=14)


def story_of(drawn):
    """Return the events in order of time, no two of them at the same instant."""
    return [
        Happening(NINE + timedelta(minutes=30 * half, seconds=number), kind, severity if kind == "severity" else "",
                  NINE + timedelta(minutes=30 * half + ahead) if kind == "promised" else None)
        for number, (half, kind, severity, ahead) in enumerate(sorted(drawn, key=lambda one: one[0]))
    ]


@given(happenings, st.randoms(use_true_random=False))
def test_any_order_folds_to_the_same(drawn, random):
    events = story_of(drawn)
    shuffled = random.sample(events, len(events))
    assert fold(NINE, "S1", events, OFFICE, POLICY) == fold(NINE, "S1", shuffled, OFFICE, POLICY)


@given(happenings)
def test_what_was_met_stays_met(drawn):
    """Folding a beginning of the story never contradicts what comes later, unless the ticket is reopened."""
    events, before = story_of(drawn), {}
    for count in range(len(events) + 1):
        now = {(run.kind, run.cycle): run for run in fold(NINE, "S1", events[:count], OFFICE, POLICY)}
        for key, run in before.items():
            if run.met_at and key[0] != RES:
                assert now[key] == run
        before = now


@given(happenings)
def test_every_run_makes_sense(drawn):
    for run in fold(NINE, "S1", story_of(drawn), OFFICE, POLICY):
        assert run.started_at >= NINE
        assert (run.met_at is not None) == (run.minutes is not None) == (run.state in {"met", "late"})
        assert (run.ended_at is not None) == (run.state in {"met", "late", "void"})
        assert (run.late_at is None) == (run.cause == "")
        assert run.state != "late" or run.late_at
        assert run.state != "met" or run.late_at is None
        assert run.state != "running" or run.late_at
        assert not (run.aim_at and run.limit_at) or run.aim_at <= run.limit_at
        assert run.ended_at is None or run.ended_at >= run.started_at


@given(happenings, st.integers(0, 14), st.sampled_from(["note", "assigned", "linked", "automatic", "partner-reply"]))
def test_what_means_nothing_to_the_clocks_changes_nothing(drawn, place, kind):
    events = story_of(drawn)
    at = events[place].at if place < len(events) else hours(400)
    assert fold(NINE, "S1", [*events, Happening(at, kind)], OFFICE, POLICY) == fold(NINE, "S1", events, OFFICE, POLICY)
