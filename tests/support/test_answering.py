"""What either side writes to a ticket: each act in each state, twice at once, and what follows for its clocks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core.errors import DomainError, Forbidden, Stale
from portal.mail.models import Outgoing
from portal.support.commands.answering import answer, determine, log_call, note, promise_update, set_state
from portal.support.commands.attachments import upload, upload_as_staff
from portal.support.commands.conversation import close, rate, reopen, reply
from portal.support.commands.merging import merge
from portal.support.commands.triage import mark_spam
from portal.support.models import Attachment, Clock, Event, Ticket
from portal.support.policy.tickets import NotThatState, Overtaken, TooLateToReopen
from tests.support.test_triage import kinds, now, opened

STATES = ("open", "waiting", "hold", "resolved", "closed", "merged", "spam")


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "en", staff="support")


@pytest.fixture
def ticket(cast):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    return opened(cast.admin, customer_email="boss@big.example")


def bring(cast, agent, ticket, state):
    """Bring a ticket that was answered into a state."""
    answer(agent.ctx, ticket.public_id, "We are looking into it.")
    if state in {"waiting", "hold", "resolved"}:
        set_state(agent.ctx, ticket.public_id, state, "Because", now(ticket).version)
    elif state == "closed":
        close(cast.admin.ctx, ticket.public_id, now(ticket).version)
    elif state == "merged":
        merge(agent.ctx, ticket.public_id, opened(cast.admin).number, now(ticket).version)
    elif state == "spam":
        mark_spam(agent.ctx, ticket.public_id, now(ticket).version)
    return now(ticket)


# The state after an act, by the state before it; "no" if it is refused. The last two states allow no act but a note.
ACTS = {
    "answer": ("open", "open", "open", "open", "open"),
    "answer and wait": ("waiting", "waiting", "waiting", "waiting", "waiting"),
    "answer and hold": ("hold", "hold", "hold", "hold", "hold"),
    "answer and resolve": ("resolved", "resolved", "resolved", "resolved", "closed"),
    "note": STATES[:5],
    "call": STATES[:5],
    "determine": ("open", "waiting", "hold", "no", "no"),
    "promise": ("open", "waiting", "hold", "no", "no"),
    "go on": ("open", "open", "open", "open", "open"),
    "wait": ("waiting", "waiting", "waiting", "waiting", "waiting"),
    "hold": ("hold", "hold", "hold", "hold", "hold"),
    "resolve": ("resolved", "resolved", "resolved", "resolved", "closed"),
    "reply": ("open", "open", "hold", "open", "open"),
    "close": ("closed", "closed", "closed", "closed", "no"),
    "reopen": ("no", "no", "no", "open", "open"),
    "rate": ("no", "no", "no", "resolved", "closed"),
}


def carry_out(cast, agent, act, row):
    ticket, staff, partner = row.public_id, agent.ctx, cast.admin.ctx
    states = {"go on": "open", "wait": "waiting", "hold": "hold", "resolve": "resolved"}
    then = {"answer": "open", "answer and wait": "waiting", "answer and hold": "hold", "answer and resolve": "resolved"}
    if act in then:
        answer(staff, ticket, "Please look.", then[act], reason="A part is missing")
    elif act in states:
        set_state(staff, ticket, states[act], "A part is missing", row.version)
    else:
        {
            "note": lambda: note(staff, ticket, "Odd."), "call": lambda: log_call(staff, ticket, "phone", "We talked."),
            "determine": lambda: determine(staff, ticket, "A full disk."),
            "promise": lambda: promise_update(staff, ticket, staff.now + timedelta(hours=3)),
            "reply": lambda: reply(partner, ticket, "One thing more"),
            "close": lambda: close(partner, ticket, row.version),
            "reopen": lambda: reopen(partner, ticket, row.version),
            "rate": lambda: rate(partner, ticket, "good"),
        }[act]()


@pytest.mark.parametrize("act", ACTS)
def test_each_act_in_each_state(cast, agent, ticket, act):
    last = "closed" if act == "note" else "no"  # of a ticket that was merged, or is spam
    for state, after in zip(STATES, (*ACTS[act], last, last), strict=True):
        row = bring(cast, agent, opened(cast.admin), state)
        before = kinds(row)
        try:
            carry_out(cast, agent, act, row)
            assert now(row).state == after, state
            assert (now(row).finished_at is None) == (after in STATES[:3]), state
        except NotThatState:
            assert after == "no", state
            assert kinds(row) == before


def test_the_partner_cannot_do_what_staff_do(cast, ticket):
    for act in (lambda ctx: answer(ctx, ticket.public_id, "x"), lambda ctx: note(ctx, ticket.public_id, "x"),
                lambda ctx: determine(ctx, ticket.public_id, "x"),
                lambda ctx: set_state(ctx, ticket.public_id, "resolved", "x", 0)):
        with pytest.raises(Forbidden):
            act(cast.admin.ctx)


# ---- Acknowledgement ----

@pytest.mark.parametrize(("act", "acknowledges"), [
    ("note", False), ("wait", False), ("hold", False), ("promise", False), ("reply", False), ("answer", True),
    ("call", True),
])
def test_only_an_answer_or_a_call_acknowledges(cast, agent, ticket, clock, act, acknowledges):
    clock.advance(minutes=30)
    carry_out(cast, agent, act, now(ticket))
    run = Clock.get(Clock.ticket == ticket, Clock.kind == "acknowledgement")
    assert (run.met_at is not None) is acknowledges
    assert run.limit_at is not None  # whatever the state, it goes on until somebody answers


def test_nothing_is_resolved_that_nobody_has_answered(agent, ticket):
    with pytest.raises(DomainError) as refused:
        set_state(agent.ctx, ticket.public_id, "resolved", "", ticket.version)
    assert refused.value.field == "state"
    assert now(ticket).state == "open"
    note(agent.ctx, ticket.public_id, "Done, I think")
    with pytest.raises(DomainError):
        set_state(agent.ctx, ticket.public_id, "resolved", "", now(ticket).version)
    log_call(agent.ctx, ticket.public_id, "chat", "Solved in the chat")
    set_state(agent.ctx, ticket.public_id, "resolved", "", now(ticket).version)
    assert now(ticket).state == "resolved"


# ---- What is wrong with what was typed ----

@pytest.mark.parametrize(("more", "field"), [
    ({"text": "  "}, "text"), ({"text": "x" * 50_001}, "text"), ({"then": "hold"}, "reason"),
    ({"then": "hold", "reason": " "}, "reason"), ({"promise": timedelta(0)}, "promise"),
    ({"promise": timedelta(hours=-1)}, "promise"), ({"promise": timedelta(days=400)}, "promise"),
    ({"promise": timedelta(hours=1), "then": "resolved"}, "promise"),
])
def test_an_answer_that_makes_no_sense_is_not_sent(agent, ticket, more, field):
    before, mails = kinds(ticket), Outgoing.select().count()
    if "promise" in more:
        more = {**more, "promise": agent.ctx.now + more["promise"]}
    with pytest.raises(DomainError) as refused:
        answer(agent.ctx, ticket.public_id, **{"text": "Hello", **more})
    assert refused.value.field == field
    assert (kinds(ticket), Outgoing.select().count()) == (before, mails)


@pytest.mark.parametrize("then", ["closed", "merged", "spam", ""])
def test_there_is_no_such_state(agent, ticket, then):
    with pytest.raises(NotThatState):
        answer(agent.ctx, ticket.public_id, "Hello", then)
    with pytest.raises(NotThatState):
        set_state(agent.ctx, ticket.public_id, then, "Because", ticket.version)


@pytest.mark.parametrize("state", ["waiting", "hold"])
def test_a_pause_has_a_reason(agent, ticket, state):
    with pytest.raises(DomainError) as refused:
        set_state(agent.ctx, ticket.public_id, state, " ", ticket.version)
    assert refused.value.field == "reason"


# ---- Several at once ----

def test_a_double_click_is_one_message(cast, agent, ticket):
    for command in (answer, note, determine):
        events = {command(agent.ctx, ticket.public_id, "Hello", key=command.__name__).id for _ in range(2)}
        assert len(events) == 1
    assert len({log_call(agent.ctx, ticket.public_id, "phone", "Hello", key="c").id for _ in range(2)}) == 1
    assert len({reply(cast.admin.ctx, ticket.public_id, "Hello", key="r").id for _ in range(2)}) == 1


def test_an_answer_that_was_overtaken_waits(cast, agent, ticket):
    read = Event.select().where(Event.ticket == ticket).order_by(Event.id.desc()).get().public_id
    note(cast.reviewer.ctx, ticket.public_id, "For later")  # nothing that the partner hears
    answer(agent.ctx, ticket.public_id, "First", read=read)
    answer(agent.ctx, ticket.public_id, "And more", read=read)  # one's own words overtake nobody
    with pytest.raises(Overtaken) as refused:
        answer(cast.reviewer.ctx, ticket.public_id, "Second", read=read)
    assert refused.value.params["name"] == agent.account.name
    assert kinds(ticket).count("staff-reply") == 2
    reply(cast.admin.ctx, ticket.public_id, "Never mind")
    with pytest.raises(Overtaken):
        determine(agent.ctx, ticket.public_id, "A full disk", read=read)


def test_the_state_that_somebody_else_has_set_stands(cast, agent, ticket):
    set_state(agent.ctx, ticket.public_id, "hold", "Because", ticket.version)
    for command, ctx, rest in ((set_state, agent.ctx, ("waiting", "So")), (close, cast.admin.ctx, ())):
        with pytest.raises(Stale):
            command(ctx, ticket.public_id, *rest, ticket.version)
    assert now(ticket).state == "hold"


# ---- Promises ----

def test_a_promise_is_owed_until_the_next_answer(agent, ticket, clock):
    until = agent.ctx.now + timedelta(hours=2)
    answer(agent.ctx, ticket.public_id, "Soon more", promise=until)
    row = now(ticket)
    assert (row.promised_until, row.next_clock, row.next_due) == (until, "update", until)
    clock.advance(minutes=30)
    log_call(agent.ctx, ticket.public_id, "phone", "Here is more")
    row = now(ticket)
    assert row.promised_until is None
    assert row.next_due != until


# ---- Notes and files ----

def test_a_note_moves_nothing_that_the_partner_sees(cast, agent, ticket, clock):
    mails = Outgoing.select().count()
    clock.advance(minutes=5)
    event = note(agent.ctx, ticket.public_id, "They always forget the address.")
    assert not event.public
    assert now(ticket).updated_at == ticket.updated_at
    assert Outgoing.select().count() == mails


def test_files_go_with_what_their_uploader_writes(cast, agent, ticket):
    mine, theirs = upload_as_staff(agent.ctx, "a.txt", b"a"), upload(cast.admin.ctx, "b.txt", b"b")
    event = answer(agent.ctx, ticket.public_id, "See there", files=[mine.public_id, theirs.public_id])
    assert [file.name for file in Attachment.select().where(Attachment.event == event)] == ["a.txt"]
    again = answer(agent.ctx, ticket.public_id, "And there", files=[mine.public_id])
    assert not Attachment.select().where(Attachment.event == again).exists()


# ---- The partner comes back ----

def test_a_reply_reopens_only_in_time(cast, agent, ticket, clock):
    answer(agent.ctx, ticket.public_id, "Done", "resolved")
    days = cast.make_ctx().programme.support.reopen_days
    clock.advance(days=days)
    reply(cast.admin.ctx, ticket.public_id, "It is back")
    assert now(ticket).state == "open"
    answer(agent.ctx, ticket.public_id, "Done again", "resolved")
    clock.advance(days=days, seconds=1)
    with pytest.raises(TooLateToReopen):
        reply(cast.admin.ctx, ticket.public_id, "It is back")
    set_state(agent.ctx, ticket.public_id, "open", "", now(ticket).version)  # staff may at any time
    assert now(ticket).state == "open"


def test_the_queue_place_follows_the_clocks(cast, agent, ticket, clock):
    assert now(ticket).queue_at == now(ticket).next_due
    answer(agent.ctx, ticket.public_id, "Done", "resolved")
    assert now(ticket).queue_at == agent.ctx.now
    quiet = opened(cast.admin)
    assert Ticket.get_by_id(quiet.id).queue_at.year == 9999
