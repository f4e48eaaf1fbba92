"""Extending and ending trials: once per click, on the organization's own calendar, with the record of who did it."""

import threading
from datetime import date

import pytest

from portal.audit.models import Event
from portal.core.context import WORKER, Actor
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import NEVER, Organization
from portal.storage import database, locked, transaction
from portal.subscriptions.commands import expire_trials, extend_trial, keep
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import TrialEnded


@pytest.fixture
def trial(cast):
    return cast.customer("Try", "try.example", standing="trial")


def fresh(organization):
    return Organization.get_by_id(organization.id), Subscription.get(Subscription.organization == organization.id)


def test_an_extension_moves_the_end_and_what_the_lists_show(cast, trial):
    assert extend_trial(cast.admin.ctx, trial.public_id, seen=15) == date(2026, 4, 1)
    organization, subscription = fresh(trial)
    assert (subscription.trial_days, subscription.renews_on) == (30, date(2026, 4, 1))
    assert (organization.standing, organization.renews_on) == ("trial", date(2026, 4, 1))


def test_the_record_says_who_extended_from_what_to_what(cast, trial):
    extend_trial(cast.colleague.ctx, trial.public_id, seen=15)
    event = Event.get(Event.verb == "trial.extended")
    assert (event.actor_name, event.organization_id) == (cast.colleague.account.name, trial.id)
    assert event.detail == {"before": 15, "after": 30, "ends_on": "2026-04-01"}


def test_a_refusal_leaves_no_trace(cast, trial):
    with pytest.raises(Stale):
        extend_trial(cast.admin.ctx, trial.public_id, seen=30)
    assert not Event.select().where(Event.verb == "trial.extended").exists()
    assert fresh(trial)[1].version == 0


def test_two_threads_with_the_same_page_extend_once(cast, trial):
    ctx, barrier, outcomes = cast.admin.ctx, threading.Barrier(2), []

    def click():
        with database.connection_context():
            barrier.wait()
            try:
                outcomes.append(extend_trial(ctx, trial.public_id, seen=15))
            except DomainError as error:
                outcomes.append(type(error))

    threads = [threading.Thread(target=click) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes, key=str) == [date(2026, 4, 1), Stale]
    assert fresh(trial)[1].trial_days == 30
    assert Event.select().where(Event.verb == "trial.extended").count() == 1


@pytest.mark.parametrize("act", ["extend", "expire"])
def test_whoever_answers_a_request_at_the_same_moment_waits_in_no_circle(cast, clock, trial, act):
    """An answer holds the organization and then its subscription: a trial that did the reverse would be a deadlock."""
    admin, faults = cast.admin.ctx, []
    if act == "expire":
        clock.advance(days=16)
    worker = cast.make_ctx(WORKER)

    def run():
        with database.connection_context():
            try:
                extend_trial(admin, trial.public_id, seen=15) if act == "extend" else expire_trials(worker)
            except Exception as fault:
                faults.append(fault)

    other = threading.Thread(target=run)
    with transaction():
        locked(Organization.select().where(Organization.id == trial.id)).get()
        other.start()
        other.join(0.3)  # time enough to take whatever it takes first
        Subscription.update(unit_price=1).where(Subscription.organization == trial.id).execute()
    other.join(20)
    assert faults == []
    assert fresh(trial)[1].state == ("trial" if act == "extend" else "expired")


def test_strangers_find_nothing_and_the_unentitled_are_refused(cast, trial):
    with pytest.raises(NotFound):
        extend_trial(cast.outsider.ctx, trial.public_id, seen=15)
    with pytest.raises(Forbidden):
        extend_trial(cast.siam_admin.ctx, trial.public_id, seen=15)
    with pytest.raises(Forbidden):
        extend_trial(cast.make_ctx(Actor()), trial.public_id, seen=15)


@pytest.mark.parametrize(("zone", "ended"), [("Asia/Bangkok", True), ("America/Mexico_City", False)])
def test_the_day_ends_where_the_organization_is(cast, clock, zone, ended):
    trial = cast.customer("Edge", "edge.example", standing="trial", time_zone=zone, started_on=date(2026, 2, 16))
    clock.advance(hours=9)  # 18:00 UTC on 2 March: the 3rd in Bangkok, noon of the 2nd in Mexico City
    if ended:
        with pytest.raises(TrialEnded):
            extend_trial(cast.admin.ctx, trial.public_id, seen=15)
    else:
        assert extend_trial(cast.admin.ctx, trial.public_id, seen=15) == date(2026, 3, 18)


def test_a_bought_subscription_is_no_trial_any_more(cast, trial):
    Subscription.update(state="paid").where(Subscription.organization == trial.id).execute()
    with pytest.raises(Stale):
        extend_trial(cast.admin.ctx, trial.public_id, seen=15)


def test_the_worker_ends_trials_by_each_calendar_and_twice_is_once(cast, clock, run_jobs):
    east = cast.customer("East", "east.example", standing="trial", started_on=date(2026, 2, 16))
    west = cast.customer("West", "west.example", standing="trial", started_on=date(2026, 2, 16),
                         time_zone="America/Mexico_City")
    young = cast.customer("Young", "young.example", standing="trial")
    clock.advance(hours=9)
    run_jobs()
    run_jobs()
    assert [fresh(row)[0].standing for row in (east, west, young)] == ["expired", "trial", "trial"]
    assert [fresh(row)[1].state for row in (east, west, young)] == ["expired", "trial", "trial"]
    clock.advance(hours=12)
    run_jobs()
    assert fresh(west)[0].standing == "expired"
    assert Event.select().where(Event.verb == "trial.expired").count() == 2


def test_many_ended_trials_go_batch_by_batch(cast, make_ctx, monkeypatch):
    monkeypatch.setattr("portal.subscriptions.commands.trials._BATCH", 2)
    for n in range(5):
        cast.customer(f"C{n}", f"c{n}.example", standing="trial", started_on=date(2026, 1, 1))
    after, batches = expire_trials(make_ctx()), 1
    while after is not None:
        after, batches = expire_trials(make_ctx(), after), batches + 1
    assert (batches, Subscription.select().where(Subscription.state == "expired").count()) == (3, 5)


def test_lists_keep_the_console_s_service_and_no_renewal_sorts_last(cast, make_ctx, trial):
    Subscription.create(
        organization=trial, service="mail", plan="mail-lite", state="paid", licenses=3, period="monthly",
        currency="USD", unit_price=125, started_on=date(2026, 3, 1), renews_on=date(2026, 3, 5), created_at=cast.now,
    )
    keep(make_ctx(), trial.id)
    assert fresh(trial)[0].renews_on == date(2026, 3, 17)
    Subscription.update(state="ended", renews_on=None).where(Subscription.service == "workplace").execute()
    keep(make_ctx(), trial.id)
    organization = Organization.get_by_id(trial.id)
    assert (organization.standing, organization.renews_on) == ("ended", NEVER)
