"""Who hears of what happens to a ticket, in which language, and what the mail says."""

from __future__ import annotations

import random

import pytest

from portal.accounts.models import Account, Staff
from portal.adapters.mailer import FakeMailer, Undeliverable
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.mail.render import rendered
from portal.partners.models import Member
from portal.storage import transaction
from portal.support.commands.answering import answer, determine, log_call, note, promise_update, set_state
from portal.support.commands.conversation import close, reopen, reply
from portal.support.commands.notices import tell
from portal.support.commands.opening import Request, Requester, add_ticket, join, log_ticket
from portal.support.commands.triage import assign, set_severity
from portal.support.models import Event, Participant, Ticket, Unreachable

LANGUAGES = ("en", "es", "fr", "th")


def helped(person):
    with transaction():
        Member.update(help_center=True).where(Member.account == person.account).execute()
    return person


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "th", staff="support")


@pytest.fixture
def ticket(cast, agent):
    """A request of the admin's (Spanish), in which a colleague (French) and a customer (Thai) take part."""
    _ = cast.reviewer
    row = add_ticket(helped(cast.admin).ctx, Request("No mail since 9:00", "Nobody gets any mail."), "help-center")
    helped(cast.colleague)
    with transaction():
        Ticket.update(assignee=agent.account).where(Ticket.id == row.id).execute()
        join(cast.admin.ctx, row, Requester(cast.colleague.email, "Colleague", "fr", cast.colleague.account.id))
        join(cast.admin.ctx, row, Requester("boss@siam.example", "Boss", "th"))
        Outgoing.delete().execute()
        Job.delete().execute()
    return Ticket.get_by_id(row.id)


def told(event=None):
    """Who was written to, in which language."""
    rows = Outgoing.select().where(Outgoing.event == event) if event else Outgoing.select()
    return {row.to_address: row.language for row in rows}


def version(ticket):
    return Ticket.get_by_id(ticket.id).version


def words(app, ctx, row):
    with app.app_context():
        message = rendered(ctx, row)
    return message, message.get_body(("plain",)).get_content().replace("\r\n", "\n")


EVERYBODY = {"partner-admin@andina.example": "es", "partner-member@andina.example": "fr", "boss@siam.example": "th"}


@pytest.mark.parametrize(("act", "news"), [
    (lambda ctx, ticket: answer(ctx, ticket.public_id, "Try again."), True),
    (lambda ctx, ticket: answer(ctx, ticket.public_id, "Try again.", then="resolved"), True),
    (lambda ctx, ticket: log_call(ctx, ticket.public_id, "phone", "We spoke."), True),
    (lambda ctx, ticket: determine(ctx, ticket.public_id, "It is the MX record."), True),
    (lambda ctx, ticket: promise_update(ctx, ticket.public_id, ctx.now.replace(day=5)), True),
    (lambda ctx, ticket: set_state(ctx, ticket.public_id, "waiting", "Which domain?", version(ticket)), True),
    (lambda ctx, ticket: set_state(ctx, ticket.public_id, "hold", "A release comes.", version(ticket)), True),
    (lambda ctx, ticket: set_severity(ctx, ticket.public_id, "S2", "It spreads.", version(ticket)), True),
    (lambda ctx, ticket: note(ctx, ticket.public_id, "A secret."), False),
])
def test_what_staff_do_reaches_everybody_once_in_their_language(agent, ticket, act, news):
    act(agent.ctx, ticket)
    assert told() == (EVERYBODY if news else {})
    assert Outgoing.select().count() == len(told())


def test_what_is_resolved_is_news(agent, ticket):
    answer(agent.ctx, ticket.public_id, "Try again.")
    Outgoing.delete().execute()
    set_state(agent.ctx, ticket.public_id, "resolved", "", version(ticket))
    assert told() == EVERYBODY


def test_what_goes_on_silently(agent, ticket):
    set_state(agent.ctx, ticket.public_id, "waiting", "Which domain?", version(ticket))
    Outgoing.delete().execute()
    set_state(agent.ctx, ticket.public_id, "open", "", version(ticket))
    assert told() == {}


