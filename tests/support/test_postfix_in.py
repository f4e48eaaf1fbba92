"""Debian's Postfix delivers to the portal over LMTP, with the settings that the document shows."""

from __future__ import annotations

import contextlib
import smtplib
import threading
import time
from collections.abc import Iterator

import pytest

from portal.storage import transaction
from portal.support.commands.opening import Request, add_ticket
from portal.support.commands.receiving import store as really
from portal.support.doors import listen
from portal.support.models import Event, Received, Ticket
from portal.support.policy.addresses import reply_address
from tests.postgres import free_port
from tests.support.mails import SUPPORT, mail
from tests.support.postfix import postfix

DOMAIN = SUPPORT.partition("@")[2]


@contextlib.contextmanager
def listening(make_ctx, port: int) -> Iterator[None]:
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(target=listen, args=(make_ctx, "127.0.0.1", port, stop), kwargs={"ready": ready.set})
    thread.start()
    try:
        assert ready.wait(20)
        yield
    finally:
        stop.set()
        thread.join(20)


def until(true, what) -> None:
    end = time.monotonic() + 40
    while not true():
        assert time.monotonic() < end, what()
        threading.Event().wait(0.05)


def test_mails_reach_tickets_through_postfix(cast, make_ctx, run_jobs):
    port = free_port()
    with transaction():
        assert cast.admin
        assert cast.colleague
    ticket = add_ticket(cast.admin.ctx, Request("No mail", "Nobody gets any mail."), "general")
    answer_to = reply_address(make_ctx().secret, ticket.number, SUPPORT)
    with postfix(DOMAIN, port) as mta, listening(make_ctx, port), smtplib.SMTP("127.0.0.1", mta.port) as client:
        client.sendmail("partner-admin@andina.example", [SUPPORT], mail("ลูกค้าเข้าไม่ได้\n" + "x" * 3000 + "\n.\n"))
        client.sendmail("partner-admin@andina.example", [answer_to, SUPPORT],
                        mail("It works.", message_id="<m2@x>", to=answer_to))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@b.example", [f"boss@{DOMAIN}"], mail())
        until(lambda: Received.select().count() == 3 and not mta.queued(), mta.log)
    run_jobs()
    assert sorted(row.state for row in Received.select()) == ["duplicate", "filed", "filed"], mta.log()
    made = Ticket.get(Ticket.id != ticket.id)
    assert "ลูกค้าเข้าไม่ได้" in Event.get(Event.ticket == made, Event.kind == "opened").body
    assert Event.get(Event.ticket == ticket, Event.kind == "partner-reply").body == "It works."
    assert {row.mailbox for row in Received.select()} == {SUPPORT, answer_to}


def test_a_portal_that_is_away_gets_the_mail_later(cast, make_ctx, monkeypatch):
    port = free_port()
    faults = iter([RuntimeError("the database is away")])

    def at_first_not(*given: object) -> None:
        fault = next(faults, None)
        if fault:
            raise fault
        really(*given)

    monkeypatch.setattr("portal.support.doors.store", at_first_not)
    with postfix(DOMAIN, port) as mta, smtplib.SMTP("127.0.0.1", mta.port) as client:
        client.sendmail("partner-admin@andina.example", [SUPPORT], mail())
        until(lambda: "Connection refused" in mta.log(), mta.log)
        with listening(make_ctx, port):
            mta.try_again()
            until(lambda: "451 4.3.0" in mta.log(), mta.log)
            mta.try_again()
            until(lambda: Received.select().count() == 1 and not mta.queued(), mta.log)
    assert Received.select().count() == 1
