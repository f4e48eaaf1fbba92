"""A partner suspended, reinstated, terminated: what its customers and its people get of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.accounts.models import Session
from portal.core.context import WORKER
from portal.core.errors import DomainError, Forbidden, NotFound, ProofNeeded, Stale
from portal.customers.models import Organization
from portal.mail.models import Outgoing
from portal.partners.models import Member, Partner
from portal.relations.commands.ending import leave, take_back
from portal.relations.commands.standing import change_standing, give_notice, terminate_when_done
from portal.relations.models import Change
from portal.relations.policy.disputes import OwnSide
from portal.storage import transaction
from tests.relations.doors import agree, boss, entered


def stand(cast, act, seen, reason="Terms were broken.", who=None, partner=None):
    change_standing((who or cast.reviewer).ctx, (partner or cast.andina).public_id, act, reason, seen)


def standing(cast):
    row = Partner.get_by_id(cast.andina.id)
    return row.state, row.ending, row.state_reason


def mails():
    return [mail.params["done"] for mail in Outgoing.select().where(Outgoing.event == "partner-standing").order_by(
        Outgoing.id)]


def test_suspended_and_reinstated(cast, run_jobs):
    _ = cast.admin, cast.siam
    stand(cast, "suspend", "active")
    assert standing(cast) == ("suspended", False, "Terms were broken.")
    run_jobs()
    assert Change.select().count() == 0
    stand(cast, "reinstate", "suspended")
    assert standing(cast) == ("active", False, "")
    assert Partner.get_by_id(cast.andina.id).state_since is None
    assert mails() == ["suspended", "reinstated"]


@pytest.mark.parametrize(("act", "seen"), [("reinstate", "active"), ("suspend", "suspended"), ("suspend", "")])
def test_an_act_goes_with_how_it_was_seen(cast, act, seen):
    with pytest.raises(Stale):
        stand(cast, act, seen)
    assert standing(cast)[0] == "active"


def test_sent_twice_it_is_one(cast):
    stand(cast, "suspend", "active")
    with pytest.raises(Stale):
        stand(cast, "suspend", "active")


def test_it_says_why(cast):
    with pytest.raises(DomainError) as refusal:
        stand(cast, "suspend", "active", reason="")
    assert refusal.value.field == "reason"


@pytest.mark.parametrize("task", ["reviewer", "support", "support-lead", "finance"])
def test_only_administrators_of_the_staff(cast, task):
    with pytest.raises(Forbidden):
        stand(cast, "suspend", "active", who=cast.person("one@vendor.example", "en", staff=task))


def test_it_is_proved_anew_who_does_it(cast, clock):
    with transaction():
        Session.update(proved_at=cast.now - timedelta(days=1)).where(
            Session.account == cast.reviewer.account).execute()
    with pytest.raises(ProofNeeded):
        stand(cast, "suspend", "active")


def test_nobody_decides_about_the_partner_at_which_they_work(cast):
    with transaction():
        Member.create(partner=cast.andina, account=cast.reviewer.account, role="reader", created_at=cast.now)
        Session.update(place="staff").where(Session.account == cast.reviewer.account).execute()
    with pytest.raises(OwnSide):
        stand(cast, "suspend", "active")
    with pytest.raises(NotFound):
        change_standing(cast.reviewer.ctx, "unknown", "suspend", "x", "active")


def test_terminated_each_customer_has_notice_and_the_last_one_ends_it(cast, clock, run_jobs):
    second = cast.customer("Bistro", "bistro.example")
    other = cast.customer("Foreign", "foreign.example", partner=cast.outsider.partner)
    _ = cast.admin, cast.siam
    stand(cast, "terminate", "active")
    assert standing(cast) == ("suspended", True, "Terms were broken.")
    run_jobs()
    run_jobs()
    changes = list(Change.select().order_by(Change.organization))
    assert {(one.organization_id, one.by, one.state) for one in changes} == {
        (cast.siam.id, "vendor", "announced"), (second.id, "vendor", "announced")}
    assert {one.effective_on for one in changes} == {boss(cast).today("Asia/Bangkok") + timedelta(days=30)}
    assert {one.reason for one in changes} == {""}  # what the partner has done is not its customers' to read
    clock.advance(days=31)
    run_jobs()
    clock.advance(hours=2)
    run_jobs()
    assert not Organization.select().where(Organization.partner == cast.andina).exists()
    assert standing(cast) == ("terminated", False, "Terms were broken.")
    assert Organization.get_by_id(other.id).partner == cast.outsider.partner
    run_jobs()
    assert mails() == ["ending", "terminated"]
    with pytest.raises(Stale):
        stand(cast, "reinstate", "terminated")


def test_one_without_customers_is_terminated_at_once(cast, run_jobs):
    _ = cast.admin
    stand(cast, "terminate", "active")
    run_jobs()
    assert standing(cast)[0] == "terminated"


def test_reinstated_meanwhile_the_notices_are_taken_back(cast, clock, run_jobs):
    _ = cast.admin, cast.siam
    stand(cast, "terminate", "active")
    run_jobs()
    stand(cast, "reinstate", "ending")
    run_jobs()
    assert [one.state for one in Change.select()] == ["withdrawn"]
    clock.advance(days=40)
    run_jobs()
    assert Organization.get_by_id(cast.siam.id).partner == cast.andina
    assert standing(cast)[0] == "active"


def test_a_customer_that_leaves_already_gets_no_notice_unless_it_takes_that_back(cast, clock, run_jobs):
    _ = cast.admin
    own = leave(boss(cast), "continue")
    stand(cast, "terminate", "active")
    run_jobs()
    assert Change.select().count() == 1
    take_back(boss(cast), own.public_id)
    clock.advance(hours=2)
    run_jobs()
    assert [one.by for one in Change.select().where(Change.state == "announced")] == ["vendor"]


def test_nobody_comes_to_a_partner_that_is_being_terminated(cast, run_jobs):
    change = agree(cast, entered(cast), day=cast.now.date() + timedelta(days=20))
    stand(cast, "terminate", "active", partner=cast.outsider.partner)
    run_jobs()
    assert Change.get_by_id(change.id).state == "withdrawn"
    assert Organization.get_by_id(cast.siam.id).partner == cast.andina


def test_a_customer_that_has_moved_meanwhile_gets_no_notice(cast, make_ctx):
    other = cast.customer("Foreign", "foreign.example", partner=cast.outsider.partner)
    stand(cast, "terminate", "active")
    give_notice(make_ctx(WORKER), cast.andina.id, other.id)
    assert Change.select().count() == 0


def test_who_was_reinstated_meanwhile_is_not_terminated(cast, make_ctx):
    stand(cast, "terminate", "active")
    stand(cast, "reinstate", "ending")
    terminate_when_done(make_ctx(WORKER), cast.andina.id)
    assert standing(cast)[0] == "active"
