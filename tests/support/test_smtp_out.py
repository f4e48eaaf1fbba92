"""A whole conversation by real SMTP: from a partner to the portal, to everybody who takes part, and back."""

from __future__ import annotations

import contextlib
import smtplib
import threading
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest

from portal.adapters.mailer import SmtpMailer
from portal.storage import transaction
from portal.support.commands.answering import answer
from portal.support.commands.conversation import reply
from portal.support.doors import listen
from portal.support.models import Event, Received, Ticket
from portal.support.policy.addresses import number_in_address, number_in_message_id
from tests.postgres import free_port
from tests.servers import mail_server
from tests.support.test_notices import helped

SUPPORT = "partner-support@zohocorp.com"
THAI = "ลูกค้าไม่ได้รับอีเมลตั้งแต่เวลา 9 นาฬิกา และผู้ดูแลระบบของลูกค้าก็เข้าสู่ระบบไม่ได้เช่นกัน"


@pytest.fixture
def box():
    with mail_server() as box:
        yield box


@pytest.fixture
def mailer(box):
    """The portal sends its mails to a server."""
    return SmtpMailer(box.url)


@pytest.fixture
def write(app, make_ctx, run_jobs):
    """Hand mails to the portal as a mail server does, and let the worker read them."""
    port, stop, ready = free_port(), threading.Event(), threading.Event()
    server = threading.Thread(
        target=listen, args=(make_ctx, "127.0.0.1", port, stop), kwargs={"lmtp": False, "ready": ready.set})
    server.start()
    assert ready.wait(20)

    def send(message):
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as connection:
            connection.send_message(message, to_addrs=[str(message["To"])])
        run_jobs()

    with contextlib.ExitStack() as ending:
        ending.callback(server.join, 20)
        ending.callback(stop.set)
        yield send


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "en", staff="support")


def mail(sender, subject, text, to=SUPPORT, name="one", **headers):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{name}@andina.example>"
    for header, value in headers.items():
        message[header.replace("_", "-")] = value
    message.set_content(text)
    return message


def shown(message, header):
    """What a mail program shows. The standard library's newer parser puts spaces into names that were folded."""
    raw = next(str(value) for name, value in message.raw_items() if name == header)
    return str(make_header(decode_header(raw.replace("\r\n", "").replace("\n", ""))))


def answering(received, sender, text, name, to=None):
    """What a mail program makes of a mail when somebody answers it and quotes it below."""
    said = received.get_body(("plain",)).get_content().replace("\r\n", "\n")
    quoted = "\n".join(f"> {line}" for line in said.splitlines())
    references = f"{received['References'] or ''} {received['Message-ID']}".strip()
    return mail(sender, f"Re: {received['Subject']}", f"{text}\n\nOn Mon, 2 Mar 2026, {SUPPORT} wrote:\n{quoted}\n",
                to=to or str(received["Reply-To"]), name=name, In_Reply_To=str(received["Message-ID"]),
                References=references)


