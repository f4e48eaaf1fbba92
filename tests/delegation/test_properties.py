"""Whatever people do in whatever order: no access after a revocation without the super administrator's consent."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.core.errors import DomainError, Forbidden, NotFound
from portal.customers.models import Organization
from portal.delegation import commands
from portal.delegation.models import Access, Invitation
from portal.storage import transaction
from tests.inside import inside

INSIDE = {
    "revoke": commands.revoke_access, "suspend": commands.suspend_access, "resume": commands.resume_access,
    "accept": commands.accept_access, "decline": commands.decline_access,
}
OUTSIDE = {"ask": commands.ask_access, "withdraw": commands.withdraw_ask}
PEOPLE = ("super-admin", "admin", "partner", "colleague", "outsider", "staff")
# Half of the steps are those that may change something: otherwise most stories would be refusals only.
LIKELY = [*(("super-admin", act) for act in INSIDE), ("admin", "suspend"), ("admin", "resume"), ("partner", "ask")]
STEPS = st.tuples(
    st.sampled_from(LIKELY) | st.tuples(st.sampled_from(PEOPLE), st.sampled_from([*INSIDE, *OUTSIDE])),
    st.sampled_from([0, 1]), st.sampled_from([0, 0, 0, 16 * 24]),
)


@pytest.fixture
def contexts(cast):
    """The context of each person where they press buttons: in the organization's console, or in the Store."""
    return {
        "super-admin": inside(cast.siam_admin, cast.siam), "admin": inside(cast.siam_manager, cast.siam),
        "partner": inside(cast.admin, cast.siam), "colleague": inside(cast.colleague, cast.siam),
        "outsider": cast.outsider.ctx, "staff": cast.reviewer.ctx,
    }, {"partner": cast.admin.ctx, "colleague": cast.colleague.ctx}


def press(contexts, person, act, which, now):
    """Do one thing as a person; refusals are a part of life."""
    consoles, store = contexts
    ctx = replace(consoles[person] if act in INSIDE else store.get(person, consoles[person]), now=now)
    organization = Organization.get(Organization.name == "Siam Trading")
    if act in OUTSIDE:
        given = (organization.public_id, *(("Please",) if act == "ask" else ()))
        return OUTSIDE[act](ctx, *given)
    asked = [one.public_id for one in Invitation.select().order_by(Invitation.id.desc()).limit(2)]
    given = ((asked[which:] or ["nothing"])[0],) if act in {"accept", "decline"} else ()
    return INSIDE[act](ctx, *given)


def refused(*step):
    try:
        press(*step)
    except (DomainError, Forbidden, NotFound):
        return True
    return False


def states():
    return Access.get().state, Organization.get(Organization.name == "Siam Trading").access


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=14))
def test_never_active_after_a_revocation_without_the_super_administrators_consent(contexts, clock, steps):
    with transaction():
        Invitation.delete().execute()
        Access.update(state="active").execute()
        Organization.update(access="active").execute()
    for (person, act), which, hours in steps:
        clock.advance(hours=hours)
        before, waiting = states()[0], open_questions(clock.now)
        failed = refused(contexts, person, act, which, clock.now)
        after, copy = states()
        assert after == copy
        assert not (failed and after != before)
        if before == "revoked" and after != "revoked":
            assert (person, act, after) == ("super-admin", "accept", "active")
            assert waiting == 1
        if before == "suspended" and after == "active":
            assert (person, act) == ("super-admin", "resume")
        assert open_questions(clock.now) <= (after == "revoked")


def open_questions(now):
    return Invitation.select().where(Invitation.state == "open", Invitation.expires_at > now).count()
