"""From asking for a check to its end: verified once, repeated with pauses, stopped with words; never twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from portal.adapters.dns import Status
from portal.audit.models import Event
from portal.core.errors import Forbidden, NotFound
from portal.customers.models import Organization
from portal.domains import commands, jobs, queries
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Finding, Method, Outcome, retry_delay
from portal.jobs.models import Job
from portal.storage import database


@pytest.fixture
def customer(cast):
    return cast.customer("Lima Textiles", "lima.example", verified=False)


def wanted(ctx, customer, method=Method.TXT):
    return queries.expectation(ctx, Domain.get(Domain.organization == customer), method)


def publish(ctx, dns, customer):
    proof = wanted(ctx, customer)
    dns.place(proof.host, "TXT", proof.value)


def state(customer, method=Method.TXT):
    return DomainCheck.select().join(Domain).where(Domain.organization == customer, DomainCheck.method == method).get()


def verified(customer):
    return Domain.get(Domain.organization == customer).verified_at


def acts(verb="domain.verified"):
    return Event.select().where(Event.verb == verb).count()


def subjects(mailer):
    return [(str(mail["To"]), str(mail["Subject"])) for mail in mailer.sent]


def test_a_published_record_verifies_the_domain_everywhere(cast, customer, dns, run_jobs, mailer, clock):
    publish(cast.admin.ctx, dns, customer)
    assert commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    assert verified(customer) is None
    run_jobs()
    assert verified(customer) == Organization.get_by_id(customer.id).domain_verified_at == clock.now
    assert (state(customer).state, state(customer).total, acts()) == ("verified", 1, 1)
    assert [to for to, _ in subjects(mailer)] == ["Partner Admin <partner-admin@andina.example>"]
    assert mailer.sent[0]["Content-Language"] == "es"
    assert f"/es/organizations/{customer.public_id}/" in mailer.sent[0].get_body(("plain",)).get_content()


@pytest.mark.parametrize("method", [Method.CNAME, Method.FILE])
def test_the_other_methods_verify_too(cast, customer, dns, web, run_jobs, method):
    proof = wanted(cast.admin.ctx, customer, method)
    dns.place(proof.host, "CNAME", proof.value)
    web.place(proof.url, proof.value + "\n")
    commands.ask_check(cast.admin.ctx, customer.public_id, method)
    run_jobs()
    assert Domain.get(Domain.organization == customer).verified_by == method


def test_checks_repeat_by_themselves_until_the_record_is_there(cast, customer, dns, run_jobs, clock):
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    assert (state(customer).state, state(customer).next_at) == ("waiting", clock.now + timedelta(minutes=1))
    run_jobs()
    assert state(customer).total == 1  # not before its time
    publish(cast.admin.ctx, dns, customer)
    clock.advance(minutes=1)
    run_jobs()
    assert verified(customer)


def test_after_two_weeks_they_stop_with_one_mail_and_start_anew_when_asked(
    cast, customer, dns, run_jobs, mailer, clock
):
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    for _ in range(80):
        run_jobs()
        if state(customer).state == "stopped":
            break
        clock.now = state(customer).next_at
    run_jobs()
    stopped = state(customer)
    assert (stopped.state, stopped.next_at, retry_delay(stopped.attempts)) == ("stopped", None, None)
    assert [str(mail["To"]) for mail in mailer.sent] == ["Partner Admin <partner-admin@andina.example>"]
    assert "lima.example" in mailer.sent[0].get_body(("plain",)).get_content()

    clock.advance(days=1)
    assert commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    assert (state(customer).state, state(customer).attempts) == ("waiting", 1)
    assert state(customer).total == stopped.total + 1


def test_clicking_again_asks_once(cast, customer, dns, run_jobs, clock):
    for _ in range(3):
        commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    clock.advance(seconds=30)
    commands.ask_check(cast.colleague.ctx, customer.public_id, Method.TXT)  # still under way
    run_jobs()
    assert state(customer).total == 1
    assert commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    assert not commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    clock.advance(seconds=10)
    assert commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)


def test_asking_early_takes_the_place_of_the_planned_check(cast, customer, dns, run_jobs, clock):
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    clock.advance(seconds=59)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    clock.advance(seconds=2)
    dns.asked.clear()
    run_jobs()
    assert not dns.asked
    assert state(customer).total == 2


def test_a_check_that_nobody_finished_can_be_asked_for_again(cast, customer, dns, run_jobs, clock):
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    Job.update(state="failed").execute()
    clock.advance(minutes=2)
    assert commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    assert state(customer).total == 1


def test_killed_between_asking_and_settling_it_is_done_once(cast, customer, dns, run_jobs, mailer, clock, monkeypatch):
    publish(cast.admin.ctx, dns, customer)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    with monkeypatch.context() as broken:
        broken.setattr(jobs, "settle", lambda *_: (_ for _ in ()).throw(OSError("killed")))
        run_jobs()
    assert not verified(customer)
    clock.advance(minutes=1)
    run_jobs()
    assert verified(customer)
    assert (len(mailer.sent), acts()) == (1, 1)


def test_settled_but_not_noted_as_done_it_changes_nothing_the_second_time(cast, customer, dns, run_jobs, mailer):
    publish(cast.admin.ctx, dns, customer)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    Job.update(state="ready").execute()  # as if the worker had died before it could say so
    run_jobs()
    assert (len(mailer.sent), acts(), state(customer).total) == (1, 1, 1)


def test_a_worker_that_settles_late_changes_nothing(cast, customer, make_ctx):
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    check = state(customer)
    key = queries.round_key(check)
    for _ in range(2):  # its lease had ended, another worker was faster
        commands.settle(make_ctx(), check.domain_id, Method.TXT, key, Finding(Outcome.NO_RECORD))
    assert (state(customer).total, state(customer).attempts) == (1, 1)


def test_the_first_organization_to_verify_a_domain_has_it(cast, customer, dns, run_jobs, mailer):
    rival = cast.customer("Secret Rival", "lima.example", partner=cast.outsider.ctx.actor.partner_id, verified=False)
    first, second = (wanted(cast.admin.ctx, row) for row in (customer, rival))
    dns.place(first.host, "TXT", first.value, second.value)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    commands.ask_check(cast.outsider.ctx, rival.public_id, Method.TXT)
    run_jobs()
    assert verified(customer)
    assert not verified(rival)
    lost = state(rival)
    assert (lost.state, lost.next_at, lost.finding["outcome"]) == ("stopped", None, Outcome.TAKEN)
    assert acts() == 1
    told = next(mail for mail in mailer.sent if "outsider" in str(mail["To"])).get_body(("plain",)).get_content()
    assert "cannot be verified for this organization" in told
    assert "Andina" not in told
    assert "Textiles" not in told


def test_of_two_workers_that_settle_at_once_one_wins(app, cast, customer, make_ctx):
    rival = cast.customer("Rival", "lima.example", partner=cast.outsider.ctx.actor.partner_id, verified=False)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    commands.ask_check(cast.outsider.ctx, rival.public_id, Method.TXT)
    start, faults = threading.Barrier(2), []

    def settle(row):
        try:
            with database.connection_context():
                check = state(row)
                start.wait(5)
                finding = Finding(Outcome.VERIFIED)
                commands.settle(make_ctx(), check.domain_id, Method.TXT, queries.round_key(check), finding)
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=settle, args=(row,)) for row in (customer, rival)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert sorted([state(customer).state, state(rival).state]) == ["stopped", "verified"]
    assert (bool(verified(customer)) + bool(verified(rival)), acts()) == (1, 1)


def test_verified_by_one_method_the_others_rest(cast, customer, dns, web, run_jobs, mailer, clock):
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.FILE)
    run_jobs()
    publish(cast.admin.ctx, dns, customer)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    web.asked.clear()
    clock.advance(days=1)
    run_jobs()
    assert not web.asked
    assert state(customer, Method.FILE).state == "stopped"
    assert len(mailer.sent) == 1
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.FILE)
    run_jobs()
    assert not web.asked


@pytest.mark.parametrize("status", [Status.FAILING, Status.TIMEOUT, Status.NO_DOMAIN, Status.NO_RECORD])
def test_what_the_dns_said_is_kept(cast, customer, dns, run_jobs, status):
    dns.spoil(wanted(cast.admin.ctx, customer).host, "TXT", status)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    shown = queries.view(cast.admin.ctx, queries.verifiable(cast.admin.actor, customer.public_id))
    assert shown.check.outcome == status.value
    assert shown.check.message


def test_only_a_partner_that_administers_the_customer_may_ask(cast, customer):
    with pytest.raises(NotFound):
        commands.ask_check(cast.outsider.ctx, customer.public_id, Method.TXT)
    for person in (cast.newcomer, cast.reviewer):
        with pytest.raises(Forbidden):
            commands.ask_check(person.ctx, customer.public_id, Method.TXT)
    Organization.update(access="revoked").where(Organization.id == customer.id).execute()
    with pytest.raises(NotFound):
        commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
