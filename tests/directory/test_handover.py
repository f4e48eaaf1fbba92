"""The change of super administrator: who may propose whom, what accepting changes, and what stands in its way."""

from __future__ import annotations

import pytest

from portal.accounts.models import Account
from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound
from portal.customers.models import Organization
from portal.directory.commands.handover import (
    accept_handover,
    decline_handover,
    propose_super_admin,
    withdraw_proposal,
)
from portal.directory.models import Handover, User
from portal.directory.policy.handover import AlreadyProposed, NotOpen
from portal.storage import transaction
from tests.inside import inside


@pytest.fixture
def boss(cast):
    """The super administrator, inside their console, with the administrator as a colleague."""
    assert cast.siam_manager
    return inside(cast.siam_admin, cast.siam)


def row(person):
    return User.get(User.email == person.email)


def propose(cast, boss, person=None):
    propose_super_admin(boss, row(person or cast.siam_manager).public_id)
    return Handover.select().order_by(Handover.id.desc()).get().public_id


def roles(cast):
    query = User.select(User.email, User.role).where(User.organization == cast.siam).tuples()
    return {email.partition("@")[0]: role for email, role in query}


def test_accepting_exchanges_the_roles(cast, boss):
    handover = propose(cast, boss)
    assert roles(cast) == {"super-admin": "super-admin", "manager": "admin"}
    accept_handover(cast.siam_manager.ctx, handover)
    assert roles(cast) == {"super-admin": "admin", "manager": "super-admin"}
    assert Handover.get().state == "accepted"


def test_a_plain_user_can_be_proposed(cast, boss):
    person = cast.person("emily@siam.example", "en")
    cast.employ(cast.siam, person, "member")
    accept_handover(person.ctx, propose(cast, boss, person))
    assert roles(cast)["emily"] == "super-admin"


def test_the_customer_lists_follow(cast, boss):
    Account.update(name="Malee Manager").where(Account.id == cast.siam_manager.account.id).execute()
    User.update(name="Malee Manager").where(User.email == cast.siam_manager.email).execute()
    accept_handover(cast.siam_manager.ctx, propose(cast, boss))
    siam = Organization.get_by_id(cast.siam.id)
    assert (siam.admin_name, siam.admin_email) == ("Malee Manager", "manager@siam.example")
    assert "malee manager" in siam.search
    assert "super-admin@siam.example" not in siam.search


def test_the_record_says_who_proposed_and_who_accepted(cast, boss):
    accept_handover(cast.siam_manager.ctx, propose(cast, boss))
    proposed, changed = Event.select().order_by(Event.id)
    assert (proposed.verb, proposed.actor_id) == ("super-admin.proposed", cast.siam_admin.account.id)
    assert (changed.verb, changed.actor_id, changed.side) == (
        "super-admin.changed", cast.siam_manager.account.id, "organization")
    assert changed.detail["before"]["super_admin"].endswith("<super-admin@siam.example>")
    assert changed.detail["after"]["super_admin"].endswith("<manager@siam.example>")
    assert {proposed.organization_id, changed.organization_id} == {cast.siam.id}


def test_an_answer_counts_as_the_organizations_whatever_else_the_person_is(cast, boss):
    cast.employ(cast.siam, cast.reviewer, "member")
    decline_handover(cast.reviewer.ctx, propose(cast, boss, cast.reviewer))
    assert Event.get(Event.verb == "super-admin.declined").side == "organization"


def test_both_hear_of_it_in_their_own_languages(cast, boss, run_jobs, mailer):
    handover = propose(cast, boss)
    run_jobs()
    asked = mailer.sent[0]
    assert (asked["To"].addresses[0].addr_spec, asked["Content-Language"]) == ("manager@siam.example", "en")
    assert f"http://portal.test/en/account/handover/{handover}" in asked.get_body(("plain",)).get_content()
    accept_handover(cast.siam_manager.ctx, handover)
    run_jobs()
    told = {mail["To"].addresses[0].addr_spec: mail for mail in mailer.sent[1:]}
    assert {address: mail["Content-Language"] for address, mail in told.items()} == {
        "manager@siam.example": "en", "super-admin@siam.example": "th"}
    assert "You are now the super administrator of Siam Trading" in (
        told["manager@siam.example"].get_body(("plain",)).get_content())