def test_what_the_partner_does_reaches_who_works_on_it_in_the_language_of_the_work(cast, agent, ticket):
    with transaction():
        Staff.update(language="fr").where(Staff.account == agent.account).execute()
    reply(cast.admin.ctx, ticket.public_id, "It goes on.")
    assert told() == {agent.email: "fr"}
    Outgoing.delete().execute()
    close(cast.admin.ctx, ticket.public_id, version(ticket))
    reopen(cast.admin.ctx, ticket.public_id, version(ticket))
    assert told() == {agent.email: "fr"}
    assert Outgoing.select().count() == 2


def test_who_is_given_a_ticket_hears_of_it_unless_they_took_it(cast, agent, ticket):
    assign(cast.reviewer.ctx, ticket.public_id, "", version(ticket))
    assign(agent.ctx, ticket.public_id, agent.account.public_id, version(ticket))
    assert told() == {}
    assign(agent.ctx, ticket.public_id, cast.reviewer.account.public_id, version(ticket))
    assert told() == {cast.reviewer.email: "en"}


def test_a_ticket_that_nobody_works_on_writes_to_nobody(cast, ticket):
    with transaction():
        Ticket.update(assignee=None).where(Ticket.id == ticket.id).execute()
    reply(cast.admin.ctx, ticket.public_id, "It goes on.")
    assert told() == {}


def test_who_has_ended_their_work_hears_nothing(cast, agent, ticket, clock):
    with transaction():
        Staff.update(expires_at=clock.now).where(Staff.account == agent.account).execute()
        Member.update(expires_at=clock.now).where(Member.account == cast.colleague.account).execute()
    reply(cast.admin.ctx, ticket.public_id, "It goes on.")
    answer(cast.reviewer.ctx, ticket.public_id, "Try again.")
    assert told() == {who: EVERYBODY[who] for who in EVERYBODY if who != cast.colleague.email}
    with transaction():
        Member.delete().where(Member.account == cast.admin.account).execute()
        Account.update(erased_at=clock.now).where(Account.id == cast.colleague.account.id).execute()
    Outgoing.delete().execute()
    answer(cast.reviewer.ctx, ticket.public_id, "Try that.")
    assert told() == {"boss@siam.example": "th"}


def test_muted_and_unreachable_people_get_nothing_and_staff_see_it_once(cast, agent, ticket, clock):
    with transaction():
        Participant.update(muted=True).where(Participant.email == cast.colleague.email).execute()
        Unreachable.create(email="boss@siam.example", code="5.1.1", since=clock.now)
    answer(agent.ctx, ticket.public_id, "Try again.")
    answer(agent.ctx, ticket.public_id, "Try that.")
    assert told() == {cast.admin.email: "es"}
    (event,) = Event.select().where(Event.kind == "unreachable")
    assert (event.data["email"], event.public) == ("boss@siam.example", False)


def test_merged_tickets_and_spam_mail_nobody(cast, agent, ticket):
    event = answer(agent.ctx, ticket.public_id, "Try again.")
    for outcome in ("merged", "spam"):
        Outgoing.delete().execute()
        ticket.outcome = outcome
        tell(agent.ctx, ticket, event)
    assert told() == {}


# ---- The receipt ----

def receipt(cast, **fields):
    ticket = add_ticket(cast.admin.ctx, Request("No mail since 9:00", "Nobody gets any mail.", **fields), "general")
    (row,) = Outgoing.select().where(Outgoing.event == "ticket-received")
    return ticket, row


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_receipt_says_the_number_the_reason_and_what_is_promised(app, cast, make_ctx, lang):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    with transaction():
        Account.update(language=lang, time_zone="Asia/Tokyo").where(Account.id == cast.admin.account.id).execute()
    ticket, row = receipt(cast, customer_email="boss@big.example")
    message, body = words(app, make_ctx(), row)
    assert message["Subject"] == f"No mail since 9:00 [{ticket.number}]"
    assert message["Content-Language"] == lang
    assert body.startswith("##- ")
    for said in (ticket.number, "Big", "700", "500", f"/{lang}/support/tickets/{ticket.public_id}", "Asia/Tokyo"):
        assert said in body, said
    assert "None" not in body
    assert "%(" not in body
    if lang == "en":
        for said in ("S1-Critical: the account of Big is large",
                     "Acknowledgement: no later than Mar 2, 2026, 9:00 PM",
                     "Issue determination: no later than Mar 3, 2026, 2:00 AM"):
            assert said in body, said
        assert "Please send us the primary" not in body


