"""The states of an access, and what leads from one to another."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.errors import Stale
from portal.core.permissions import FORBIDDEN_ON_BEHALF, GRANTS, Role
from portal.delegation.policy import ALLOWED, FORBIDDEN, Act, AskedTooOften, check_pace, is_open, moved

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("state", "act", "after"),
    [
        ("active", Act.REVOKE, "revoked"), ("suspended", Act.REVOKE, "revoked"), ("revoked", Act.REVOKE, "revoked"),
        ("active", Act.SUSPEND, "suspended"), ("suspended", Act.SUSPEND, "suspended"), ("revoked", Act.SUSPEND, None),
        ("active", Act.RESUME, "active"), ("suspended", Act.RESUME, "active"), ("revoked", Act.RESUME, None),
        ("active", Act.RESTORE, "active"), ("suspended", Act.RESTORE, None), ("revoked", Act.RESTORE, "active"),
    ],
)
def test_each_act_leads_where_the_table_says(state, act, after):
    if after is None:
        with pytest.raises(Stale):
            moved(state, act)
    else:
        assert moved(state, act) == after


@given(st.lists(st.sampled_from(Act)))
def test_nothing_but_restoring_leads_out_of_revoked(acts):
    state = "revoked"
    for act in acts:
        try:
            state = moved(state, act)
        except Stale:
            continue
        if act is Act.RESTORE:
            return
        assert state == "revoked"


@pytest.mark.parametrize(
    ("state", "days", "waits"),
    [("open", 14, True), ("open", 15, False), ("accepted", 1, False), ("declined", 1, False), ("withdrawn", 1, False)],
)
def test_an_invitation_waits_until_it_is_answered_or_expires(state, days, waits):
    assert is_open(state, NOW + timedelta(days=15), NOW + timedelta(days=days)) is waits


def test_three_questions_in_thirty_days_are_enough():
    asked = [NOW - timedelta(days=days) for days in (29, 10)]
    check_pace([*asked, NOW - timedelta(days=30)], NOW)
    with pytest.raises(AskedTooOften):
        check_pace([*asked, NOW], NOW)


def test_the_words_are_those_of_the_permissions():
    assert FORBIDDEN.keys() == FORBIDDEN_ON_BEHALF
    assert ALLOWED.keys() <= GRANTS[Role.ON_BEHALF]
