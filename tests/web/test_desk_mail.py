"""Received mail at the desk: what is held, shown safely, added to a ticket, opened as one, put aside and taken back."""

from __future__ import annotations

import hashlib

import pytest
from lxml import html

from portal.mail.models import Outgoing
from portal.partners.models import Member
from portal.storage import transaction
from portal.support.commands.opening import Request, add_ticket
from portal.support.models import Attachment, Event, Participant, Received, Ticket
from portal.support.words import HELD_REASONS, MAIL_STATES
from tests.client import statements

LANGUAGES = ("en", "es", "fr", "th")
MAIL = b"""\
From: =?utf-8?b?4LmC4LiI4Lij?= <%b>\r
To: partner-support@zohocorp.com\r
Subject: The <b>mail</b> is lost\r
Date: Mon, 2 Mar 2026 08:00:00 +0000\r
Message-ID: <lost-1@stranger.example>\r
Authentication-Results: mx.vendor.example; dmarc=fail header.from=stranger.example\r
Content-Type: multipart/mixed; boundary=x\r
\r
--x\r
Content-Type: text/html; charset=utf-8\r
\r
<p>Where is <img src="https://spy.example/x.png"><b>it</b>?</p><script>alert(1)</script>\r
--x\r
Content-Type: text/plain; name="../../etc/log.txt"\r
Content-Disposition: attachment; filename="../../etc/log.txt"\r
\r
554 refused\r
--x--\r
"""


def received(cast, state="held", reason="not-yours", sender="stranger@stranger.example", content=None, subject="Lost"):
    raw = MAIL % sender.encode() if content is None else content
    with transaction():
        return Received.create(
            mailbox="partner-support@zohocorp.com", message_id="<lost-1@stranger.example>",
            sha256=hashlib.sha256(raw + subject.encode()).hexdigest(), content=raw, size=len(raw), state=state,
            reason=reason, envelope_from=sender, from_email=sender, from_name="โจร", subject=subject,
            received_at=cast.now,
        )


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "en", staff="support")


@pytest.fixture
def ticket(cast):
    with transaction():
        Member.update(help_center=True).where(Member.account == cast.admin.account).execute()
    return add_ticket(cast.admin.ctx, Request("No mail since 9:00", "Nobody gets any mail."), "help-center")


def at(mail, rest="", lang="en"):
    return f"/{lang}/desk/mail/{mail.public_id}{rest}"


def text(response):
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


def send(browser, mail, act, **data):
    return browser.send(at(mail, f"/{act}"), page=at(mail), **{"seen": mail.state, **data})


# ---- Looking ----

@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("state", MAIL_STATES)
def test_the_pages_of_every_state_in_every_language(cast, agent, lang, state):
    mail = received(cast, state)
    browser = agent.browser()
    for address in (f"/{lang}/desk/mail?state={state}", at(mail, lang=lang)):
        with statements() as seen:
            page = browser.get(address)
        assert page.status_code == 200
        assert len(seen) <= 5
        assert "stranger@stranger.example" in page.text
    assert ("<form method=\"post\" action=\"/" + lang + "/desk/mail/" in page.text) is (
        state in ("held", "automatic", "bounce", "discarded"))


def test_what_is_held_comes_first_with_its_reason(cast, agent):
    received(cast, "filed", subject="An old one")
    for reason in HELD_REASONS:
        received(cast, reason=reason, subject=f"Held because {reason}")
    page = agent.browser().get("/en/desk/mail")
    assert "An old one" not in page.text
    for reason, words in HELD_REASONS.items():
        assert f"Held because {reason}" in page.text
        assert words in text(page)


def test_the_list_goes_on_page_by_page(cast, agent):
    for n in range(30):
        received(cast, subject=f"Mail {n:02}")
    browser = agent.browser()
    first = browser.get("/en/desk/mail")
    assert "Mail 29" in first.text
    assert "Mail 04" not in first.text
    (following,) = html.fromstring(first.data).xpath("//a[@rel='next']/@href")
    assert "Mail 04" in browser.get(following).text
    assert browser.get("/en/desk/mail?state=nonsense&after=nonsense").status_code == 200