def test_the_receipt_asks_for_the_customer_where_it_is_missing(app, cast, make_ctx):
    _ticket, row = receipt(cast)
    row.language = "en"
    assert "Please send us the primary e-mail address of the customer" in words(app, make_ctx(), row)[1]


def test_the_receipt_says_nothing_of_a_customer_that_has_revoked_the_access(app, cast, make_ctx):
    cast.customer("Gone Ltd", "gone.example", licenses=777, country="US", access="revoked",
                  admin_email="boss@gone.example")
    ticket, row = receipt(cast, customer_email="boss@gone.example")
    body = words(app, make_ctx(), row)[1]
    assert "Gone" not in body + str(row.params)
    assert "777" not in (body + str(row.params)).replace(ticket.number, "")  # which is random


def test_who_calls_gets_a_receipt_as_well(app, cast, agent, make_ctx):
    log_ticket(agent.ctx, Request("A call", "No mail."), "phone", cast.andina.public_id, cast.admin.email)
    assert told() == {cast.admin.email: "es"}
    row = Outgoing.get()
    row.language = "en"
    assert "We have noted what you have told us" in words(app, make_ctx(), row)[1]


# ---- What the mails say ----

@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", ["staff-reply", "call", "determined", "promised", "waiting", "held", "resolved",
                                  "reopened", "closed", "severity"])
@pytest.mark.parametrize("then", ["", "waiting", "held", "resolved"])
def test_every_news_in_every_language(app, cast, make_ctx, lang, kind, then):
    params = {
        "ticket": "t1", "number": "12345678", "subject": "No mail", "sees": True, "partner": "Andina", "kind": kind,
        "person": "", "text": "It <stays>.", "channel": "phone", "severity": "S2", "then": then, "why": "The <reason>.",
        "until": "2026-03-02T12:00:00+00:00", "files": [{"id": "f1", "name": "log.txt"}],
        "quoted": {"person": "Ana", "at": "2026-03-02T12:00:00+00:00", "text": "One\nTwo"}, "country": "MX",
        "time_zone": "America/Mexico_City",
    }
    row = Outgoing(key="k", event="ticket-news", to_address="a@b.example", to_name="Ana", language=lang, params=params,
                   created_at=cast.now)
    body = words(app, make_ctx(), row)[1]
    for said in ("12345678", "It <stays>.", f"/{lang}/support/tickets/t1", "log.txt", "> One\n> Two", "6:00"):
        assert said in body, said
    assert ("/rating" in body) is ("resolved" in (kind, then))
    assert "None" not in body
    assert "%(" not in body


def test_an_answer_tells_what_was_done_with_it(agent, ticket, app, make_ctx, cast):
    answer(agent.ctx, ticket.public_id, "Try again.", then="waiting", promise=cast.now.replace(hour=15))
    row = Outgoing.get(Outgoing.to_address == cast.admin.email)
    row.language = "en"
    body = words(app, make_ctx(), row)[1]
    assert "Try again." in body
    assert "We wait for your answer now." in body
    assert "by Mar 2, 2026, 3:00 PM" in body
    assert "> Nobody gets any mail." in body


def test_who_was_copied_reads_the_answer_but_no_link_and_no_earlier_words(agent, ticket, app, make_ctx, cast):
    reply(cast.admin.ctx, ticket.public_id, "The customer is impossible.")
    answer(agent.ctx, ticket.public_id, "We call them.")
    row = Outgoing.get(Outgoing.to_address == "boss@siam.example")
    row.language = "en"
    body = words(app, make_ctx(), row)[1]
    assert "We call them." in body
    assert "impossible" not in body + str(row.params)
    assert "http" not in body
    assert "only people of Andina Cloud see the request" in body
    theirs = Outgoing.get(Outgoing.to_address == cast.admin.email)
    assert "impossible" in words(app, make_ctx(), theirs)[1]


