"""Endings, disputes and standing, without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.core.errors import DomainError, Stale
from portal.relations.policy import disputes, ending
from portal.relations.policy.standing import Standing, after
from portal.relations.policy.standing import check_reason as check_standing_reason

NOW, DAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC), date(2026, 3, 16)


@pytest.mark.parametrize(
    ("state", "today", "fine"),
    [("announced", DAY - timedelta(days=1), True), ("announced", DAY, False), ("announced", DAY + timedelta(1), False),
     ("done", DAY - timedelta(days=1), False), ("withdrawn", DAY - timedelta(days=1), False)],
)
def test_what_is_announced_is_taken_back_before_its_day(state, today, fine):
    if fine:
        ending.check_still_announced(state, DAY, today)
        return
    with pytest.raises(ending.NoLongerToTakeBack):
        ending.check_still_announced(state, DAY, today)


@pytest.mark.parametrize(
    ("reason", "required", "fine"),
    [("", False, True), ("", True, False), ("x", True, True), ("x" * 500, True, True), ("x" * 501, False, False)],
)
def test_a_reason(reason, required, fine):
    if fine:
        ending.check_reason(reason, required)
        return
    with pytest.raises(DomainError) as refusal:
        ending.check_reason(reason, required)
    assert refusal.value.field == "reason"


@pytest.mark.parametrize(("chosen", "fine"), [("continue", True), ("end", True), ("", False), ("delete", False)])
def test_nobody_chooses_for_the_customer_what_happens_to_its_subscriptions(chosen, fine):
    if fine:
        ending.check_subscriptions(chosen)
        return
    with pytest.raises(DomainError) as refusal:
        ending.check_subscriptions(chosen)
    assert refusal.value.field == "subscriptions"


@pytest.mark.parametrize(("days", "fine"), [(0, True), (59.9, True), (60, False), (100, False)])
def test_a_change_is_disputed_in_time(days, fine):
    if fine:
        disputes.check_period(NOW, NOW + timedelta(days=days), 60)
        return
    with pytest.raises(disputes.TooLateToDispute):
        disputes.check_period(NOW, NOW + timedelta(days=days), 60)


def test_those_who_settle_disputes():
    assert sorted(disputes.deciders()) == ["admin", "support-lead"]


def test_whoever_decides_has_read_what_both_sides_say():
    one, other = ("customer", "open", "No"), ("partner", "open", "Yes")
    assert disputes.mark("done", [one, other]) == disputes.mark("done", [other, one])
    marks = {disputes.mark("done", [one]), disputes.mark("done", [one, other]), disputes.mark("withdrawn", [one]),
             disputes.mark("done", [("customer", "settled", "No")])}
    assert len(marks) == 4


ACTIVE, SUSPENDED, ENDING = Standing("active"), Standing("suspended"), Standing("suspended", ending=True)
TERMINATED = Standing("terminated")


@pytest.mark.parametrize(
    ("before", "act", "then"),
    [
        (ACTIVE, "suspend", SUSPENDED), (ACTIVE, "terminate", ENDING), (ACTIVE, "reinstate", None),
        (SUSPENDED, "reinstate", ACTIVE), (SUSPENDED, "terminate", ENDING), (SUSPENDED, "suspend", None),
        (ENDING, "reinstate", ACTIVE), (ENDING, "terminate", None), (ENDING, "suspend", None),
        (TERMINATED, "suspend", None), (TERMINATED, "reinstate", None), (TERMINATED, "terminate", None),
        (ACTIVE, "promote", None),
    ],
)
def test_how_a_partner_stands_after_an_act(before, act, then):
    if then is not None:
        assert after(before, act, str(before)) == then
        with pytest.raises(Stale):
            after(before, act, "something else")
        return
    with pytest.raises(Stale):
        after(before, act, str(before))


@pytest.mark.parametrize(
    ("act", "reason", "fine"),
    [("suspend", "", False), ("terminate", "", False), ("reinstate", "", True), ("suspend", "x", True),
     ("suspend", "x" * 501, False)],
)
def test_the_vendor_says_why(act, reason, fine):
    if fine:
        check_standing_reason(act, reason)
        return
    with pytest.raises(DomainError):
        check_standing_reason(act, reason)