def test_a_conversation_between_four_languages(app, cast, agent, box, write, make_ctx, run_jobs):
    people = {helped(cast.admin).email: "es", helped(cast.colleague).email: "fr",
              helped(cast.member("third@andina.example", "th", cast.andina, "sales")).email: "th",
              helped(cast.member("fourth@andina.example", "en", cast.andina, "sales")).email: "en"}
    admin, *others = people
    write(mail(admin, THAI, "Nadie recibe correo.", Cc=", ".join(others)))
    ticket = Ticket.get()
    (receipt,) = box.mails
    secret = make_ctx().secret

    # The receipt stands in the thread that the partner has begun.
    assert (receipt["Subject"], receipt["To"].addresses[0].addr_spec) == (f"Re: {THAI}", admin)
    assert (receipt["In-Reply-To"], receipt["References"]) == ("<one@andina.example>", "<one@andina.example>")
    assert (receipt["Content-Language"], receipt["Auto-Submitted"]) == ("es", "auto-generated")
    (sender,) = receipt["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Asistencia para socios", SUPPORT)
    assert number_in_address(secret, str(receipt["Reply-To"])) == ticket.number
    assert number_in_message_id(secret, str(receipt["Message-ID"])) == ticket.number

    # Everybody gets the answer in their language, under a name of its own, in the same thread.
    box.mails.clear()
    with transaction():
        Ticket.update(assignee=agent.account).where(Ticket.id == ticket.id).execute()
    answer(agent.ctx, ticket.public_id, "Check the MX record.", promise=cast.now.replace(hour=12))
    run_jobs()
    assert {one["To"].addresses[0].addr_spec: one["Content-Language"] for one in box.mails} == people
    assert len({one["Message-ID"] for one in box.mails}) == 4
    assert {shown(one, "From") for one in box.mails} == {
        f"{name} <{SUPPORT}>" for name in
        ("Asistencia para socios", "Support partenaire", "การสนับสนุนพันธมิตร", "Partner Support")}
    for one in box.mails:
        assert str(one["References"]).split()[0] == "<one@andina.example>"
        assert "Check the MX record." in one.get_body(("plain",)).get_content()
    theirs = box.to(admin)[0]
    assert theirs["In-Reply-To"] == receipt["Message-ID"] or theirs["In-Reply-To"] == "<one@andina.example>"

    # An answer to what somebody has received lands in the same ticket, and only what is new in it.
    received = box.to("third@andina.example")[0]
    box.mails.clear()
    write(answering(received, "third@andina.example", "ตรวจสอบแล้ว ยังไม่ได้รับอีเมล", "two"))
    event = Event.select().order_by(Event.id.desc()).where(Event.kind == "partner-reply").get()
    assert (event.ticket_id, event.body, event.side) == (ticket.id, "ตรวจสอบแล้ว ยังไม่ได้รับอีเมล", "partner")
    (desk,) = box.mails
    assert (desk["To"].addresses[0].addr_spec, desk["Content-Language"]) == (agent.email, "en")
    assert "ตรวจสอบแล้ว" in desk.get_body(("plain",)).get_content()

    # By the Message-ID alone, too: some programs answer to the address of support.
    write(answering(receipt, admin, "Sigue igual.", "three", to=SUPPORT))
    assert Ticket.select().count() == 1
    assert Event.select().where(Event.kind == "partner-reply").count() == 2

    # The next answer names the first mail and the last.
    box.mails.clear()
    answer(agent.ctx, ticket.public_id, "Now it works.", then="resolved")
    run_jobs()
    for one in box.mails:
        assert one["In-Reply-To"] == "<three@andina.example>"
        names = str(one["References"]).split()
        assert (names[0], names[-2:]) == ("<one@andina.example>", ["<two@andina.example>", "<three@andina.example>"])
        assert "/rating" in one.get_body(("plain",)).get_content()
    assert not Received.select().where(Received.state != "filed").exists()


def test_staff_cannot_answer_by_mail_and_nothing_of_it_is_lost(cast, agent, box, write, run_jobs):
    helped(cast.admin)
    write(mail(cast.admin.email, "No mail", "Nobody gets any mail."))
    with transaction():
        Ticket.update(assignee=agent.account).execute()
    reply(cast.admin.ctx, Ticket.get().public_id, "Are you there?")
    run_jobs()
    (desk,) = box.to(agent.email)
    assert "t-" not in str(desk["Message-ID"]) + str(desk["References"])
    receipt = box.to(cast.admin.email)[0]
    sent = len(box.mails)
    write(answering(desk, agent.email, "I answer by mail.", "four", to=SUPPORT))
    write(answering(receipt, agent.email, "I answer the partner's mail.", "five"))
    held = [row.reason for row in Received.select().where(Received.state == "held").order_by(Received.id)]
    assert held == ["no-right", "no-right"]
    assert not Event.select().where(Event.body.contains("I answer")).exists()
    assert len(box.mails) == sent


def test_who_has_the_address_alone_writes_to_nobody(cast, agent, box, write, run_jobs):
    helped(cast.admin)
    write(mail(cast.admin.email, "No mail", "Nobody gets any mail."))
    receipt = box.mails[0]
    write(answering(receipt, "stranger@stranger.example", "Let me in.", "six"))
    write(answering(receipt, cast.outsider.email, "Let me in.", "seven"))
    assert {row.reason for row in Received.select().where(Received.state == "held")} == {"unknown-sender", "no-right"}
    assert not Event.select().where(Event.kind == "partner-reply").exists()


@pytest.mark.parametrize("length", [30, 75, 200, 250, 900])
def test_names_of_mails_are_repeated_as_they_are_however_long(cast, agent, box, write, run_jobs, length):
    helped(cast.admin)
    name = "x" * length
    write(mail(cast.admin.email, "No mail", "Nobody gets any mail.", name=name))
    (receipt,) = box.mails
    repeated = length <= 230
    assert receipt["References"] == (f"<{name}@andina.example>" if repeated else None)
    assert receipt["In-Reply-To"] == receipt["References"]
