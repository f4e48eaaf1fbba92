"""What the worker does about clocks: warnings and breaches, each exactly once, and new promises for all."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread

import pytest

from portal.core.context import WORKER
from portal.core.errors import DomainError
from portal.jobs.models import Job
from portal.jobs.worker import run_due
from portal.mail.models import Outgoing
from portal.programme.support import Hours
from portal.storage import database, transaction
from portal.support.commands import alarms
from portal.support.commands.answering import answer, determine, log_call, promise_update, set_state
from portal.support.commands.clocks import batches, due, look, refold
from portal.support.commands.conversation import close, reopen, reply
from portal.support.commands.opening import Request, add_ticket
from portal.support.commands.triage import set_severity
from portal.support.models import Agent, Clock, Event, Ticket
from portal.support.queries.clocks import clocks_of, due_of

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, three o'clock at night in the region of the partner
ACK, RES, UPD = "acknowledgement", "resolution", "update"


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "fr", staff="support")


@pytest.fixture
def lead(cast):
    return cast.person("lead@vendor.example", "es", staff="support-lead")


@pytest.fixture
def s1(cast):
    """A ticket of a large account, opened at nine."""
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    return add_ticket(cast.admin.ctx, Request("No mail", "None.", customer_email="boss@big.example"), "general")


@pytest.fixture
def s3(cast):
    return add_ticket(cast.admin.ctx, Request("A question", "How?"), "general")


@pytest.fixture
def work(app, make_ctx):
    """Let the worker do what is due, with another programme if need be."""
    def run(programme=None):
        with app.app_context():
            return run_due(lambda: replace(make_ctx(WORKER), programme=programme or make_ctx().programme))

    return run


def promising(programme, severity="S3", **ranges):
    """Return the programme as if its file promised something else."""
    changes = {name: Hours(aim=hours[0], limit=hours[1]) if hours else None for name, hours in ranges.items()}
    return replace(programme, severities={
        **programme.severities, severity: replace(programme.severities[severity], **changes)})


def clock_of(ticket, kind=ACK, cycle=0):
    return Clock.get_or_none(Clock.ticket == ticket, Clock.kind == kind, Clock.cycle == cycle)


def fresh(ticket):
    return Ticket.get_by_id(ticket.id)


def events(ticket, kind):
    return list(Event.select().where(Event.ticket == ticket, Event.kind == kind).order_by(Event.id))


def mails(kind):
    rows = Outgoing.select().where(Outgoing.event == kind).order_by(Outgoing.id)
    return [(row.to_address, row.language, row.params["clock"]) for row in rows]


def take(person, *regions, available=True, now=NINE):
    with transaction():
        Agent.insert(account=person.account, languages=["en"], regions=list(regions), available=available,
                     updated_at=now).on_conflict(
            conflict_target=[Agent.account], update={"regions": list(regions), "available": available}).execute()


# ---- Breaches ----

def test_a_breach_is_recorded_as_it_happens_and_once(s1, work, clock):
    clock.advance(hours=3)
    work()
    assert clock_of(s1).breached_at is None  # exactly at the limit it could still be kept
    clock.advance(seconds=30)
    work()
    found = clock_of(s1)
    assert (found.breached_at, found.breach_cause, found.breach_version) == (NINE + timedelta(hours=3), "time", 0)
    [event] = events(s1, "breached")
    assert (event.public, event.side, event.actor_id, event.actor_name) == (True, "portal", None, "")
    assert (event.data["clock"], event.data["cycle"], event.data["cause"]) == (ACK, 0, "time")
    clock.advance(seconds=30)
    work()
    assert len(events(s1, "breached")) == 1


def test_two_workers_and_one_that_was_killed(s1, make_ctx, clock, agent, monkeypatch):
    clock.advance(hours=3, seconds=1)
    ctx = make_ctx(WORKER)
    first, second = due(ctx, 0), due(ctx, 0)  # both have seen it before either did anything
    assert first == second == [s1.id]
    with monkeypatch.context() as killed:
        killed.setattr(alarms, "post_all", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            look(ctx, s1.id)
    assert not events(s1, "breached")
    assert clock_of(s1).breached_at is None
    for row in (*first, *second):
        look(ctx, row)
    assert len(events(s1, "breached")) == 1
    assert len(mails("ticket-breached")) == 1
    assert due(ctx, 0) == []


def test_two_workers_at_the_same_moment(s1, agent, make_ctx, clock):
    clock.advance(hours=3, seconds=1)
    ctx = make_ctx(WORKER)

    def run():
        with database.connection_context():
            look(ctx, s1.id)

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [event.data["clock"] for event in events(s1, "breached")] == [ACK]
    assert [event.data["clock"] for event in events(s1, "warned")] == ["determination"]
    assert len(mails("ticket-breached")) == 1


def test_what_breaks_between_two_looks_is_recorded_by_whoever_comes_first(s1, agent, work, clock):
    clock.advance(hours=3, seconds=10)
    answer(agent.ctx, s1.public_id, "Sorry, here we are.")
    assert [event.data["clock"] for event in events(s1, "breached")] == [ACK]
    assert events(s1, "breached")[0].side == "portal"
    assert clock_of(s1).state == "late"
    work()
    assert len(events(s1, "breached")) == 1


def test_a_promise_or_another_severity_after_the_limit_does_not_undo_the_breach(s1, agent, work, clock):
    answer(agent.ctx, s1.public_id, "Looking.")
    clock.advance(hours=8, seconds=1)
    promise_update(agent.ctx, s1.public_id, clock() + timedelta(hours=5))
    update = clock_of(s1, UPD)
    assert (update.breached_at, update.limit_at) == (NINE + timedelta(hours=8), clock() + timedelta(hours=5))
    set_severity(agent.ctx, s1.public_id, "S3", "Not so bad", fresh(s1).version)
    late = clock_of(s1, "determination")
    assert (late.state, late.breached_at) == ("void", NINE + timedelta(hours=8))
    assert clock_of(s1, RES) is None  # nothing is promised, and nothing happened
    clock.advance(minutes=1)
    answer(agent.ctx, s1.public_id, "News.")
    assert clock_of(s1, UPD).breached_at == NINE + timedelta(hours=8)
    shown = clocks_of(agent.ctx, [fresh(s1)])[s1.id]
    assert {(face.kind, face.state) for face in (*shown.faces, *shown.earlier)} >= {(UPD, "late")}


def test_what_a_reclassification_makes_late_says_so_at_once(s3, agent, lead, clock):
    clock.advance(hours=5)
    set_severity(lead.ctx, s3.public_id, "S1", "It is critical", s3.version)
    found = clock_of(s3)
    assert (found.breached_at, found.breach_cause) == (NINE + timedelta(hours=5), "reclassified")
    assert [(event.data["clock"], event.data["cause"], event.side) for event in events(s3, "breached")] == [
        (ACK, "reclassified", "portal")]
    assert {row.params["cause"] for row in Outgoing.select().where(Outgoing.event == "ticket-breached")} == {
        "reclassified"}


def test_a_clock_that_was_kept_under_the_former_severity_stays_kept(s3, agent, clock):
    set_severity(agent.ctx, s3.public_id, "S1", "Critical", s3.version)
    answer(agent.ctx, s3.public_id, "Here.")
    set_severity(agent.ctx, s3.public_id, "S3", "Not critical", fresh(s3).version)
    clock.advance(hours=9)
    set_severity(agent.ctx, s3.public_id, "S1", "Critical again", fresh(s3).version)
    assert (clock_of(s3).state, clock_of(s3).breached_at) == ("met", None)
    assert {event.data["clock"] for event in events(s3, "breached")} == {"determination", UPD}


@pytest.mark.parametrize("act", ["wait", "resolve", "close"])
def test_nobody_looks_at_what_rests(s1, agent, cast, act, make_ctx, work, clock):
    answer(agent.ctx, s1.public_id, "Please tell us more.", {"wait": "waiting", "resolve": "resolved"}.get(act, "open"))
    if act == "close":
        close(cast.admin.ctx, s1.public_id, fresh(s1).version)
    assert fresh(s1).check_at is None
    assert due_of(agent.ctx, fresh(s1)) is None
    clock.advance(days=30)
    work()
    assert not events(s1, "breached")


# ---- Warnings ----

def test_a_critical_ticket_warns_at_its_aim_whatever_the_hour(s1, work, clock):
    clock.advance(minutes=59)
    work()
    assert not events(s1, "warned")
    clock.advance(minutes=1)
    work()
    [event] = events(s1, "warned")
    assert (event.public, event.side, event.data["clock"]) == (False, "portal", ACK)
    assert clock_of(s1).warned_at == NINE + timedelta(hours=1)
    clock.advance(minutes=1)
    work()
    assert len(events(s1, "warned")) == 1


def test_others_warn_in_working_hours_only(cast, s3, agent, make_ctx, clock):
    """A promise for three at night, of which the desk is reminded: nobody is there before nine."""
    promise_update(agent.ctx, s3.public_id, NINE + timedelta(days=1, hours=8))  # 17:00, two hours after they open
    clock.advance(days=1, hours=7, minutes=30)
    look(make_ctx(WORKER), s3.id)
    assert len(events(s3, "warned")) == 1  # half past four there is within the hours
    promise_update(agent.ctx, s3.public_id, NINE + timedelta(days=1, hours=8, minutes=15))
    other = add_ticket(cast.admin.ctx, Request("Another", "?"), "general")
    promise_update(agent.ctx, other.public_id, NINE + timedelta(days=2, hours=1))  # ten in UTC, four at night there
    clock.now = NINE + timedelta(days=2, minutes=45)
    look(make_ctx(WORKER), other.id)
    assert not events(other, "warned")
    assert fresh(other).check_at == NINE + timedelta(days=2, hours=1)  # it breaks before anybody is there
    promise_update(agent.ctx, other.public_id, NINE + timedelta(days=2, hours=6, minutes=5))
    clock.now = NINE + timedelta(days=2, hours=5, minutes=45)
    look(make_ctx(WORKER), other.id)
    assert fresh(other).check_at == NINE + timedelta(days=2, hours=6)  # nine there: as soon as they open
    clock.now = NINE + timedelta(days=2, hours=6)
    look(make_ctx(WORKER), other.id)
    assert len(events(other, "warned")) == 1


def test_a_worker_that_was_away_until_they_closed_wakes_nobody(s3, agent, make_ctx, clock):
    promise_update(agent.ctx, s3.public_id, NINE + timedelta(hours=15, minutes=15))  # they close at midnight of UTC
    clock.advance(hours=15, minutes=5)
    look(make_ctx(WORKER), s3.id)
    assert not events(s3, "warned")
    assert fresh(s3).check_at == NINE + timedelta(hours=15, minutes=15)


@pytest.mark.parametrize(
    ("regions", "open_now"), [((), False), (("US",), False), (("EU",), True), (("IN", "US"), False)])
def test_the_hours_are_those_of_who_works_on_it(s3, agent, make_ctx, clock, regions, open_now):
    take(agent, *regions)
    with transaction():
        Ticket.update(assignee=agent.account).where(Ticket.id == s3.id).execute()
    promise_update(agent.ctx, s3.public_id, NINE + timedelta(minutes=40))
    clock.advance(minutes=15)  # 10:15 in Amsterdam, 03:15 in Chicago
    look(make_ctx(WORKER), s3.id)
    assert bool(events(s3, "warned")) == open_now


def test_no_second_warning_when_a_severity_comes_back(s1, agent, work, clock):
    clock.advance(hours=1)
    work()
    for severity in ("S3", "S1"):
        set_severity(agent.ctx, s1.public_id, severity, "Hm", fresh(s1).version)
    clock.advance(minutes=1)
    work()
    assert [event.data["clock"] for event in events(s1, "warned")] == [ACK]
    assert clock_of(s1).state == "running"


def test_whom_it_concerns(s1, agent, lead, cast, work, clock):
    take(agent)
    clock.advance(hours=1)
    work()
    assert mails("ticket-warning") == [
        ("agent@vendor.example", "fr", "Acknowledgement"), ("lead@vendor.example", "es", "Acknowledgement")]
    with transaction():
        Ticket.update(assignee=agent.account).where(Ticket.id == s1.id).execute()
    clock.advance(hours=1)
    work()
    assert mails("ticket-warning")[2:] == [("agent@vendor.example", "fr", "Issue determination")]
    take(agent, available=False)
    clock.advance(hours=1, seconds=1)
    work()
    assert mails("ticket-breached") == [("lead@vendor.example", "es", "Acknowledgement")]


def test_nobody_else_hears_of_it(s1, cast, agent, work, clock):
    clock.advance(hours=49)
    work()
    concerned = {row.to_address for row in Outgoing.select().where(Outgoing.event.in_(
        ("ticket-warning", "ticket-breached")))}
    assert concerned == {"agent@vendor.example"}  # nobody has said what they take on: everybody who could
    assert {event.data["clock"] for event in events(s1, "breached")} == {ACK, "determination", RES}


def test_what_the_mails_say(s3, cast, mailer, work, clock):
    reader = cast.person("agent@vendor.example", "en", staff="support")
    clock.advance(hours=2)
    set_severity(cast.person("lead@vendor.example", "en", staff="support").ctx, s3.public_id, "S1", "Bad", s3.version)
    clock.advance(hours=2)
    set_severity(reader.ctx, s3.public_id, "S3", "Good", fresh(s3).version)
    set_severity(reader.ctx, s3.public_id, "S1", "Bad again", fresh(s3).version)
    work()
    said = {str(mail["Subject"]): mail.get_body(("plain",)).get_content() for mail in mailer.sent
            if "agent" in str(mail["To"])}
    late = said[f"[{s3.number}] Limit exceeded: Acknowledgement"]
    near = said[f"[{s3.number}] Due soon: Issue determination"]
    for text in (late, near):
        assert f"http://portal.test/en/desk/tickets/{s3.public_id}" in text
        assert "S1-Critical" in text
        assert "Nobody works on this ticket yet." in text
    assert "Issue determination: no later than Mar 2, 2026, 5:00 PM" in near
    assert "Acknowledgement: no later than Mar 2, 2026, 12:00 PM" in late
    assert "former severity" not in late
    assert late.startswith("Hello Agent,\n\nTicket ")


def test_a_mail_says_that_another_severity_made_it_late(s3, cast, mailer, work, clock):
    clock.advance(hours=5)
    reader = cast.person("agent@vendor.example", "en", staff="support")
    set_severity(reader.ctx, s3.public_id, "S1", "Bad", s3.version)
    work()
    [late] = [mail for mail in mailer.sent if "Limit exceeded" in str(mail["Subject"])]
    assert "by its former severity it was in time" in late.get_body(("plain",)).get_content()


# ---- Other promises ----

def test_what_is_promised_later_counts_for_open_tickets(s3, make_ctx, work, clock):
    work()
    assert not Clock.select().exists()
    programme = promising(make_ctx().programme, acknowledgement=(2, 4))
    clock.advance(minutes=1)
    work(programme)
    found = clock_of(s3)
    assert (found.state, found.limit_at) == ("running", NINE + timedelta(hours=10))  # four hours after they open
    ticket = fresh(s3)
    assert (ticket.next_clock, ticket.next_due, ticket.queue_at) == (ACK, found.limit_at, found.limit_at)
    assert (ticket.version, ticket.updated_at) == (s3.version, s3.updated_at)


def test_each_change_of_promises_is_followed_once(s3, make_ctx, work, clock):
    one, other = make_ctx().programme, promising(make_ctx().programme, acknowledgement=(2, 4))
    ran = []
    for programme in (one, one, other, other, one, promising(one)):
        clock.advance(minutes=1)
        work(programme)
        job = Job.get(Job.key == "support.refold")
        ran.append((job.state, job.finished_at))
    times = [at for _, at in ran]
    assert {state for state, _ in ran} == {"done"}
    assert times[0] == times[1] < times[2] == times[3] < times[4] == times[5]
    assert not Clock.select().exists()


def test_what_has_stopped_stays_judged_by_what_was_promised_then(s1, agent, cast, make_ctx, work, clock):
    clock.advance(hours=1, minutes=30)
    answer(agent.ctx, s1.public_id, "Here.")
    stricter = promising(make_ctx().programme, "S1", acknowledgement=(1, 1), determination=(1, 1))
    clock.advance(minutes=1)
    work(stricter)
    assert (clock_of(s1).state, clock_of(s1).limit_at) == ("met", NINE + timedelta(hours=3))
    late = clock_of(s1, "determination")
    assert (late.breached_at, late.limit_at) == (NINE + timedelta(hours=1), NINE + timedelta(hours=1))
    assert not mails("ticket-breached")  # whoever changed the promise knows
    reply(replace(cast.admin.ctx, programme=stricter), s1.public_id, "Thanks")
    assert clock_of(s1).state == "met"
    nothing = promising(make_ctx().programme, "S1", acknowledgement=None, determination=None)
    clock.advance(minutes=1)
    work(nothing)
    assert clock_of(s1).state == "met"
    assert clock_of(s1, "determination").state == "void"


def test_another_default_severity_changes_no_ticket(s1, s3, make_ctx, work, clock):
    ctx = make_ctx()
    other = replace(ctx.programme, support=replace(ctx.programme.support, default_severity="S1"))
    before = list(Clock.select().order_by(Clock.id).dicts())
    refold(replace(make_ctx(WORKER), programme=other), 200)
    assert list(Clock.select().order_by(Clock.id).dicts()) == before


def test_batches_reach_every_unfinished_ticket(cast, s3, agent, make_ctx):
    answer(agent.ctx, s3.public_id, "Done", "resolved")
    ctx = make_ctx(WORKER)
    assert batches(ctx, 0) == []
    other = add_ticket(cast.admin.ctx, Request("Another", "?"), "general")
    [last] = batches(ctx, 0)
    assert last >= other.id
    assert batches(ctx, last) == []


# ---- The cache is the fold ----

@pytest.mark.parametrize("seed", range(6))
def test_folding_all_anew_changes_nothing(seed, s1, agent, cast, make_ctx, clock):
    """Whatever people do, in whatever order: the rows kept up act by act are what a fold of everything says."""
    chance = random.Random(seed)

    def seen():
        return fresh(s1).version

    acts = [
        lambda: answer(agent.ctx, s1.public_id, "a", chance.choice(["open", "waiting", "resolved"])),
        lambda: log_call(agent.ctx, s1.public_id, "phone", "c"),
        lambda: determine(agent.ctx, s1.public_id, "d"),
        lambda: promise_update(agent.ctx, s1.public_id, clock() + timedelta(hours=chance.randint(1, 20))),
        lambda: set_state(agent.ctx, s1.public_id, chance.choice(["open", "waiting", "hold"]), "r", seen()),
        lambda: set_severity(agent.ctx, s1.public_id, chance.choice(["S1", "S3"]), "s", seen()),
        lambda: reply(cast.admin.ctx, s1.public_id, "r"),
        lambda: close(cast.admin.ctx, s1.public_id, seen()),
        lambda: reopen(cast.admin.ctx, s1.public_id, seen()),
        lambda: [look(make_ctx(WORKER), row) for row in due(make_ctx(WORKER), 0)],
    ]
    for _ in range(25):
        clock.advance(minutes=chance.randint(1, 200))
        try:
            chance.choice(acts)()
        except DomainError:
            continue
        [look(make_ctx(WORKER), row) for row in due(make_ctx(WORKER), 0)]
        kept = list(Clock.select().order_by(Clock.id).dicts())
        cache = Ticket.select().dicts().get()
        refold(make_ctx(WORKER), s1.id)
        assert list(Clock.select().order_by(Clock.id).dicts()) == kept
        assert {**Ticket.select().dicts().get(), "check_at": None} == {**cache, "check_at": None}
    counts = [(event.data["clock"], event.data["cycle"]) for event in events(s1, "breached")]
    assert len(counts) == len(set(counts))
    assert {(row.kind, row.cycle) for row in Clock.select().where(Clock.breached_at.is_null(False))} == set(counts)
