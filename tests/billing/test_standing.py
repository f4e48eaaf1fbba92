"""Renewal behavior, suspensions for several reasons at once, and the end, as partners and the vendor's staff decide."""

from __future__ import annotations

from datetime import date

import pytest

from portal.audit.models import Event
from portal.billing.commands import standing
from portal.billing.commands.orders import change_subscription
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import Organization
from portal.mail.models import Outgoing
from portal.subscriptions.commands import extend_trial_of, try_service
from portal.subscriptions.models import Scheduled, Subscription, Suspension


@pytest.fixture
def owned(cast):
    return Subscription.get(Subscription.organization == cast.siam)


def fresh(row):
    return type(row).get_by_id(row.id)


@pytest.mark.parametrize("renewal", ["ask", "end"])
def test_the_renewal_is_decided_by_who_saw_what_it_is(cast, owned, renewal):
    standing.set_renewal(cast.colleague.ctx, owned.public_id, renewal, owned.version)
    assert fresh(owned).renewal == renewal
    with pytest.raises(Stale):
        standing.set_renewal(cast.admin.ctx, owned.public_id, "renew", owned.version)
    event = Event.get(Event.verb == "subscription.renewal-set")
    assert (event.detail["before"], event.detail["after"]) == ({"renewal": "renew"}, {"renewal": renewal})


def test_a_trial_does_not_renew(cast):
    trial = try_service(cast.admin.ctx, cast.siam.public_id, "crm-standard", 3, "monthly")
    for renewal in ("end", "sometimes"):
        with pytest.raises(DomainError) as refused:
            standing.set_renewal(cast.admin.ctx, trial.public_id, renewal, trial.version)
        assert refused.value.field == "renewal"


def test_what_was_planned_is_given_up(cast, owned):
    change_subscription(cast.admin.ctx, owned.public_id, owned.plan, 5, "yearly", 0, owned.version, 0)
    planned = fresh(owned)
    with pytest.raises(Stale):
        standing.cancel_planned(cast.admin.ctx, owned.public_id, owned.version)
    standing.cancel_planned(cast.admin.ctx, owned.public_id, planned.version)
    assert not Scheduled.select().exists()
    with pytest.raises(Stale):
        standing.cancel_planned(cast.admin.ctx, owned.public_id, fresh(owned).version)


def test_two_reasons_hold_it_until_both_are_gone(cast, owned):
    standing.suspend_subscription(cast.admin.ctx, owned.public_id, "On holiday")
    standing.suspend_for_vendor(cast.reviewer.ctx, owned.public_id, "Abuse")
    assert [row.reason for row in Suspension.select().order_by(Suspension.id)] == ["partner", "vendor"]
    standing.lift_suspension(cast.colleague.ctx, owned.public_id)
    assert fresh(owned).state == "suspended"
    assert Organization.get_by_id(cast.siam.id).standing == "suspended"
    standing.lift_for_vendor(cast.reviewer.ctx, owned.public_id)
    assert (fresh(owned).state, Organization.get_by_id(cast.siam.id).standing) == ("paid", "paid")


def test_a_reason_is_given_and_lifted_once(cast, owned):
    with pytest.raises(Stale):
        standing.lift_suspension(cast.admin.ctx, owned.public_id)
    for wrong in ("", "x" * 1001):
        with pytest.raises(DomainError) as refused:
            standing.suspend_subscription(cast.admin.ctx, owned.public_id, wrong)
        assert refused.value.field == "note"
    standing.suspend_subscription(cast.admin.ctx, owned.public_id, "On holiday")
    with pytest.raises(Stale):
        standing.suspend_subscription(cast.admin.ctx, owned.public_id, "Again")


def test_a_renewal_that_was_due_meanwhile_comes_when_it_is_lifted(cast, owned, clock):
    standing.suspend_subscription(cast.admin.ctx, owned.public_id, "On holiday")
    Subscription.update(renews_on=date(2026, 3, 10)).where(Subscription.id == owned.id).execute()
    clock.advance(days=20)
    standing.lift_suspension(cast.admin.ctx, owned.public_id)
    assert fresh(owned).renews_on == date(2026, 3, 22)


def test_it_ends_today_and_stays_ended(cast, owned):
    with pytest.raises(Stale):
        standing.end_subscription(cast.admin.ctx, owned.public_id, owned.version + 1)
    standing.end_subscription(cast.admin.ctx, owned.public_id, owned.version)
    assert (fresh(owned).state, fresh(owned).ended_on) == ("ended", date(2026, 3, 2))
    with pytest.raises(Stale):
        standing.end_subscription(cast.admin.ctx, owned.public_id, fresh(owned).version)
    with pytest.raises(Stale):
        standing.suspend_subscription(cast.admin.ctx, owned.public_id, "Too late")


def test_both_sides_are_told_in_their_languages(cast, owned, run_jobs, mailer):
    assert cast.siam_admin
    assert cast.admin
    standing.suspend_subscription(cast.admin.ctx, owned.public_id, "พักงาน")
    standing.lift_suspension(cast.admin.ctx, owned.public_id)
    standing.suspend_for_vendor(cast.reviewer.ctx, owned.public_id, "Abuse")
    standing.lift_for_vendor(cast.reviewer.ctx, owned.public_id)
    standing.end_subscription(cast.admin.ctx, owned.public_id, fresh(owned).version)
    told = [(mail.event, mail.language) for mail in Outgoing.select().order_by(Outgoing.id)]
    assert told == [
        ("subscription-suspended", "th"), ("subscription-resumed", "th"),
        ("subscription-suspended", "es"), ("subscription-suspended", "th"),
        ("subscription-resumed", "es"), ("subscription-resumed", "th"), ("subscription-ended", "th"),
    ]
    run_jobs()
    bodies = [mail.get_body(("plain",)).get_content() for mail in mailer.sent]
    assert len(bodies) == 7
    assert any("พักงาน" in body for body in bodies)


def test_any_trial_of_a_customer_is_extended_from_the_store(cast):
    trial = try_service(cast.admin.ctx, cast.siam.public_id, "crm-standard", 3, "monthly")
    narrow = cast.member("seller@andina.example", "en", cast.andina, "sales")
    assert extend_trial_of(narrow.ctx, trial.public_id, 15) == date(2026, 4, 1)
    with pytest.raises(Stale):
        extend_trial_of(narrow.ctx, trial.public_id, 15)
    with pytest.raises(NotFound):
        extend_trial_of(cast.outsider.ctx, trial.public_id, 30)


def test_who_may_what(cast, owned):
    partner_acts = [
        (standing.set_renewal, ("end", 0)), (standing.cancel_planned, (0,)), (standing.suspend_subscription, ("?",)),
        (standing.lift_suspension, ()), (standing.end_subscription, (0,)),
    ]
    for act, arguments in partner_acts:
        with pytest.raises(NotFound):
            act(cast.outsider.ctx, owned.public_id, *arguments)
        for stranger in (cast.siam_admin, cast.reviewer):
            with pytest.raises(Forbidden):
                act(stranger.ctx, owned.public_id, *arguments)
    for act, arguments in ((standing.suspend_for_vendor, ("?",)), (standing.lift_for_vendor, ())):
        with pytest.raises(Forbidden):
            act(cast.admin.ctx, owned.public_id, *arguments)
        with pytest.raises(NotFound):
            act(cast.reviewer.ctx, "nosuchthing", *arguments)
