"""What a customer asks its partner to change, and how the partner answers: the partner alone changes subscriptions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.audit.models import Event
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import Organization
from portal.delegation.models import Access
from portal.mail.models import Outgoing
from portal.storage import transaction
from portal.subscriptions.commands import accept_change, ask_change, decline_change, withdraw_change
from portal.subscriptions.models import ChangeRequest, Subscription
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


CHANGES = [
    (Wish(plan="workplace-professional"), "upgrade", {"plan": "workplace-professional", "unit_price": 7200}),
    (Wish(licenses=25), "licenses", {"licenses": 25, "unit_price": 3600}),
    (Wish(storage_gb=500), "storage", {"extra_storage_gb": 500, "unit_price": 3600}),
]


@pytest.mark.parametrize(("wish", "kind", "after"), CHANGES)
def test_what_is_asked_for_is_carried_out_by_the_partner_at_once(cast, boss, owned, wish, kind, after):
    asked = ask_change(boss, owned.public_id, wish, "Please")
    assert (asked.kind, asked.state, fresh(owned).version) == (kind, "open", owned.version)
    accept_change(cast.colleague.ctx, asked.public_id, "With pleasure")
    changed = fresh(owned)
    assert {name: getattr(changed, name) for name in after} == after
    assert changed.version == owned.version + 1
    done = fresh(asked)
    assert (done.state, done.answer, done.answered_by_name) == ("done", "With pleasure", cast.colleague.actor.name)


def test_down_again_is_a_downgrade(cast, boss, owned):
    accept_change(cast.admin.ctx, ask_change(boss, owned.public_id, Wish(plan="workplace-professional")).public_id)
    asked = ask_change(boss, owned.public_id, Wish(plan="workplace-standard"))
    assert asked.kind == "downgrade"
    accept_change(cast.admin.ctx, asked.public_id)
    assert (fresh(owned).plan, fresh(owned).unit_price) == ("workplace-standard", 3600)


def test_both_sides_are_in_the_record(cast, boss, owned):
    accept_change(cast.admin.ctx, ask_change(boss, owned.public_id, Wish(licenses=25)).public_id)
    acts = {act.verb: act for act in Event.select().where(Event.organization_id == cast.siam.id)}
    assert acts["change.asked"].side == "organization"
    assert acts["change.done"].side == "partner"
    assert acts["change.done"].detail["before"] == {"licenses": 10}
    assert acts["change.done"].detail["after"] == {"licenses": 25}


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
        accept_change(cast.admin.ctx, asked.public_id)
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
    for answer in (accept_change, decline_change):
        with pytest.raises(Forbidden):
            answer(boss, asked.public_id, "No")
        with pytest.raises(NotFound):
            answer(cast.outsider.ctx, asked.public_id, "No")
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
def test_without_access_the_partner_still_answers(cast, boss, owned, state):
    asked = ask_change(boss, owned.public_id, Wish(licenses=20))
    with transaction():
        Access.update(state=state).where(Access.organization == cast.siam).execute()
        Organization.update(access=state).where(Organization.id == cast.siam.id).execute()
    assert [one.public_id for one in open_changes(cast.admin.actor).rows] == [asked.public_id]
    accept_change(cast.admin.ctx, asked.public_id)
    assert fresh(owned).licenses == 20


def test_an_answer_is_given_once(cast, boss, owned):
    asked = ask_change(boss, owned.public_id, Wish(licenses=20))
    accept_change(cast.admin.ctx, asked.public_id)
    for again in (lambda: accept_change(cast.colleague.ctx, asked.public_id),
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


def test_a_plan_that_left_the_programme_is_not_carried_out(cast, boss, owned):
    asked = ask_change(boss, owned.public_id, Wish(plan="workplace-professional"))
    ctx = cast.admin.ctx
    plans = {code: plan for code, plan in ctx.programme.plans.items() if code != "workplace-professional"}
    with pytest.raises(DomainError):
        accept_change(replace(ctx, programme=replace(ctx.programme, plans=plans)), asked.public_id)
    assert fresh(asked).state == "open"


def test_the_customer_lists_follow(cast, boss, owned):
    accept_change(cast.admin.ctx, ask_change(boss, owned.public_id, Wish(licenses=25)).public_id)
    assert Organization.get_by_id(cast.siam.id).main_subscription == owned.id
    assert [one.state for one in changes_of(cast.siam.id).rows] == ["done"]
    assert changes_of(cast.siam.id, is_open=True).rows == []


def test_mails_go_to_each_in_their_language(cast, boss, owned, run_jobs, mailer):
    assert cast.admin
    assert cast.colleague
    accept_change(cast.admin.ctx, ask_change(boss, owned.public_id, Wish(licenses=25), "ด่วน").public_id, "Claro")
    decline_change(cast.admin.ctx, ask_change(boss, owned.public_id, Wish(storage_gb=5)).public_id, "No hay más")
    written = [(mail.event, mail.to_address, mail.language) for mail in Outgoing.select().order_by(Outgoing.id)]
    assert written == [
        ("change-asked", "partner-admin@andina.example", "es"), ("change-done", "super-admin@siam.example", "th"),
        ("change-asked", "partner-admin@andina.example", "es"), ("change-declined", "super-admin@siam.example", "th"),
    ]
    run_jobs()
    bodies = [mail.get_body(("plain",)).get_content() for mail in mailer.sent]
    for word in ("ด่วน", "Claro", "No hay más", "/es/console/changes/", f"/th/organizations/{cast.siam.public_id}/"):
        assert any(word in body for body in bodies), word
