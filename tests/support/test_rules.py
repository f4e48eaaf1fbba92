"""Versions of the classification rule: drafted, tried without a trace, put in force, brought to open tickets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal.audit.models import Event as Act
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.jobs.models import Job
from portal.storage import transaction
from portal.support.commands import reclassification
from portal.support.commands.answering import set_state
from portal.support.commands.identity import choose_customer, identify
from portal.support.commands.opening import Request, add_ticket
from portal.support.commands.reclassification import follow_rule, keep_verdicts
from portal.support.commands.rules import activate_rule, discard_rule, draft_rule, keep_trial, try_rule
from portal.support.commands.triage import set_severity
from portal.support.models import Clock, Event, Rule, Ticket
from portal.support.policy.classification import rules_of
from portal.support.policy.rules import NotTried, effect, fingerprint, in_force
from portal.support.queries.open_tickets import open_beyond
from portal.support.queries.rules import APPLY, active_rules, versions
from portal.support.queries.trials import Trial, with_names
from portal.support.queries.verdicts import verdicts_on
from tests.client import statements


def opened(cast, name, licenses, **more):
    domain = f"{name.lower()}.example"
    cast.customer(name, domain, licenses=licenses, country="US", admin_email=f"boss@{domain}")
    request = Request("No mail", "Since nine.", customer_email=f"boss@{domain}", **more)
    return add_ticket(cast.admin.ctx, request, "general")


def draft(cast, us=100, excluded=None, note="We grow.", seen="", by=None):
    rules = rules_of(cast.make_ctx().programme)
    return draft_rule((by or cast.reviewer).ctx, {**rules.thresholds, "US": us},
                      sorted(rules.excluded) if excluded is None else excluded, note, seen)


def content(rule):
    row = Rule.get_by_id(rule.id)
    return fingerprint(row.thresholds, row.excluded)


@pytest.fixture
def tried(cast, run_jobs):
    """Make a draft that has been tried."""
    def make(**more):
        rule = draft(cast, **more)
        try_rule(cast.reviewer.ctx, rule.public_id, content(rule))
        run_jobs()
        return Rule.get_by_id(rule.id)

    return make


@pytest.fixture
def activated(cast, tried, run_jobs):
    """Put a rule in force and let the worker bring it to the tickets."""
    def make(**more):
        rule = tried(**more)
        activate_rule(cast.reviewer.ctx, rule.public_id, content(rule))
        run_jobs()
        return Rule.get_by_id(rule.id)

    return make


def outcome(ticket):
    row = Ticket.get_by_id(ticket.id)
    return row.severity, row.severity_from, row.priority, row.verdict


def events(ticket):
    return [event.kind for event in Event.select().where(Event.ticket == ticket).order_by(Event.id)]


# ---- Drafts ----

def test_a_draft_changes_nothing(cast, make_ctx):
    ticket = opened(cast, "Middle", 200)
    rule = draft(cast)
    assert (rule.version, rule.state, rule.thresholds["US"], rule.made_by_name) == (1, "draft", 100, "Staff")
    assert active_rules(make_ctx()) == rules_of(make_ctx().programme)
    assert outcome(ticket)[3] == "small"


def test_there_is_one_draft_and_it_is_changed_in_place(cast):
    rule = draft(cast)
    with pytest.raises(Stale):
        draft(cast, us=50)  # a form that knew of no draft
    changed = draft(cast, us=50, seen=content(rule))
    assert (changed.id, changed.thresholds["US"], Rule.select().count()) == (rule.id, 50, 1)
    with pytest.raises(Stale):
        draft(cast, us=60, seen=fingerprint(rule.thresholds, rule.excluded))


def test_a_number_is_used_once(cast):
    first = draft(cast)
    discard_rule(cast.reviewer.ctx, first.public_id, content(first))
    assert draft(cast).version == 2
    assert [(row.version, row.state) for row in versions()] == [(2, "draft"), (1, "discarded")]


@pytest.mark.parametrize(("wrong", "field"), [
    ({"us": 0}, "threshold-US"), ({"us": -1}, "threshold-US"), ({"us": 10_000_001}, "threshold-US"),
    ({"excluded": ["nothing"]}, "excluded"), ({"excluded": ["writer/nothing"]}, "excluded"), ({"note": " "}, "note"),
    ({"note": "x" * 1001}, "note"),
])
def test_what_makes_no_sense_is_refused_beside_its_field(cast, wrong, field):
    with pytest.raises(DomainError) as refused:
        draft(cast, **wrong)
    assert refused.value.field == field
    assert not Rule.select().exists()


def test_a_region_left_out_is_missing(cast):
    with pytest.raises(DomainError) as refused:
        draft_rule(cast.reviewer.ctx, {"US": 5}, [], "Why.")
    assert refused.value.field.startswith("threshold-")


@pytest.mark.parametrize("task", ["support", "finance", "reviewer"])
def test_only_leads_direct(cast, task):
    with pytest.raises(Forbidden):
        draft(cast, by=cast.person("other@vendor.example", "en", staff=task))


def test_a_lead_does(cast):
    assert draft(cast, by=cast.person("lead@vendor.example", "en", staff="support-lead")).state == "draft"


# ---- The dry run ----

def test_it_tells_what_would_change_and_changes_nothing(cast, tried):
    rises, falls, same = opened(cast, "Middle", 200), opened(cast, "Big", 900, service="crm"), opened(cast, "Small", 20)
    kept = opened(cast, "Kept", 300)
    set_severity(cast.reviewer.ctx, kept.public_id, "S2", "Bad.", kept.version)
    ended = opened(cast, "Ended", 300)
    with transaction():
        Ticket.update(state="closed").where(Ticket.id == ended.id).execute()
    before = [(row.id, row.version, row.severity, row.rule_version) for row in Ticket.select().order_by(Ticket.id)]
    excluded = [*rules_of(cast.make_ctx().programme).excluded, "crm"]
    rule = tried(excluded=excluded)
    assert rule.trial["counts"] == {"rises": 1, "falls": 1, "kept": 1, "same": 1}
    assert "Middle" not in str(rule.trial)  # names stay where they are, so that erasing them there is enough
    rows = {row["number"]: row for row in with_names(rule.trial["rows"])}
    assert set(rows) == {rises.number, falls.number, kept.number}
    up, down = rows[rises.number], rows[falls.number]
    assert (up["before"], up["after"], up["verdict"], up["partner"]) == ("S3", "S1", "large", "Andina Cloud")
    assert up["params"]["customer"] == "Middle"
    assert (down["before"], down["after"], down["verdict"]) == ("S1", "S3", "excluded-service")
    assert (rows[kept.number]["before"], rows[kept.number]["after"]) == ("S2", "S2")
    after = [(row.id, row.version, row.severity, row.rule_version) for row in Ticket.select().order_by(Ticket.id)]
    assert after == before
    assert same.number not in rows


def test_what_falls_goes_back_to_what_a_person_said(cast, tried):
    ticket = opened(cast, "Big", 900)
    set_severity(cast.reviewer.ctx, ticket.public_id, "S2", "Bad.", ticket.version)
    with transaction():
        Ticket.update(severity="S1", severity_from="rule").where(Ticket.id == ticket.id).execute()
    assert [row["after"] for row in tried(us=1000).trial["rows"]] == ["S2"]


def test_it_lists_no_more_than_a_page_holds(cast, tried, monkeypatch):
    monkeypatch.setattr("portal.support.queries.trials.TRIAL_ROWS", 2)
    for number in range(4):
        opened(cast, f"Middle{number}", 200)
    rule = tried()
    assert (rule.trial["counts"]["rises"], len(rule.trial["rows"])) == (4, 2)


def test_while_one_runs_another_press_begins_none(cast):
    rule = draft(cast)
    for _ in range(2):
        try_rule(cast.reviewer.ctx, rule.public_id, content(rule))
    assert Job.select().where(Job.kind == "support.try-rule").count() == 1


def test_what_is_tried_again_is_run_again(cast, tried, run_jobs, clock):
    rule = tried()
    first = rule.tried_at
    clock.advance(hours=1)
    opened(cast, "Middle", 200)
    try_rule(cast.reviewer.ctx, rule.public_id, content(rule))
    run_jobs()
    rule = Rule.get_by_id(rule.id)
    assert (rule.trial["counts"]["rises"], rule.tried_at > first) == (1, True)


def test_a_draft_that_changed_meanwhile_has_not_been_tried(cast, run_jobs):
    rule = draft(cast)
    seen = content(rule)
    try_rule(cast.reviewer.ctx, rule.public_id, seen)
    draft(cast, us=7, seen=seen)
    run_jobs()
    row = Rule.get_by_id(rule.id)
    assert (row.tried_at, "counts" in row.trial) == (None, False)
    with pytest.raises(Stale):
        try_rule(cast.reviewer.ctx, rule.public_id, seen)


def test_a_draft_that_changes_while_it_is_tried_has_not_been(cast, make_ctx):
    rule = draft(cast)
    seen = content(rule)
    try_rule(cast.reviewer.ctx, rule.public_id, seen)
    draft(cast, us=7, seen=seen)
    keep_trial(make_ctx(), rule.public_id, seen, {"rises": 1}, [])
    assert Rule.get_by_id(rule.id).tried_at is None


# ---- Putting in force ----

def test_it_takes_a_recent_dry_run_of_what_it_says_now(cast, tried, clock):
    rule = draft(cast)
    with pytest.raises(NotTried):
        activate_rule(cast.reviewer.ctx, rule.public_id, content(rule))
    discard_rule(cast.reviewer.ctx, rule.public_id, content(rule))
    rule = tried()
    seen = content(rule)
    draft(cast, us=7, seen=seen)
    with pytest.raises(Stale):
        activate_rule(cast.reviewer.ctx, rule.public_id, seen)
    with pytest.raises(NotTried):
        activate_rule(cast.reviewer.ctx, rule.public_id, content(rule))
    draft(cast, us=100, seen=content(rule))  # as it was when it was tried
    clock.advance(hours=24, seconds=1)
    with pytest.raises(NotTried):
        activate_rule(cast.reviewer.ctx, rule.public_id, seen)
    assert not Rule.select().where(Rule.state == "active").exists()


def test_one_is_in_force_and_it_is_on_record(cast, activated):
    first, second = activated(us=100), activated(us=200)
    assert [(row.version, row.state) for row in versions()] == [(2, "active"), (1, "former")]
    acts = [act for act in Act.select().order_by(Act.id) if act.verb == "support-rule.activated"]
    assert [act.subject for act in acts] == [first.public_id, second.public_id]
    assert (acts[1].detail["before"]["thresholds"]["US"], acts[1].detail["after"]["thresholds"]["US"]) == (100, 200)
    assert (acts[1].detail["before"]["version"], acts[1].detail["note"]) == (1, "We grow.")


def test_what_is_in_force_is_no_draft(cast, activated):
    rule = activated()
    for act in (activate_rule, discard_rule, try_rule):
        with pytest.raises(Stale):
            act(cast.reviewer.ctx, rule.public_id, content(rule))
        with pytest.raises(NotFound):
            act(cast.reviewer.ctx, "222222222222", content(rule))


def test_new_tickets_are_judged_by_it_at_once(cast, tried):
    rule = tried()
    activate_rule(cast.reviewer.ctx, rule.public_id, content(rule))
    ticket = opened(cast, "Middle", 200)
    assert (outcome(ticket), ticket.rule_version) == (("S1", "rule", True, "large"), 1)


def test_open_tickets_follow(cast, activated, clock):
    rises, falls = opened(cast, "Middle", 200), opened(cast, "Big", 900, service="crm")
    small, ended = opened(cast, "Small", 20), opened(cast, "Ended", 200)
    with transaction():
        Ticket.update(state="closed").where(Ticket.id == ended.id).execute()
    quiet = events(small), Ticket.get_by_id(small.id).updated_at, small.version
    clock.advance(hours=5)
    activated(excluded=[*rules_of(cast.make_ctx().programme).excluded, "crm"])
    assert outcome(rises) == ("S1", "rule", True, "large")
    assert outcome(falls) == ("S3", "default", False, "excluded-service")
    assert outcome(ended)[3] == "small"
    row = Ticket.get_by_id(small.id)
    assert (events(small), row.updated_at, row.version) == quiet  # nothing happened to it
    assert (row.rule_version, row.verdict_params["threshold"]) == (1, 100)  # but it tells the present number
    late = Clock.get(Clock.ticket == rises, Clock.kind == "acknowledgement")
    assert (late.severity, late.breach_cause) == ("S1", "reclassified")


def test_what_changed_while_it_was_judged_is_left_alone(cast, make_ctx):
    ticket = opened(cast, "Small", 20)
    batch = open_beyond(0)
    seen, verdict = ticket.version, verdicts_on(make_ctx(), batch, active_rules(make_ctx()))[ticket.id]
    identify(cast.reviewer.ctx, ticket.public_id, "x@nowhere.example", "", "", "", ticket.version)
    keep_verdicts(make_ctx(), 9, [], {ticket.id: (seen, verdict)})
    row = Ticket.get_by_id(ticket.id)
    assert (row.verdict, row.verdict_params, row.rule_version) == ("not-found", {"named": ["email"]}, 0)


def test_what_people_decided_stands(cast, activated):
    by_hand = opened(cast, "Middle", 200)
    set_severity(cast.reviewer.ctx, by_hand.public_id, "S2", "Bad.", by_hand.version)
    one = cast.customer("One", "one.example", licenses=200, country="US", admin_email="ann@holding.example")
    cast.customer("Two", "two.example", licenses=200, country="US", admin_email="ann@holding.example")
    chosen = add_ticket(cast.admin.ctx, Request("No mail", "x", customer_email="ann@holding.example"), "general")
    choose_customer(cast.reviewer.ctx, chosen.public_id, one.public_id, chosen.version)
    assert outcome(chosen)[3] == "small"
    activated()
    assert outcome(by_hand) == ("S2", "person", True, "large")
    assert (outcome(chosen), Ticket.get_by_id(chosen.id).organization_id) == (("S1", "rule", True, "large"), one.id)


def test_a_ticket_that_waits_is_open(cast, activated):
    ticket = opened(cast, "Middle", 200)
    set_state(cast.reviewer.ctx, ticket.public_id, "waiting", "For you.", ticket.version)
    activated()
    assert outcome(ticket)[0] == "S1"


def test_one_that_cannot_be_judged_holds_up_no_other(cast, tried, run_jobs, monkeypatch, clock):
    bad, good = opened(cast, "Bad", 200), opened(cast, "Good", 200)
    judge = reclassification.classify

    def failing(ctx, ticket, **more):
        if ticket.id == bad.id:
            raise ValueError("broken")
        judge(ctx, ticket, **more)

    monkeypatch.setattr(reclassification, "classify", failing)
    rule = tried()
    activate_rule(cast.reviewer.ctx, rule.public_id, content(rule))
    run_jobs()
    assert (outcome(bad)[0], outcome(good)[0]) == ("S3", "S1")
    assert Job.get(Job.kind == APPLY).state == "ready"
    monkeypatch.undo()
    clock.advance(hours=2)
    run_jobs()
    assert outcome(bad)[0] == "S1"
    assert events(good).count("severity") == 1


def test_twice_is_once(cast, activated, run_jobs):
    ticket = opened(cast, "Middle", 200)
    activated()
    before = events(ticket), Ticket.get_by_id(ticket.id).version
    with transaction():
        Job.update(state="ready").where(Job.kind == APPLY).execute()
    run_jobs()
    assert (events(ticket), Ticket.get_by_id(ticket.id).version) == before


# ---- The programme file ----

def programme_with(programme, us):
    regions = {**programme.regions, "US": replace(programme.regions["US"], large_account_licenses=us)}
    return replace(programme, regions=regions)


def test_another_programme_file_reaches_open_tickets_each_time(cast, app, make_ctx, run_jobs, clock, monkeypatch):
    ticket = opened(cast, "Middle", 200)
    run_jobs()
    assert outcome(ticket)[0] == "S3"
    shipped = make_ctx().programme
    for us, severity in ((150, "S1"), (250, "S3"), (150, "S1")):
        def other(*args, us=us, **more):
            return replace(make_ctx(*args, **more), programme=programme_with(shipped, us))

        clock.advance(minutes=6)
        with app.app_context():
            from portal.jobs.worker import run_due

            run_due(other)
        assert outcome(ticket)[0] == severity


def test_the_file_says_nothing_where_staff_do_except_of_new_regions(cast, activated, make_ctx):
    activated(us=100)
    ctx = make_ctx()
    later = programme_with(ctx.programme, 5)
    assert active_rules(replace(ctx, programme=later)).thresholds["US"] == 100
    assert in_force(active_rules(replace(ctx, programme=later)), later) == in_force(active_rules(ctx), ctx.programme)


def test_what_has_not_changed_asks_for_nothing(cast, make_ctx, run_jobs):
    for _ in range(2):
        with transaction():
            follow_rule(make_ctx())
        run_jobs()
    assert Job.select().where(Job.kind == APPLY).count() == 1


# ---- In bulk ----

def test_a_batch_costs_the_same_however_many_there_are(cast, make_ctx):
    counts = []
    for number in range(6):
        opened(cast, f"Middle{number}", 200)
        if number in (0, 5):
            with statements() as seen:
                trial = Trial(make_ctx(), rules_of(programme_with(make_ctx().programme, 100)))
                assert list(trial.run()) == [number + 1]
                assert len(trial.rows()) == number + 1
            counts.append(len(seen))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("large", "priority", "severity", "source", "what"), [
    (True, False, "S3", "default", "rises"), (True, True, "S1", "rule", "same"), (True, False, "S2", "person", "kept"),
    (True, True, "S2", "person", "same"), (False, True, "S1", "rule", "falls"), (False, True, "S1", "person", "kept"),
    (False, False, "S3", "default", "same"), (True, False, "S1", "default", "same"),
])
def test_the_effect_of_a_verdict(large, priority, severity, source, what):
    assert effect(large, priority, severity, source, "S1") == what