def test_a_mail_is_shown_as_text_and_nothing_of_it_runs(cast, agent):
    page = agent.browser().get(at(received(cast)))
    for said in ("Where is", "it?", "The <b>mail</b> is lost", "dmarc=fail", "log.txt",
                 "โจร <stranger@stranger.example>"):
        assert said in text(page), said
    assert "spy.example" not in page.text
    assert "alert(1)" not in page.text
    assert "etc/" not in page.text


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe garbage", b"Content-Type: multipart/mixed; boundary=" * 300,
                                     b"Subject: \xe0\xb8\r\n\r\n\x80\x81"])
def test_a_mail_that_nobody_can_read_is_shown_nevertheless(cast, agent, content):
    mail = received(cast, content=content)
    browser = agent.browser()
    assert browser.get(at(mail)).status_code == 200
    answer = send(browser, mail, "ticket", number="1")
    assert answer.status_code == 409


def test_the_file_is_handed_out_and_never_shown(cast, agent):
    mail = received(cast)
    answer = agent.browser().get(at(mail, "/raw"))
    assert answer.data == MAIL % b"stranger@stranger.example"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype == "application/octet-stream"


@pytest.mark.parametrize(("task", "status"), [("support", 200), ("support-lead", 200), ("finance", 403),
                                              ("reviewer", 403)])
def test_only_who_works_on_tickets_reads_it(cast, task, status):
    mail = received(cast)
    browser = cast.person("one@vendor.example", "en", staff=task).browser()
    for address in ("/en/desk/mail", at(mail), at(mail, "/raw"), at(mail, "/ticket")):
        assert browser.get(address, follow_redirects=True).status_code == status, address
    assert cast.admin.browser().get(at(mail)).status_code == 403
    assert browser.get("/en/desk/mail/nothing").status_code == (404 if status == 200 else 403)


# ---- Adding to a ticket ----

def test_a_mail_is_added_to_a_ticket_as_the_partners_message(cast, agent, ticket):
    mail = received(cast)
    answer = send(agent.browser(), mail, "ticket", number=f" {ticket.number} ")
    assert answer.status_code == 303
    assert answer.location.endswith(f"/desk/tickets/{ticket.public_id}")
    event = Event.get(Event.ticket == ticket, Event.kind == "partner-reply")
    assert (event.side, event.actor_id, event.actor_name, event.public) == ("partner", None, "โจร", True)
    assert event.body == "Where is it?"
    assert event.data["filed_by"] == "Agent"
    assert [file.name for file in Attachment.select().where(Attachment.event == event)] == ["log.txt"]
    mail = Received.get_by_id(mail.id)
    assert (mail.state, mail.ticket_id, mail.event_id, mail.settled_by_name) == ("filed", ticket.id, event.id, "Agent")
    assert not Participant.select().where(Participant.email == "stranger@stranger.example").exists()
    assert "In ticket" not in agent.browser().get(at(mail)).text


def test_a_members_mail_is_theirs(cast, agent, ticket):
    mail = received(cast, sender=cast.admin.email)
    assert send(agent.browser(), mail, "ticket", number=ticket.number).status_code == 303
    event = Event.get(Event.ticket == ticket, Event.kind == "partner-reply")
    assert (event.side, event.actor_id) == ("partner", cast.admin.account.id)


def test_a_member_of_another_partner_is_a_stranger(cast, agent, ticket):
    mail = received(cast, sender=cast.outsider.email)
    assert send(agent.browser(), mail, "ticket", number=ticket.number).status_code == 303
    assert Event.get(Event.ticket == ticket, Event.kind == "partner-reply").actor_id is None


def test_the_sender_takes_part_only_if_staff_say_so(cast, agent, ticket):
    mail = received(cast)
    assert send(agent.browser(), mail, "ticket", number=ticket.number, takes_part="y").status_code == 303
    person = Participant.get(Participant.email == "stranger@stranger.example")
    assert (person.ticket_id, person.account_id, person.name) == (ticket.id, None, "โจร")


def test_what_cannot_be_added_is_refused_and_keeps_what_was_typed(cast, agent, ticket, clock):
    mail, browser = received(cast), agent.browser()
    assert send(browser, mail, "ticket", number=" ").status_code == 422
    unknown = send(browser, mail, "ticket", number="99")
    assert unknown.status_code == 409
    assert 'value="99"' in unknown.text
    with transaction():
        Ticket.update(state="closed", finished_at=clock.now).where(Ticket.id == ticket.id).execute()
    clock.advance(days=15)
    assert send(browser, mail, "ticket", number=ticket.number).status_code == 409
    assert Received.get_by_id(mail.id).state == "held"
    assert not Event.select().where(Event.kind == "partner-reply").exists()


