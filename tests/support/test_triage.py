"""What staff decide about tickets: who works on them, how severe they are, what belongs together."""

from __future__ import annotations

import pytest

from portal.accounts.models import Staff
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.mail.models import Outgoing
from portal.storage import transaction
from portal.support.commands.agents import save_agent
from portal.support.commands.answering import answer
from portal.support.commands.conversation import reply
from portal.support.commands.identity import identify
from portal.support.commands.merging import link, merge, unlink
from portal.support.commands.opening import add_ticket
from portal.support.commands.triage import assign, mark_spam, set_severity, unmark_spam
from portal.support.models import Clock, Event, Link, Participant, Ticket
from portal.support.policy.assignment import Candidate, best, weights
from portal.support.policy.tickets import NotThatState
from portal.support.queries.agents import available
from tests.support.test_opening import request, with_help_center


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "en", staff="support")


def opened(person, **more):
    return add_ticket(with_help_center(person).ctx, request(**more), "help-center")


def now(ticket):
    return Ticket.get_by_id(ticket.id)


def kinds(ticket):
    return [event.kind for event in Event.select().where(Event.ticket == ticket).order_by(Event.id)]


# ---- Whom a ticket is offered to ----

def one(number, languages="", regions="", load=0):
    return Candidate(number, f"n{number}", languages.split(), regions.split(), load)


@pytest.mark.parametrize(("people", "chosen"), [
    ([], None),
    ([one(1, "en"), one(2, "es")], 2),
    ([one(1, "es", "EU"), one(2, "es", "US", load=50)], 2),  # the region comes before the load
    ([one(1, "en", "US"), one(2, "es", "EU", load=50)], 2),  # the language before the region
    ([one(1, "es", load=3), one(2, "es", load=2)], 2),
    ([one(2, "es"), one(1, "es")], 1),  # always the same one
    ([one(1, "es", "EU"), one(2, "es", "", load=9)], 2),  # no regions: all of them
    ([one(1, "fr"), one(2, "", load=1)], 1),  # nobody speaks it: somebody all the same
])
def test_the_best_for_a_spanish_ticket_of_the_united_states(people, chosen):
    found = best(people, "es", "US")
    assert (found.account_id if found else None) == chosen


def test_severe_tickets_weigh_more():
    assert weights(["S1", "S2", "S3"]) == {"S1": 3, "S2": 2, "S3": 1}


def test_a_new_ticket_is_offered(cast, agent):
    french = cast.person("french@vendor.example", "fr", staff="support-lead")
    assert opened(cast.admin).assignee_id is None  # nobody has said that they are there
    save_agent(agent.ctx, "", ["es", "en"], [], True)
    save_agent(french.ctx, "", ["fr"], [], True)
    spanish = opened(cast.admin)
    assert spanish.assignee_id == agent.account.id
    assert opened(cast.colleague).assignee_id == french.account.id
    assert not Event.get(Event.ticket == spanish, Event.kind == "assigned").public
    save_agent(agent.ctx, "", ["es"], [], False)
    assert opened(cast.admin).assignee_id == french.account.id
    with transaction():
        Staff.update(expires_at=cast.now).execute()
    assert opened(cast.admin).assignee_id is None


def test_the_load_counts_what_is_open(cast, agent):
    save_agent(agent.ctx, "", ["es"], [], True)
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    first = opened(cast.admin, customer_email="boss@big.example")
    opened(cast.admin)
    severities = list(cast.make_ctx().programme.severities)
    weight = weights(severities)
    assert [person.load for person in available(agent.ctx)] == [weight["S1"] + weight["S3"]]
    answer(agent.ctx, first.public_id, "Done", "resolved")
    assert [person.load for person in available(agent.ctx)] == [weight["S3"]]


# ---- Profiles ----

