"""The clocks of a ticket as both sides read them: what is due, what rests and why, what is not promised."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from portal.support.commands.answering import answer, note, promise_update, set_state
from portal.support.commands.conversation import close, reply
from portal.support.commands.opening import Request, add_ticket
from portal.support.commands.triage import set_severity
from portal.support.models import Event, Ticket
from portal.support.queries.clocks import clocks_of, due_of
from tests.client import statements


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "fr", staff="support")


@pytest.fixture
def s1(cast):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    return add_ticket(cast.admin.ctx, Request("No mail", "None.", customer_email="boss@big.example"), "general")


@pytest.fixture
def shown(app, cast):
    """Return the words of the panel of a ticket, on one line."""
    def words(ticket, language="en", **more):
        found = clocks_of(cast.admin.ctx, [Ticket.get_by_id(ticket.id)])[ticket.id]
        with app.test_request_context(f"/{language}/"):
            html = app.extensions["templates"][language].from_string(
                '{% import "web/clocks.html" as clocks with context %}{{ clocks.panel(found, **more) }}'
            ).render(found=found, more=more, time_zone="UTC", country="", calendar="")
        return " ".join(re.sub(r"<[^>]*>", " ", html).split())

    return words


def faces(ctx, ticket):
    return {face.kind: face for face in clocks_of(ctx, [Ticket.get_by_id(ticket.id)])[ticket.id].faces}


def test_a_new_critical_ticket(s1, cast, clock, shown):
    found = faces(cast.admin.ctx, s1)
    assert [(face.kind, face.state, face.left) for face in found.values()] == [
        ("acknowledgement", "running", 180), ("determination", "running", 480), ("resolution", "running", 2880)]
    assert ("Acknowledgement Clock is running Due on Mar 2, 2026, 12:00 PM Aim: Mar 2, 2026, 10:00 AM 3 h left"
            in shown(s1))
    clock.advance(hours=1)
    assert faces(cast.admin.ctx, s1)["acknowledgement"].state == "soon"
    clock.advance(hours=2)
    assert faces(cast.admin.ctx, s1)["acknowledgement"].state == "soon"  # at the limit it can still be kept
    clock.advance(minutes=90)
    assert faces(cast.admin.ctx, s1)["acknowledgement"].state == "over"
    assert "Limit exceeded It was due on Mar 2, 2026, 12:00 PM 1 h 30 min overdue" in shown(s1)


def test_pauses_with_their_reasons(s1, agent, cast, clock, shown):
    answer(agent.ctx, s1.public_id, "We look into it.")
    clock.advance(hours=1)
    set_state(agent.ctx, s1.public_id, "waiting", "Please send the log file.", Ticket.get().version)
    clock.advance(hours=2)
    words = shown(s1)
    assert "Acknowledgement Kept in time Met on Mar 2, 2026, 9:00 AM" in words
    assert ("Resolution Paused Waiting for you, since Mar 2, 2026, 10:00 AM Reason: Please send the log file. "
            "The time that is left counts on when the pause ends.") in words
    assert "Waiting for the partner" in shown(s1, desk=True)
    assert "log file" not in shown(s1, reasons=False)
    assert due_of(agent.ctx, Ticket.get()) is None
    reply(cast.admin.ctx, s1.public_id, "Here it is.")
    words = shown(s1)
    assert "Waiting for you, from Mar 2, 2026, 10:00 AM to Mar 2, 2026, 12:00 PM" in words
    assert "Resolution Clock is running Due on Mar 4, 2026, 11:00 AM" in words
    assert due_of(agent.ctx, Ticket.get()).kind == "determination"


def test_from_waiting_to_hold_are_two_pauses_with_two_reasons(s1, agent, cast, clock):
    answer(agent.ctx, s1.public_id, "We look into it.")
    for state, reason in (("waiting", "one"), ("hold", "two")):
        clock.advance(hours=1)
        set_state(agent.ctx, s1.public_id, state, reason, Ticket.get().version)
    [first, second] = clocks_of(agent.ctx, [Ticket.get()])[s1.id].pauses
    assert (first.kind, first.reason, first.until) == ("waiting", "one", second.since)
    assert (second.kind, second.reason, second.until) == ("hold", "two", None)


def test_rest_between_solved_and_opened_again(s1, agent, cast, clock, shown):
    answer(agent.ctx, s1.public_id, "Solved.", "resolved")
    assert clocks_of(agent.ctx, [Ticket.get()])[s1.id].pauses == ()
    clock.advance(hours=5)
    close(cast.admin.ctx, s1.public_id, Ticket.get().version)
    clock.advance(hours=5)
    reply(cast.admin.ctx, s1.public_id, "It is not.")
    assert "Resolved or closed, from Mar 2, 2026, 9:00 AM to Mar 2, 2026, 7:00 PM" in shown(s1)


def test_promised_and_earlier_updates(s1, agent, clock, shown):
    for _ in range(3):
        answer(agent.ctx, s1.public_id, "News.")
        clock.advance(hours=1)
    promise_update(agent.ctx, s1.public_id, clock() + timedelta(days=1))
    words = shown(s1)
    assert "Promised update Clock is running Due on Mar 3, 2026, 12:00 PM" in words
    assert words.count("Earlier updates") == 1
    assert words.count("Kept in time") == 1 + 2


def test_without_commitment_it_says_so(cast, agent, shown):
    ticket = add_ticket(cast.admin.ctx, Request("A question", "How?"), "general")
    assert "There is no published commitment for this severity." in shown(ticket)
    promise_update(agent.ctx, ticket.public_id, cast.now + timedelta(days=1))
    assert "Acknowledgement No published commitment" in shown(ticket)
    assert "business hours of your region" in shown(ticket)
    assert "business hours of the partner’s region" in shown(ticket, desk=True)


def test_late_by_another_severity_says_so(cast, agent, clock, shown):
    ticket = add_ticket(cast.admin.ctx, Request("A question", "How?"), "general")
    clock.advance(hours=4)
    set_severity(agent.ctx, ticket.public_id, "S1", "Critical", ticket.version)
    words = "The limit was exceeded on Mar 2, 2026, 1:00 PM. It became late when its severity changed"
    assert words in shown(ticket)


@pytest.mark.parametrize("language", ["es", "fr", "th"])
def test_every_language_renders(s1, agent, clock, shown, language):
    answer(agent.ctx, s1.public_id, "News.", "waiting")
    clock.advance(hours=4)
    assert shown(s1, language)
    assert shown(s1, language, desk=True)


def test_statements_do_not_grow_with_tickets(s1, cast, agent):
    more = [add_ticket(cast.admin.ctx, Request(f"Ticket {n}", "?"), "general") for n in range(5)]
    for tickets in ([s1], [s1, *more]):
        ctx = agent.ctx
        with statements() as seen:
            assert clocks_of(ctx, tickets).keys() == {ticket.id for ticket in tickets}
        assert len(seen) == 2
    events = list(Event.select().where(Event.ticket == s1).order_by(Event.id))
    with statements() as seen:
        clocks_of(ctx, [s1], events)
    assert len(seen) == 1


def test_no_internal_word_is_in_a_pause(s1, agent, shown, clock):
    answer(agent.ctx, s1.public_id, "News.", "waiting")
    clock.advance(minutes=1)
    note(agent.ctx, s1.public_id, "secret remark")
    assert "secret" not in shown(s1)