def test_a_mail_is_added_once(cast, agent, ticket):
    mail, browser = received(cast), agent.browser()
    token = browser.csrf(at(mail))
    data = {"csrf_token": token, "number": ticket.number, "seen": "held"}
    assert [browser.post(at(mail, "/ticket"), data=data).status_code for _ in range(2)] == [303, 409]
    assert browser.post(at(mail, "/new"), data={"csrf_token": token, "member": cast.admin.email, "seen": "held"}
                        ).status_code == 409
    assert browser.post(at(mail, "/discard"), data={"csrf_token": token, "seen": "filed"}).status_code == 409
    assert Event.select().where(Event.kind == "partner-reply").count() == 1
    assert Ticket.select().count() == 1


# ---- Opening a ticket ----

def test_a_ticket_is_opened_for_a_member_who_gets_the_receipt_in_their_thread(cast, agent):
    _ = cast.admin
    mail = received(cast)
    answer = send(agent.browser(), mail, "new", member=f" {cast.admin.email.upper()} ")
    assert answer.status_code == 303
    ticket = Ticket.get()
    assert (ticket.partner_id, ticket.requester_id, ticket.channel, ticket.subject) == (
        cast.andina.id, cast.admin.account.id, "email", "The <b>mail</b> is lost")
    event = Event.get(Event.kind == "opened")
    assert (event.side, event.actor_id, event.data["filed_by"]) == ("partner", cast.admin.account.id, "Agent")
    (receipt,) = Outgoing.select().where(Outgoing.event == "ticket-received")
    assert (receipt.to_address, receipt.language) == (cast.admin.email, "es")
    assert receipt.headers["In-Reply-To"] == "<lost-1@stranger.example>"
    assert receipt.params["subject"] == "Re: The <b>mail</b> is lost"


def test_at_which_partner_is_asked_where_there_are_two(cast, agent):
    browser = agent.browser()
    other = cast.outsider.partner
    with transaction():
        Member.create(partner=other, account=cast.admin.account, role="reader", created_at=cast.now)
    mail = received(cast, sender=cast.admin.email)
    assert "Other Resale" in browser.get(at(mail)).text
    refused = send(browser, mail, "new", member=cast.admin.email)
    assert refused.status_code == 409
    assert "Other Resale" in refused.text
    foreign = cast.partner("Third", "US", "en")
    assert send(browser, mail, "new", member=cast.admin.email, partner=foreign.public_id).status_code == 409
    assert send(browser, mail, "new", member=cast.admin.email, partner=other.public_id).status_code == 303
    assert Ticket.get().partner_id == other.id


@pytest.mark.parametrize("member", ["nobody@andina.example", "x", "super-admin@siam.example"])
def test_a_ticket_is_opened_for_members_only(cast, agent, member):
    _ = cast.siam_admin
    mail = received(cast)
    refused = send(agent.browser(), mail, "new", member=member)
    assert refused.status_code == 409
    assert f'value="{member}"' in refused.text
    assert not Ticket.select().exists()


def test_whose_time_at_the_partner_is_over_is_no_member(cast, agent, clock):
    with transaction():
        Member.update(expires_at=clock.now).where(Member.account == cast.colleague.account).execute()
    assert send(agent.browser(), received(cast), "new", member=cast.colleague.email).status_code == 409


# ---- Putting aside ----

def test_a_mail_is_put_aside_and_taken_back(cast, agent):
    mail, browser = received(cast), agent.browser()
    assert send(browser, mail, "discard").status_code == 303
    mail = Received.get_by_id(mail.id)
    assert (mail.state, mail.settled_by_name, bytes(mail.content)) == (
        "discarded", "Agent", MAIL % b"stranger@stranger.example")
    assert "Lost" in browser.get("/en/desk/mail?state=discarded").text
    assert "Lost" not in browser.get("/en/desk/mail").text
    mail.state = "held"
    assert send(browser, mail, "discard").status_code == 409
    mail.state = "discarded"
    assert send(browser, mail, "restore").status_code == 303
    assert "Lost" in browser.get("/en/desk/mail").text
    assert Received.get_by_id(mail.id).state == "held"


@pytest.mark.parametrize("act", ["ticket", "new", "discard", "restore"])
def test_without_the_forms_token_nothing_happens(cast, agent, act):
    mail = received(cast)
    assert agent.browser().post(at(mail, f"/{act}"), data={"seen": "held"}).status_code == 400