def test_declining_leaves_everything_and_tells_the_super_admin(cast, boss, run_jobs, mailer):
    decline_handover(cast.siam_manager.ctx, propose(cast, boss))
    run_jobs()
    assert roles(cast) == {"super-admin": "super-admin", "manager": "admin"}
    last = mailer.sent[-1]
    assert last["To"].addresses[0].addr_spec == "super-admin@siam.example"
    assert f"/th/organizations/{cast.siam.public_id}/settings" in last.get_body(("plain",)).get_content()


@pytest.mark.parametrize("who", ["siam_manager", "admin", "colleague"])
def test_nobody_else_proposes_or_withdraws(cast, boss, who):
    ctx = inside(getattr(cast, who), cast.siam)
    with pytest.raises(Forbidden):
        propose_super_admin(ctx, row(cast.siam_manager).public_id)
    with pytest.raises(Forbidden):
        withdraw_proposal(ctx)
    assert Handover.select().count() == 0


@pytest.mark.parametrize("state", ["suspended", "invited"])
def test_only_active_users_are_proposed(cast, boss, state):
    User.update(state=state).where(User.email == cast.siam_manager.email).execute()
    with pytest.raises(DomainError) as refusal:
        propose(cast, boss)
    assert refusal.value.field == "user"


def test_who_has_never_signed_in_is_not_proposed(cast, boss):
    emily = cast.user("emily@siam.example", state="active")
    with pytest.raises(DomainError):
        propose_super_admin(boss, emily.public_id)


def test_the_super_admin_is_not_proposed(cast, boss):
    with pytest.raises(DomainError):
        propose(cast, boss, cast.siam_admin)


def test_users_of_other_organizations_do_not_exist(cast, boss):
    person = cast.person("foreign@other.example", "en")
    foreign = cast.employ(cast.customer("Other", "other-customer.example"), person, "admin")
    for user in (foreign.public_id, "nobody"):
        with pytest.raises(NotFound):
            propose_super_admin(boss, user)


def test_one_proposal_at_a_time(cast, boss):
    propose(cast, boss)
    with pytest.raises(AlreadyProposed, match="Manager"):
        propose(cast, boss)
    withdraw_proposal(boss)
    propose(cast, boss)
    assert [row.state for row in Handover.select().order_by(Handover.id)] == ["withdrawn", "open"]


def test_a_week_later_it_is_too_late(cast, boss, clock):
    handover = propose(cast, boss)
    clock.advance(days=7)
    with pytest.raises(NotOpen):
        accept_handover(cast.siam_manager.ctx, handover)
    assert roles(cast)["super-admin"] == "super-admin"
    propose(cast, inside(cast.siam_admin, cast.siam))


@pytest.mark.parametrize("end", [withdraw_proposal, None], ids=["withdrawn", "answered"])
@pytest.mark.parametrize("answer", [accept_handover, decline_handover])
def test_what_is_no_longer_open_is_not_answered(cast, boss, end, answer):
    handover = propose(cast, boss)
    if end:
        end(boss)
    else:
        decline_handover(cast.siam_manager.ctx, handover)
    with pytest.raises(NotOpen):
        answer(cast.siam_manager.ctx, handover)
    assert roles(cast)["super-admin"] == "super-admin"


def test_what_was_answered_is_not_withdrawn(cast, boss):
    accept_handover(cast.siam_manager.ctx, propose(cast, boss))
    with pytest.raises(NotOpen):
        withdraw_proposal(boss)


@pytest.mark.parametrize("who", ["siam_admin", "admin", "outsider", "newcomer"])
def test_only_the_proposed_person_answers(cast, boss, who):
    handover = propose(cast, boss)
    for answer in (accept_handover, decline_handover):
        with pytest.raises(NotFound):
            answer(getattr(cast, who).ctx, handover)
    assert Handover.get().state == "open"


def test_who_was_suspended_meanwhile_does_not_become_super_admin(cast, boss):
    handover = propose(cast, boss)
    User.update(state="suspended").where(User.email == cast.siam_manager.email).execute()
    with pytest.raises(DomainError, match="active user"):
        accept_handover(cast.siam_manager.ctx, handover)
    assert roles(cast) == {"super-admin": "super-admin", "manager": "admin"}


def test_with_a_deleted_user_goes_the_proposal(cast, boss):
    handover = propose(cast, boss)
    with transaction():
        User.delete().where(User.email == cast.siam_manager.email).execute()
    with pytest.raises(NotFound):
        accept_handover(cast.siam_manager.ctx, handover)
    withdrawn = Handover.select().where(Handover.state == "open").count()
    assert withdrawn == 0
