"""Mails become tickets and answers of whom they are from, and of nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.core.context import MailIn
from portal.jobs.models import Job
from portal.partners.models import Member
from portal.storage import transaction
from portal.support.commands.answering import answer, set_state
from portal.support.commands.opening import Request, add_ticket
from portal.support.commands.receiving import receive, store
from portal.support.models import Attachment, Event, Participant, Received, Ticket, Unreachable
from portal.support.policy.addresses import message_id, reply_address
from tests.support.mails import SUPPORT, attached, bounce, mail, mixed, words

BUDGET = 8  # of the programme: automatic mails an hour


@pytest.fixture
def come(make_ctx, run_jobs):
    """Let a mail come in and the worker read it; return what became of it."""
    def take(content: bytes, mailbox: str = SUPPORT, sender: str = "somebody@mail.example") -> Received:
        with transaction():
            store(make_ctx(), content, [mailbox], sender)
        run_jobs()
        return Received.select().order_by(Received.id.desc()).first()

    return take


@pytest.fixture
def ticket(cast) -> Ticket:
    return add_ticket(cast.admin.ctx, Request("No mail since 9:00", "Nobody gets any mail."), "general")


def ref(make_ctx, ticket: Ticket) -> str:
    """The Message-ID of a mail that the portal has sent about a ticket."""
    return message_id(make_ctx().secret, ticket.number, "abc", "portal.test")


def kinds(ticket: Ticket) -> list[str]:
    return [event.kind for event in Event.select().where(Event.ticket == ticket).order_by(Event.id)]


# ---- New tickets ----

def test_a_member_opens_a_ticket_by_mail(cast, come, mailer):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    assert cast.admin
    row = come(mail("Nobody gets any mail.\nCustomer's primary e-mail address: Boss@BIG.example\nService: Writer\n"))
    made = Ticket.get()
    assert (row.state, row.ticket_id, row.event.kind) == ("filed", made.id, "opened")
    assert (made.channel, made.subject, made.requester_email) == ("email", "No mail since 9:00", cast.admin.email)
    assert (made.severity, made.customer_email, made.partner_id) == ("S1", "boss@big.example", cast.andina.id)
    assert [str(sent["To"]) for sent in mailer.sent] == ["Partner Admin <partner-admin@andina.example>"]


@pytest.mark.parametrize("label", [
    "Correo electrónico principal del cliente", "Adresse e-mail principale du client", "ที่อยู่อีเมลหลักของลูกค้า",
    "*Customer's primary e-mail address*",
])
def test_the_template_is_understood_in_four_languages(cast, come, label):
    assert cast.admin
    come(mail(f"Hola\n{label}: <boss@big.example>\nZOID: 778899\n"))
    assert (Ticket.get().customer_email, Ticket.get().service_org) == ("boss@big.example", "778899")


def test_the_clocks_run_from_when_the_mail_came(cast, make_ctx, clock, run_jobs):
    assert cast.admin
    with transaction():
        store(make_ctx(), mail(), [SUPPORT])
    came = clock.now
    clock.now += timedelta(hours=2)
    run_jobs()
    assert Ticket.get().created_at == came


def test_a_mail_of_files_alone_is_a_ticket(cast, come):
    assert cast.admin
    assert come(mixed(attached("error.txt", b"it broke"), subject="")).state == "filed"
    assert Ticket.get().subject == "error.txt"
    assert Attachment.get().name == "error.txt"


@pytest.mark.parametrize(("changes", "reason"), [
    ({"from_": "Mallory <mallory@evil.example>"}, "unknown-sender"),
    ({"from_": "newcomer@siam.example"}, "no-right"),
    ({"from_": "staff@vendor.example"}, "no-right"),
    ({"from_": "partner-admin@andina.example, mallory@evil.example"}, "senders"),
    ({"from_": "<mallory@evil.example> <partner-admin@andina.example>"}, "senders"),
    ({"from_": '"partner-admin@andina.example" <mallory@evil.example>'}, "unknown-sender"),
    ({"from_": "=?utf-8?q?partner-admin=40andina.example=3E?= <mallory@evil.example>"}, "unknown-sender"),
    ({"from_": "=?utf-8?q?partner-admin=40andina.example?="}, "senders"),
    ({"from_": ""}, "senders"),
    ({"text": " \n", "subject": ""}, "empty"),
    ({"text": "x" * 32_000_000}, "too-large"),
    ({"content_type": "multipart/mixed; boundary=B" + ";x=y" * 5000}, "unreadable"),
])
def test_what_nobody_may_write_is_held(cast, come, changes, reason):
    assert cast.admin
    assert cast.newcomer
    assert cast.reviewer
    row = come(mail(**{"text": "Hello", **changes}))
    assert (row.state, row.reason) == ("held", reason)
    assert not Ticket.select().exists()
    assert not Job.select().where(Job.kind == "support.receive", Job.state != "done").exists()


def test_who_works_at_two_partners_writes_to_the_address_of_one(cast, come):
    european = cast.partner("Euro Resale", "FR", "fr")
    with transaction():
        european.region = "EU"
        european.save()
        Member.create(partner=european, account=cast.admin.account, role="admin", created_at=cast.now)
    assert come(mail(), "partner-support@eu.zohocorp.com").state == "held" or Ticket.get().partner_id == european.id
    Ticket.delete().execute()
    other = cast.partner("Other", "US", "en")
    with transaction():
        Member.create(partner=other, account=cast.admin.account, role="admin", created_at=cast.now)
    row = come(mail(message_id="<m2@mail.example>"))
    assert (row.state, row.reason) == ("held", "partners")


def test_members_of_the_partner_who_are_copied_take_part_and_nobody_else(cast, come):
    assert cast.admin
    come(mail(cc=f"{cast.colleague.email}, {cast.outsider.email}, customer@big.example, {SUPPORT}"))
    assert {row.email for row in Participant.select()} == {cast.admin.email, cast.colleague.email}


@pytest.mark.parametrize("change", [
    {"expires_at": "now"}, {"state": "terminated"},
])
def test_who_works_there_no_more_opens_nothing(cast, come, change):
    assert cast.colleague
    with transaction():
        if "expires_at" in change:
            Member.update(expires_at=cast.now).where(Member.account == cast.colleague.account).execute()
        else:
            cast.andina.state = "terminated"
            cast.andina.save()
    assert come(mail(from_=cast.colleague.email)).reason == "no-right"


# ---- Answers ----

@pytest.mark.parametrize("way", ["references", "address", "to"])
def test_an_answer_finds_its_ticket(cast, come, make_ctx, ticket, way):
    address = reply_address(make_ctx().secret, ticket.number, SUPPORT)
    given = {"references": ({"references": f"<x@y.example> {ref(make_ctx, ticket)}"}, SUPPORT),
             "address": ({}, address), "to": ({"to": address}, "pipe")}[way]
    row = come(mail("It works.\n\nOn 20 Nov 2026 at 10:15 Support <partner-support@zohocorp.com> wrote:\n> Try.\n",
                    **given[0]), given[1])
    event = Event.get_by_id(row.event_id)
    assert (row.state, event.kind, event.body, event.ticket_id) == ("filed", "partner-reply", "It works.", ticket.id)
    assert (event.actor_id, event.side, event.public) == (cast.admin.account.id, "partner", True)
    assert Ticket.select().count() == 1


def test_an_answer_goes_on_with_a_ticket_that_waits(cast, come, make_ctx, ticket):
    answer(cast.reviewer.ctx, ticket.public_id, "Which one?", then="waiting")
    come(mail(in_reply_to=ref(make_ctx, ticket)))
    assert Ticket.get().state == "open"


def test_a_number_in_the_subject_says_nothing(cast, come, ticket):
    come(mail(subject=f"Re: [#{ticket.number}]", in_reply_to=f"<t-{ticket.number}.0000000000000000.x@portal.test>"))
    assert kinds(ticket)[-1] != "partner-reply"
    assert Ticket.select().count() == 2


def test_who_knows_the_thread_but_takes_no_part_is_held(cast, come, make_ctx, ticket):
    for sender in (cast.outsider.email, "mallory@evil.example", cast.colleague.email):
        before = kinds(ticket)
        row = come(mail(from_=sender, references=ref(make_ctx, ticket), message_id=f"<{sender}>"))
        assert (row.state, row.ticket_id) == ("held", ticket.id)
        assert kinds(ticket) == before


def test_a_colleague_who_sees_the_ticket_may_answer_and_takes_part_then(cast, come, make_ctx, ticket):
    with transaction():
        Member.update(help_center=True).where(Member.account == cast.colleague.account).execute()
    assert come(mail(from_=cast.colleague.email, references=ref(make_ctx, ticket))).state == "filed"
    assert Participant.select().where(Participant.email == cast.colleague.email).exists()


def test_who_takes_part_but_works_there_no_more_is_held(cast, come, make_ctx, ticket):
    with transaction():
        Member.delete().where(Member.account == cast.admin.account).execute()
    assert come(mail(references=ref(make_ctx, ticket))).reason == "no-right"


@pytest.mark.parametrize(("results", "state"), [
    (["mx.portal.example; spf=fail; dmarc=fail header.from=andina.example"], "held"),
    (["mx.portal.example; dmarc=pass", "mx.portal.example; dmarc=fail"], "held"),
    (["MX.portal.example 1; dkim=none; DMARC = FAIL (p=none)"], "held"),
    (["mx.portal.example; dmarc=pass (dmarc=fail is what others say)"], "filed"),
    (["evil.example; dmarc=fail"], "filed"),
    (["evil.example; dmarc=pass"], "filed"),
    (["mx.portal.example.evil.example; dmarc=fail"], "filed"),
    ([], "filed"),
])
def test_only_our_own_server_tells_who_is_genuine(cast, make_ctx, ticket, results, state):
    lines = "".join(f"Authentication-Results: {one}\r\n" for one in results).encode()
    ctx = replace(make_ctx(), mail_in=MailIn("mx.portal.example"))
    with transaction():
        store(ctx, lines + mail(references=ref(make_ctx, ticket)), [SUPPORT])
    receive(ctx, Received.get().public_id)
    assert Received.get().state == state


def test_an_answer_after_the_time_to_open_again_is_a_new_linked_ticket(cast, come, make_ctx, ticket, clock):
    answer(cast.reviewer.ctx, ticket.public_id, "Done.", then="resolved")
    clock.now += timedelta(days=40)
    row = come(mail(references=ref(make_ctx, ticket)))
    assert (row.state, Ticket.select().count()) == ("filed", 2)
    assert row.ticket_id != ticket.id
    assert "linked" in kinds(row.ticket)


def test_an_answer_may_bring_the_customers_address(cast, come, make_ctx, ticket):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    come(mail("It is this one:\nboss@big.example\n\nAna\npartner-admin@andina.example\n",
              references=ref(make_ctx, ticket)))
    assert (Ticket.get().customer_email, Ticket.get().severity) == ("boss@big.example", "S1")


# ---- Machines ----

@pytest.mark.parametrize("headers", [
    {"Auto-Submitted": "auto-replied"}, {"Auto-Submitted": "auto-generated (rejected)"}, {"Precedence": "bulk"},
    {"Precedence": "junk"}, {"List-Id": "<partners.list.example>"}, {"X-Auto-Response-Suppress": "OOF, AutoReply"},
    {"Return-Path": "<>"}, {"X-Autoreply": "yes"},
])
def test_what_a_machine_writes_is_filed_and_nothing_follows(
    cast, come, make_ctx, ticket, headers, mailer, run_jobs
):
    answer(cast.reviewer.ctx, ticket.public_id, "Done.", then="resolved")
    run_jobs()
    before, sent = kinds(ticket), len(mailer.sent)
    row = come(mail("I am away.", headers=headers, references=ref(make_ctx, ticket)))
    event = Event.get_by_id(row.event_id)
    assert (row.state, event.kind, event.public, Ticket.get().state) == ("automatic", "automatic", False, "resolved")
    assert kinds(ticket) == [*before, "automatic"]
    assert len(mailer.sent) == sent


def test_machines_open_nothing(cast, come, mailer):
    assert cast.admin
    assert come(mail(headers={"Auto-Submitted": "auto-replied"})).state == "automatic"
    assert come(mail(message_id="<m2@x>"), sender="<>").state == "automatic"
    assert come(mail(from_=SUPPORT, message_id="<m3@x>")).state == "automatic"
    assert come(mail(from_="portal@localhost", message_id="<m4@x>")).state == "automatic"
    assert not Ticket.select().exists()
    assert not mailer.sent


def test_our_own_mail_that_comes_back_is_no_answer(cast, come, make_ctx, ticket):
    row = come(mail(message_id=ref(make_ctx, ticket), to=reply_address(make_ctx().secret, ticket.number, SUPPORT)))
    assert row.state == "automatic"
    assert "partner-reply" not in kinds(ticket)


@pytest.mark.parametrize("said", [{"Auto-Submitted": "auto-replied"}, {}])
def test_two_machines_that_answer_each_other_stop(cast, come, make_ctx, mailer, said):
    """Each of our mails is answered at once by theirs, with headers that say so, and without any."""
    assert cast.admin
    come(mail(headers=said and None))
    answered = 0
    for n in range(200):
        if len(mailer.sent) <= answered:
            break
        ours = mailer.sent[answered]
        answered += 1
        come(mail("I am away.", headers=said, message_id=f"<away-{n}@mail.example>", subject=f"Auto: {ours['Subject']}",
                  references=str(ours["Message-ID"]), to=str(ours["Reply-To"] or SUPPORT)))
    assert answered <= BUDGET + 1


def test_two_machines_stop_when_each_mail_is_a_new_one(cast, come, mailer):
    assert cast.admin
    count = 0
    for n in range(60):
        before = len(mailer.sent)
        come(mail("I am away.", message_id=f"<new-{n}@mail.example>"))
        count += len(mailer.sent) > before
    assert count <= BUDGET + 1


# ---- Mails that came back ----

def test_a_mail_that_no_server_took_says_so_to_staff(cast, come, make_ctx, ticket):
    before = ticket.version
    row = come(bounce("Partner-Admin@andina.example", "5.1.1", ref(make_ctx, ticket)), sender="<>")
    assert (row.state, row.ticket_id) == ("bounce", ticket.id)
    assert Unreachable.get().email == cast.admin.email
    assert Participant.get().muted
    assert kinds(ticket)[-1] == "unreachable"
    assert not Event.get_by_id(row.event_id).public
    assert Ticket.get().version == before + 1


def test_a_mail_that_is_late_marks_nobody(cast, come, make_ctx, ticket):
    row = come(bounce(cast.admin.email, "4.4.1", ref(make_ctx, ticket), action="delayed"), sender="<>")
    assert (row.state, row.ticket_id, Unreachable.select().count(), Participant.get().muted) == (
        "bounce", ticket.id, 0, False)


@pytest.mark.parametrize("text", [
    "Hi. This is the qmail-send program at mx.example.\n\n<partner-admin@andina.example>:\n"
    "Remote host said: 550 5.1.1 no such user\n\n--- Below this line is a copy.\n\nMessage-ID: {ref}\n",
    "This message was created automatically by mail delivery software.\n\n  partner-admin@andina.example\n"
    "    550 Unrouteable address\n\nMessage-ID: {ref}\n",
])
def test_notices_in_words_are_understood(cast, come, make_ctx, ticket, text):
    row = come(mail(text.format(ref=ref(make_ctx, ticket)), from_="MAILER-DAEMON@mx.example",
                    subject="failure notice"), sender="<>")
    assert row.state == "bounce"
    assert Unreachable.get().email == cast.admin.email


@pytest.mark.parametrize("forged", ["ref", "victim"])
def test_nobody_is_made_unreachable_by_a_forged_report(cast, come, make_ctx, ticket, forged):
    name = "<t-12345678.0000000000000000.x@portal.test>" if forged == "ref" else ref(make_ctx, ticket)
    victim = cast.admin.email if forged == "ref" else cast.outsider.email
    assert come(bounce(victim, "5.1.1", name), sender="<>").state == "bounce"
    assert not Unreachable.select().exists()


# ---- Files ----

def test_files_too_large_or_too_many_are_named_in_a_mail_and_the_rest_is_kept(cast, come, make_ctx, ticket, mailer):
    parts = [attached(f"file-{n}.txt", b"x") for n in range(6)] + [attached("huge.log", b"y" * (10 << 20 | 1))]
    row = come(mixed(words("See the files."), *parts, references=ref(make_ctx, ticket)))
    assert row.state == "filed"
    assert Attachment.select().where(Attachment.event == row.event_id).count() == 5
    (sent,) = [one for one in mailer.sent if "huge.log" in one.get_body(("plain",)).get_content()]
    assert "file-5.txt" in sent.get_body(("plain",)).get_content()
    assert cast.admin.email in str(sent["To"])
    assert "file-0.txt" not in sent.get_body(("plain",)).get_content()


def test_names_of_files_are_harmless(cast, come):
    assert cast.admin
    come(mixed(words("ok"), attached("../../etc/passwd", b"x"), attached("invoice\u202efdp.exe", b"x")))
    assert [row.name for row in Attachment.select().order_by(Attachment.id)] == ["passwd", "invoicefdp.exe"]


# ---- Once ----

def test_the_same_mail_twice_is_one(cast, come):
    assert cast.admin
    come(mail())
    come(mail())
    assert (Ticket.select().count(), Received.select().count()) == (1, 1)


def test_a_copy_by_another_way_is_no_second_ticket(cast, come):
    assert cast.admin
    come(mail())
    row = come(b"Delivered-To: x@y.example\r\n" + mail(), "partner-support@eu.zohocorp.com")
    assert (row.state, Ticket.select().count()) == ("duplicate", 1)


def test_no_name_of_a_mail_or_mailbox_keeps_it_from_being_stored(cast, come):
    assert cast.admin
    name = bytes(range(128, 256)) * 10
    content = mail(message_id="").replace(b"Subject:", b"Message-ID: <" + name + b">\r\nSubject:")
    assert come(content, "\0\ud800" + "ก" * 300 + "@x.example", "\0<\udcff>" + "x" * 2000).state == "filed"


def test_another_mail_with_the_same_name_is_not_lost(cast, come):
    assert cast.admin
    come(mail())
    assert come(mail("Something else.")).state == "filed"
    assert Ticket.select().count() == 2


def test_a_mail_that_ends_the_worker_is_left_to_staff(cast, make_ctx):
    assert cast.admin
    with transaction():
        store(make_ctx(), mail(), [SUPPORT])
    receive(make_ctx(), Received.get().public_id, tries=4)
    assert (Received.get().state, Received.get().reason) == ("held", "unreadable")


def test_what_goes_wrong_in_filing_leaves_the_mail_to_staff_and_nothing_half_done(cast, come, monkeypatch):
    assert cast.admin

    def broken(*_given):
        raise RuntimeError

    monkeypatch.setattr("portal.support.commands.opening.classify", broken)
    row = come(mail())
    assert (row.state, row.reason, Ticket.select().count()) == ("held", "unreadable", 0)


def test_a_ticket_on_hold_stays_on_hold(cast, come, make_ctx, ticket):
    set_state(cast.reviewer.ctx, ticket.public_id, "hold", "A part is on its way.", Ticket.get().version)
    come(mail(references=ref(make_ctx, ticket)))
    assert Ticket.get().state == "hold"