def test_leads_speak_for_others_and_nobody_else_does(cast, agent):
    lead = cast.person("lead@vendor.example", "en", staff="support-lead")
    finance = cast.person("money@vendor.example", "en", staff="finance")
    save_agent(lead.ctx, agent.account.public_id, ["th"], ["EU"], True)
    assert [(one.languages, one.regions) for one in available(agent.ctx)] == [(["th"], ["EU"])]
    with pytest.raises(NotFound):
        save_agent(agent.ctx, lead.account.public_id, ["th"], [], True)
    with pytest.raises(NotFound):
        save_agent(lead.ctx, finance.account.public_id, ["th"], [], True)
    with pytest.raises(Forbidden):
        save_agent(cast.admin.ctx, "", ["th"], [], True)


@pytest.mark.parametrize(("languages", "regions", "there", "field"), [
    (["xx"], [], True, "languages"), (["en"], ["ATLANTIS"], True, "regions"), ([], [], True, "languages")])
def test_a_profile_that_makes_no_sense(agent, languages, regions, there, field):
    with pytest.raises(DomainError) as refused:
        save_agent(agent.ctx, "", languages, regions, there)
    assert refused.value.field == field


# ---- Assignment ----

def test_assigning(cast, agent):
    ticket = opened(cast.admin)
    assign(agent.ctx, ticket.public_id, agent.account.public_id, ticket.version)
    row = now(ticket)
    assert row.assignee_id == agent.account.id
    assert row.updated_at == ticket.updated_at  # the partner's list does not move
    with pytest.raises(Stale):
        assign(cast.reviewer.ctx, ticket.public_id, "", ticket.version)
    assign(cast.reviewer.ctx, ticket.public_id, "", row.version)
    assert now(ticket).assignee_id is None


@pytest.mark.parametrize("who", ["admin", "finance", "nobody-at-all"])
def test_only_who_works_on_tickets_gets_one(cast, agent, who):
    people = {"admin": cast.admin, "finance": cast.person("money@vendor.example", "en", staff="finance")}
    public_id = people[who].account.public_id if who in people else who
    ticket = opened(cast.admin)
    with pytest.raises(DomainError) as refused:
        assign(agent.ctx, ticket.public_id, public_id, ticket.version)
    assert refused.value.field == "assignee"


# ---- Severity by hand ----

def test_a_severity_by_hand_wins_until_a_field_changes(cast, agent):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    ticket = opened(cast.admin, customer_email="boss@big.example")
    set_severity(agent.ctx, ticket.public_id, "S4", "A question only.", ticket.version)
    row = now(ticket)
    assert (row.severity, row.severity_from, row.priority, row.next_due) == ("S4", "person", True, None)
    told = Event.get(Event.ticket == row, Event.kind == "severity", Event.body != "")
    assert (told.body, told.data["before"], told.data["severity"]) == ("A question only.", "S1", "S4")
    identify(agent.ctx, row.public_id, "BOSS@big.example", "", "", "", row.version)  # the same, once compared
    assert now(ticket).severity == "S4"
    identify(agent.ctx, row.public_id, "somebody@big.example", "", "", "", now(ticket).version)
    assert (now(ticket).severity, now(ticket).severity_from) == ("S1", "rule")


@pytest.mark.parametrize(("severity", "reason", "field"), [
    ("S9", "Because", "severity"), ("", "Because", "severity"), ("S2", " ", "reason"), ("S2", "x" * 1001, "reason")])
def test_a_severity_that_makes_no_sense(cast, agent, severity, reason, field):
    ticket = opened(cast.admin)
    with pytest.raises(DomainError) as refused:
        set_severity(agent.ctx, ticket.public_id, severity, reason, ticket.version)
    assert refused.value.field == field
    assert now(ticket).severity == "S3"


# ---- Merging ----

@pytest.fixture
def two(cast):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    first = opened(cast.admin, customer_email="boss@big.example")
    return first, opened(cast.colleague, subject="The same again")


