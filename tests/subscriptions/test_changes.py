"""What a customer asks its partner to change, and how the partner answers: the partner alone changes subscriptions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.audit.models import Event
from portal.billing.commands.orders import change_subscription
from portal.billing.queries.quotes import preview_change
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.mail.models import Outgoing
from portal.storage import transaction
from portal.subscriptions.commands import ask_change, decline_change, withdraw_change
from portal.subscriptions.models import ChangeRequest, Scheduled, Subscription
from portal.subscriptions.policy import Wish, kind_of, offers
from portal.subscriptions.queries.changes import changes_of, find_change, open_changes
from tests.inside import inside


@pytest.fixture
def boss(cast):
    return inside(cast.siam_admin, cast.siam)


@pytest.fixture
def owned(cast):
    return Subscription.get(Subscription.organization == cast.siam)


def fresh(row):
    return type(row).get_by_id(row.id)


def carry_out(person, owned, asked, answer=""):
    """Do what was asked for as the preview of it says, and let the worker take the money."""
    wanted = {"plan": owned.plan, "licenses": owned.licenses, "storage": owned.extra_storage_gb}
    wanted |= {name: value for name, value in (("plan", asked.plan), ("licenses", asked.licenses),
                                               ("storage", asked.storage_gb)) if value is not None}
    terms = (wanted["plan"], wanted["licenses"], owned.period, wanted["storage"])
    organization = Organization.get_by_id(owned.organization_id)
    total = preview_change(person.ctx, organization, owned, *terms).bill.total
    return change_subscription(person.ctx, owned.public_id, *terms, owned.version, total, asked.public_id, answer)


CHANGES = [
    (Wish(plan="workplace-professional"), "upgrade", {"plan": "workplace-professional", "unit_price": 7200}),
    (Wish(licenses=25), "licenses", {"licenses": 25, "unit_price": 3600}),
    (Wish(storage_gb=500), "storage", {"extra_storage_gb": 500, "unit_price": 3600}),
]


@pytest.mark.parametrize(("wish", "kind", "after"), CHANGES)
def test_what_is_asked_for_is_carried_out_by_the_partner(cast, boss, owned, run_jobs, wish, kind, after):
    cast.card(cast.siam)
    asked = ask_change(boss, owned.public_id, wish, "Please")
    assert (asked.kind, asked.state, fresh(owned).version) == (kind, "open", owned.version)
    carry_out(cast.colleague, owned, asked, "With pleasure")
    assert fresh(asked).state == "open"  # until it is paid
    run_jobs()
    changed = fresh(owned)
    assert {name: getattr(changed, name) for name in after} == after
    assert changed.version == owned.version + 1
    done = fresh(asked)
    assert (done.state, done.answer, done.answered_by_name) == ("done", "With pleasure", cast.colleague.actor.name)


def test_a_downgrade_is_done_when_it_is_planned(cast, boss, owned):
    Subscription.update(plan="workplace-professional", unit_price=7200).where(Subscription.id == owned.id).execute()
    asked = ask_change(boss, owned.public_id, Wish(plan="workplace-standard"))
    assert asked.kind == "downgrade"
    carry_out(cast.admin, fresh(owned), asked)
    assert (fresh(owned).plan, Scheduled.get().plan) == ("workplace-professional", "workplace-standard")
    assert fresh(asked).state == "done"


def test_both_sides_are_in_the_record(cast, boss, owned, run_jobs):
    cast.card(cast.siam)
    carry_out(cast.admin, owned, ask_change(boss, owned.public_id, Wish(licenses=25)))
    run_jobs()
    acts = {act.verb: act for act in Event.select().where(Event.organization_id == cast.siam.id)}
    assert acts["change.asked"].side == "organization"
    assert acts["order.confirmed"].side == "partner"
    assert acts["subscription.changed"].detail["before"] == {"licenses": 10}
    assert acts["subscription.changed"].detail["after"] == {"licenses": 25}
    assert acts["change.done"].detail["after"] == {"state": "done"}


WRONG = [
    (Wish(plan="workplace-standard"), "plan"), (Wish(plan="mail-lite"), "plan"), (Wish(plan="none"), "plan"),
    (Wish(licenses=10), "licenses"), (Wish(licenses=0), "licenses"), (Wish(licenses=-5), "licenses"),
    (Wish(licenses=2**40), "licenses"), (Wish(storage_gb=0), "storage_gb"), (Wish(storage_gb=-1), "storage_gb"),
    (Wish(storage_gb=2**40), "storage_gb"),
]


@pytest.mark.parametrize(("wish", "field"), WRONG)
def test_what_cannot_be_asked_for(boss, owned, wish, field):
    with pytest.raises(DomainError) as refused:
        ask_change(boss, owned.public_id, wish)
    assert refused.value.field == field
    assert not ChangeRequest.select().exists()


def test_never_fewer_licenses_than_users(cast, boss, owned):
    for number in range(4):
        cast.user(f"user{number}@siam.example")
    with pytest.raises(DomainError) as refused:
        ask_change(boss, owned.public_id, Wish(licenses=4))
    assert refused.value.params == {"users": 5}
    asked = ask_change(boss, owned.public_id, Wish(licenses=5))
    cast.user("one-more@siam.example")
    with pytest.raises(DomainError):
        carry_out(cast.admin, owned, asked)
    assert (fresh(owned).licenses, fresh(asked).state) == (10, "open")


def test_one_question_of_each_kind_at_a_time(boss, owned):
    asked = ask_change(boss, owned.public_id, Wish(licenses=20))
    with pytest.raises(DomainError):
        ask_change(boss, owned.public_id, Wish(licenses=30))
    ask_change(boss, owned.public_id, Wish(storage_gb=30))
    withdraw_change(boss, asked.public_id)
    ask_change(boss, owned.public_id, Wish(licenses=30))


def test_a_trial_changes_to_plans_with_a_trial_only(cast, make_ctx):
    programme = make_ctx().programme
    plain = replace(programme.plans["workplace-professional"], trial=False)
    without = replace(programme, plans={**programme.plans, plain.code: plain})
    terms = ("workplace", "workplace-standard", "yearly", "USD")
    assert [one.code for one in offers(programme, *terms, trial=True)] == ["workplace-professional"]
    assert offers(without, *terms, trial=True) == []
    assert [one.code for one in offers(without, *terms, trial=False)] == ["workplace-professional"]


def test_a_plan_of_old_times_is_below_all(make_ctx):
    assert kind_of(Wish(plan="workplace-standard"), "gone", make_ctx().programme) == "upgrade"


def test_an_ended_subscription_and_one_without_partner(cast, boss, owned):
    Subscription.update(state="ended").where(Subscription.id == owned.id).execute()
    with pytest.raises(DomainError):
        ask_change(boss, owned.public_id, Wish(licenses=20))
    Subscription.update(state="paid").where(Subscription.id == owned.id).execute()
    Organization.update(partner=None).where(Organization.id == cast.siam.id).execute()
    with pytest.raises(DomainError):
        ask_change(boss, owned.public_id, Wish(licenses=20))


def test_who_may_what(cast, boss, owned):
    with pytest.raises(Forbidden):
        ask_change(inside(cast.admin, cast.siam), owned.public_id, Wish(licenses=20))
    asked = ask_change(inside(cast.siam_manager, cast.siam), owned.public_id, Wish(licenses=20))
    with pytest.raises(Forbidden):
        decline_change(boss, asked.public_id, "No")
    with pytest.raises(NotFound):
        decline_change(cast.outsider.ctx, asked.public_id, "No")
    with pytest.raises(NotFound):
        find_change(cast.outsider.actor, asked.public_id)
    assert open_changes(cast.outsider.actor).rows == []


def test_a_foreign_subscription_is_nothing(cast, boss):
    other = cast.customer("Other", "other.example")
    with pytest.raises(NotFound):
        ask_change(boss, Subscription.get(Subscription.organization == other).public_id, Wish(licenses=20))
    foreign = ChangeRequest.create(
        organization=other, subscription=Subscription.get(Subscription.organization == other), kind="licenses",
        licenses=20, created_at=cast.now,
    )
    with pytest.raises(NotFound):
        withdraw_change(boss, foreign.public_id)


@pytest.mark.parametrize("state", ["revoked", "suspended"])
def test_without_access_the_partner_still_answers(cast, boss, owned, run_jobs, state):
    asked = ask_change(boss, owned.public_id, Wish(licenses=20))
    with transaction():
        Access.update(state=state).where(Access.organization == cast.siam).execute()
        Organization.update(access=state).where(Organization.id == cast.siam.id).execute()
    assert [one.public_id for one in open_changes(cast.admin.actor).rows] == [asked.public_id]
    cast.card(cast.siam)
    carry_out(cast.admin, owned, asked)
    run_jobs()
    assert fresh(owned).licenses == 20


def test_an_answer_is_given_once(cast, boss, owned):
    asked = ask_change(boss, owned.public_id, Wish(licenses=5))
    carry_out(cast.admin, owned, asked)
    for again in (lambda: carry_out(cast.colleague, fresh(owned), asked),
                  lambda: decline_change(cast.colleague.ctx, asked.public_id, "No"),
                  lambda: withdraw_change(boss, asked.public_id)):
        with pytest.raises(Stale):
            again()
    assert fresh(owned).version == owned.version + 1


def test_a_decline_needs_its_sentence(cast, boss, owned):
    asked = ask_change(boss, owned.public_id, Wish(licenses=20))
    with pytest.raises(DomainError) as refused:
        decline_change(cast.admin.ctx, asked.public_id, "")
    assert refused.value.field == "answer"
    decline_change(cast.admin.ctx, asked.public_id, "Not this year")
    assert (fresh(asked).state, fresh(asked).answer, fresh(owned).licenses) == ("declined", "Not this year", 10)


def test_one_that_was_answered_while_its_order_was_paid_stays_as_it_is(cast, boss, owned, run_jobs):
    cast.card(cast.siam)
    asked = ask_change(boss, owned.public_id, Wish(licenses=25))
    carry_out(cast.admin, owned, asked, "Done")
    withdraw_change(boss, asked.public_id)
    run_jobs()
    assert (fresh(asked).state, fresh(owned).licenses) == ("withdrawn", 25)


def test_the_customer_lists_follow(cast, boss, owned):
    carry_out(cast.admin, owned, ask_change(boss, owned.public_id, Wish(licenses=5)))
    assert Organization.get_by_id(cast.siam.id).main_subscription == owned.id
    assert [one.state for one in changes_of(cast.siam.id).rows] == ["done"]
    assert changes_of(cast.siam.id, is_open=True).rows == []


def test_mails_go_to_each_in_their_language(cast, boss, owned, run_jobs, mailer):
    assert cast.admin
    assert cast.colleague
    carry_out(cast.admin, owned, ask_change(boss, owned.public_id, Wish(licenses=5), "ด่วน"), "Claro")
    decline_change(cast.admin.ctx, ask_change(boss, owned.public_id, Wish(storage_gb=5)).public_id, "No hay más")
    written = [(mail.event, mail.to_address, mail.language) for mail in Outgoing.select().order_by(Outgoing.id)]
    assert written == [
        ("change-asked", "partner-admin@andina.example", "es"), ("change-done", "super-admin@siam.example", "th"),
        ("change-asked", "partner-admin@andina.example", "es"), ("change-declined", "super-admin@siam.example", "th"),
    ]
    run_jobs()
    bodies = [mail.get_body(("plain",)).get_content() for mail in mailer.sent]
    for word in ("ด่วน", "Claro", "No hay más", "/es/store/changes/", f"/th/organizations/{cast.siam.public_id}/"):
        assert any(word in body for body in bodies), word
