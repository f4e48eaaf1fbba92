"""Who gives what to whom in a partner's team, case by case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.core.errors import DomainError
from portal.team.policy import (
    MOST_CHOSEN,
    TASKS,
    Case,
    Grant,
    UnknownCustomers,
    check,
    check_chosen,
    end_of,
    last_day,
    tasks_given_by,
)

NOW = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
END = NOW + timedelta(days=30)


def grant(role, sees="all", help_center=False, expires_at=None):
    return Grant(role, sees, help_center, expires_at)


def outcome(case):
    try:
        check(case)
    except DomainError as error:
        return error.field or "refused"
    return "ok"


HEAD, ADMIN, SALES = "super-admin", "admin", "sales"


@pytest.mark.parametrize(("case", "expected"), [
    # invitations
    (Case(HEAD, None, grant(HEAD)), "ok"),
    (Case(HEAD, None, grant(ADMIN)), "ok"),
    (Case(HEAD, None, grant(SALES, "chosen", True, END)), "ok"),
    (Case(HEAD, None, grant(HEAD, "chosen")), "sees"),
    (Case(HEAD, None, grant(HEAD, expires_at=END)), "until"),
    (Case(ADMIN, None, grant(SALES)), "ok"),
    (Case(ADMIN, None, grant(ADMIN)), "role"),
    (Case(ADMIN, None, grant(HEAD)), "role"),
    (Case(ADMIN, None, grant(SALES, help_center=True)), "help_center"),
    (Case(SALES, None, grant("reader")), "role"),
    # changes
    (Case(HEAD, grant(ADMIN), grant(HEAD)), "ok"),
    (Case(HEAD, grant(HEAD), grant("reader")), "ok"),
    (Case(HEAD, grant(SALES), grant(SALES, help_center=True)), "ok"),
    (Case(ADMIN, grant(SALES), grant("billing", "chosen", False, END)), "ok"),
    (Case(ADMIN, grant(SALES, help_center=True), grant("reader", help_center=True)), "ok"),
    (Case(ADMIN, grant(SALES, help_center=True), grant(SALES)), "help_center"),
    (Case(ADMIN, grant(SALES), grant(SALES, help_center=True)), "help_center"),
    (Case(ADMIN, grant(SALES), grant(ADMIN)), "role"),
    (Case(ADMIN, grant(ADMIN), grant(SALES)), "refused"),
    (Case(ADMIN, grant(HEAD), grant(SALES)), "refused"),
    (Case(SALES, grant("reader"), grant("reader", "chosen")), "refused"),
    # oneself
    (Case(ADMIN, grant(ADMIN), grant(HEAD), own=True), "refused"),
    (Case(SALES, grant(SALES, "chosen"), grant(SALES), own=True), "refused"),
    (Case(HEAD, grant(HEAD), grant(ADMIN), own=True), "ok"),
    (Case(HEAD, grant(HEAD), grant(HEAD, help_center=True), own=True, last=True), "ok"),
    # the last super administrator
    (Case(HEAD, grant(HEAD), grant(ADMIN), own=True, last=True), "role"),
    (Case(HEAD, grant(HEAD), grant(HEAD, "chosen"), own=True, last=True), "sees"),
    (Case(HEAD, grant(HEAD), grant(HEAD, expires_at=END), own=True, last=True), "until"),
    (Case(HEAD, grant(HEAD), None, own=True, last=True), "refused"),
    # removals, and leaving
    (Case(HEAD, grant(HEAD), None), "ok"),
    (Case(HEAD, grant(HEAD), None, own=True), "ok"),
    (Case(ADMIN, grant(HEAD), None), "refused"),
    (Case(ADMIN, grant(ADMIN), None), "refused"),
    (Case(ADMIN, grant("support"), None), "ok"),
    (Case(ADMIN, grant(ADMIN), None, own=True), "ok"),
    (Case("reader", grant("reader"), None, own=True), "ok"),
    (Case("reader", grant("support"), None), "refused"),
], ids=str)
def test_what_is_allowed(case, expected):
    assert outcome(case) == expected


def test_tasks_given():
    assert tasks_given_by(HEAD) == tuple(TASKS)
    assert tasks_given_by(ADMIN) == ("sales", "billing", "support", "reader")
    assert not any(tasks_given_by(role) for role in ("sales", "billing", "support", "reader", ""))


@pytest.mark.parametrize(("day", "zone", "expected"), [
    (None, "UTC", None),
    (date(2026, 3, 2), "UTC", datetime(2026, 3, 3, tzinfo=UTC)),
    (date(2026, 3, 2), "America/Mexico_City", datetime(2026, 3, 3, 6, tzinfo=UTC)),
    (date(2026, 3, 31), "Asia/Bangkok", datetime(2026, 3, 31, 17, tzinfo=UTC)),
])
def test_a_grant_ends_with_its_last_day(day, zone, expected):
    assert end_of(day, zone, NOW) == expected
    assert last_day(expected, zone) == day


@pytest.mark.parametrize(("day", "zone"), [
    (date(2026, 3, 1), "UTC"), (date(2026, 3, 2), "Asia/Bangkok"), (date.max, "UTC"), (date.min, "UTC"),
    (date(2569, 3, 31), "Asia/Bangkok"),
])
def test_a_day_that_is_over_or_too_far_is_refused(day, zone):
    with pytest.raises(DomainError) as refused:
        end_of(day, zone, NOW)
    assert refused.value.field == "until"


def test_how_many_customers_are_named():
    check_chosen("all", [])
    check_chosen("chosen", ["a.example"])
    for names in ([], [str(n) for n in range(MOST_CHOSEN + 1)]):
        with pytest.raises(DomainError) as refused:
            check_chosen("chosen", names)
        assert refused.value.field == "customers"


def test_unknown_customers_are_named_but_not_all_of_many():
    assert UnknownCustomers(["a.example"]).params == {"domains": "a.example"}
    assert UnknownCustomers([f"{n}.example" for n in range(9)]).params["domains"].endswith("4.example …")