def test_a_member_without_the_help_center_has_the_link_to_their_own_request_only(agent, ticket, cast):
    with transaction():
        Member.update(help_center=False).execute()
    answer(agent.ctx, ticket.public_id, "Try again.")
    assert {row.to_address: row.params["sees"] for row in Outgoing.select()} == {
        cast.admin.email: True, cast.colleague.email: False, "boss@siam.example": False}


# ---- Machines ----

def test_automatic_mails_about_a_ticket_have_a_budget_and_answers_of_people_have_none(cast, agent, ticket, clock):
    for _ in range(30):
        reply(cast.admin.ctx, ticket.public_id, "I am out of office.")
        clock.advance(seconds=30)
    assert Outgoing.select().where(Outgoing.to_address == agent.email).count() == 8
    for _ in range(9):
        answer(agent.ctx, ticket.public_id, "Are you a machine?")
    assert Outgoing.select().where(Outgoing.to_address == cast.admin.email).count() == 9
    clock.advance(hours=1)
    reply(cast.admin.ctx, ticket.public_id, "I am back.")
    assert Outgoing.select().where(Outgoing.to_address == agent.email).count() == 9


# ---- Refused mails ----

@pytest.mark.parametrize(("error", "is_none"), [
    ("{'boss@siam.example': (550, b'5.1.1 no such user')}", True), ("(554, b'5.7.1 spam')", False)])
def test_staff_see_on_the_ticket_that_no_server_took_a_mail(agent, ticket, run_jobs, mailer, monkeypatch, error,
                                                           is_none):
    send = FakeMailer.send

    def refuse(self, message):
        if "boss@" in str(message["To"]):
            raise Undeliverable(error)
        send(self, message)

    monkeypatch.setattr(FakeMailer, "send", refuse)
    answer(agent.ctx, ticket.public_id, "Try again.")
    run_jobs()
    assert len(mailer.sent) == 2
    (event,) = Event.select().where(Event.kind == "unreachable")
    assert (event.data, event.public) == ({"email": "boss@siam.example", "detail": error}, False)
    assert Unreachable.select().where(Unreachable.email == "boss@siam.example").exists() is is_none
    assert not Job.select().where(Job.state != "done").exists()


# ---- Internal ----

def test_no_word_of_a_note_is_in_any_mail(cast, agent, ticket, run_jobs, mailer, clock):
    """Whatever happens in whatever order, what staff write for themselves goes nowhere."""
    first = cast.reviewer.ctx
    acts = [
        lambda n: note(agent.ctx, ticket.public_id, f"Zebra{n} is internal."),
        lambda n: note(first, ticket.public_id, f"A Zebra{n}"),
        lambda n: assign(first, ticket.public_id, (agent, cast.reviewer)[n % 2].account.public_id, version(ticket)),
        lambda n: answer(agent.ctx, ticket.public_id, f"Public {n}"),
        lambda n: determine(first, ticket.public_id, f"Issue {n}"),
        lambda n: log_call(agent.ctx, ticket.public_id, "phone", f"Call {n}"),
        lambda n: reply(cast.admin.ctx, ticket.public_id, f"Reply {n}"),
        lambda n: set_state(agent.ctx, ticket.public_id, "waiting", f"Reason {n}", version(ticket)),
        lambda n: set_state(agent.ctx, ticket.public_id, "open", "", version(ticket)),
    ]
    chance = random.Random(6)
    for n in range(40):
        chance.choice(acts)(n)
        clock.advance(minutes=20)
    run_jobs()
    assert Event.select().where(Event.body.contains("Zebra")).count() > 3
    assert len(mailer.sent) > 30
    assert "Zebra" not in "".join(message.get_body(("plain",)).get_content() + str(message) for message in mailer.sent)
    assert "Zebra" not in str([(row.params, row.headers) for row in Outgoing.select()])