def test_merging_mails_nobody_and_keeps_both_requesters(cast, agent, two):
    source, target = two
    mails = Outgoing.select().count()
    merge(agent.ctx, source.public_id, f" #{target.number} ", source.version)
    assert Outgoing.select().count() == mails
    ended = now(source)
    assert (ended.state, ended.outcome, ended.merged_into_id) == ("closed", "merged", target.id)
    assert {clock.state for clock in Clock.select().where(Clock.ticket == source)} == {"void"}
    assert (ended.next_due, ended.check_at) == (None, None)
    people = {person.email for person in Participant.select().where(Participant.ticket == target)}
    assert people == {cast.admin.email, cast.colleague.email}
    assert (kinds(source)[-1], kinds(target)[-1]) == ("merged", "absorbed")


@pytest.mark.parametrize(("case", "refusal"), [
    ("itself", "into"), ("nothing", "into"), ("another partner's", "into"), ("ended", "into"),
    ("merged already", NotThatState), ("round", "into"), ("stale", Stale), ("spam", NotThatState),
])
def test_what_cannot_be_merged(cast, agent, two, case, refusal):
    source, target = two
    into, seen = target.number, source.version
    if case == "itself":
        into = source.number
    elif case == "nothing":
        into = "00000000"
    elif case == "another partner's":
        into = opened(cast.outsider).number
    elif case == "ended":
        answer(agent.ctx, target.public_id, "Done", "resolved")
    elif case == "merged already":
        merge(agent.ctx, source.public_id, target.number, seen)
        into, seen = opened(cast.admin).number, now(source).version
    elif case == "round":
        merge(agent.ctx, target.public_id, source.number, target.version)
        seen = now(source).version
    elif case == "stale":
        reply(cast.admin.ctx, source.public_id, "One thing more")
    else:
        mark_spam(agent.ctx, source.public_id, seen)
        seen = now(source).version
    with pytest.raises(DomainError) as refused:
        merge(agent.ctx, source.public_id, into, seen)
    assert refused.value.field == refusal if isinstance(refusal, str) else isinstance(refused.value, refusal)
    assert "absorbed" not in kinds(target) or case == "merged already"


def test_partners_merge_nothing(cast, agent, two):
    for command in (merge, assign, set_severity):
        with pytest.raises(Forbidden):
            command(cast.admin.ctx, two[0].public_id, two[1].number, 0, *(["x"] if command is set_severity else []))


# ---- Links ----

def test_links_are_the_desks_alone(cast, agent, two):
    one, other = two
    for _ in range(2):
        link(agent.ctx, one.public_id, other.number)
    link(agent.ctx, other.public_id, one.number)
    assert Link.select().count() == 1
    assert kinds(one).count("linked") == 1
    assert not Event.select().where(Event.kind == "linked", Event.public).exists()
    assert now(one).updated_at == one.updated_at
    unlink(agent.ctx, other.public_id, one.number)
    assert Link.select().count() == 0
    with pytest.raises(DomainError):
        link(agent.ctx, one.public_id, one.number)
    with pytest.raises(NotFound):
        link(agent.ctx, "nothing", one.number)


# ---- Spam ----

def test_spam_is_put_away_and_brought_back(cast, agent, two):
    ticket = two[0]
    mails = Outgoing.select().count()
    mark_spam(agent.ctx, ticket.public_id, ticket.version)
    row = now(ticket)
    assert (row.state, row.outcome, row.next_due) == ("closed", "spam", None)
    assert Outgoing.select().count() == mails
    assert not Event.get(Event.ticket == ticket, Event.kind == "spam").public
    with pytest.raises(NotThatState):
        mark_spam(agent.ctx, ticket.public_id, row.version)
    unmark_spam(agent.ctx, ticket.public_id, row.version)
    row = now(ticket)
    assert (row.state, row.outcome, row.finished_at) == ("open", "", None)
    assert row.next_clock == "acknowledgement"
    with pytest.raises(NotThatState):
        unmark_spam(agent.ctx, ticket.public_id, row.version)
