"""Requests to Partner Support when people and customers are exported and erased."""

from __future__ import annotations

import json

import pytest

from portal.core.context import WORKER
from portal.partners.models import Member
from portal.privacy.commands import ask_export
from portal.privacy.commands.forgetting import forget_person
from portal.privacy.commands.organizations import forget_organization
from portal.storage import transaction
from portal.support.commands.answering import answer, note
from portal.support.commands.attachments import upload
from portal.support.commands.conversation import reply
from portal.support.commands.opening import Request, add_ticket
from portal.support.models import Attachment, Event, Participant, Received, Ticket, Unreachable
from tests.privacy.test_exports import opened, rows
from tests.privacy.world import found


@pytest.fixture
def ticket(cast):
    """A request of Andina's about Siam: opened by the French colleague, answered by staff, joined by the admin."""
    who, agent = cast.colleague, cast.person("ag@vendor.example", "en", staff="support")
    assert cast.siam_admin
    file = upload(who.ctx, f"{who.account.name}.txt", b"hello")
    upload(who.ctx, "draft.txt", b"hello")
    row = add_ticket(who.ctx, Request(
        f"Mail of {who.account.name}", f"Write to {who.email.upper()}.", customer_email=cast.siam_admin.email,
        attachments=[file.public_id]), "general")
    answer(agent.ctx, row.public_id, f"Dear {who.account.name}, we look into it.")
    note(agent.ctx, row.public_id, f"{who.account.name} is in a hurry.")
    assert cast.admin
    with transaction():
        Member.update(help_center=True).where(Member.account == cast.admin.account).execute()
    reply(cast.admin.ctx, row.public_id, f"I am a colleague of {who.account.name}.")
    return Ticket.get_by_id(row.id)


def mail(cast, name: str, sender: str, body: str, ticket: Ticket | None = None, state: str = "filed") -> Received:
    return Received.create(
        mailbox="support@vendor.example", sha256=name, from_email=sender, from_name="Somebody", subject=name,
        size=len(body), content=body.encode(), state=state, ticket=ticket, received_at=cast.now)


def test_a_person_gets_what_they_wrote_and_of_notes_that_they_did(cast, ticket, run_jobs):
    who = cast.colleague
    mail(cast, "mine", who.email, "raw words")
    export = ask_export(who.ctx, "fr", "?")
    run_jobs()
    files = opened(export)
    assert [row["number"] for row in rows(files, "support-requests")] == [ticket.number]
    assert rows(files, "support-messages")[0]["body"].startswith("Write to")
    assert [row["name"] for row in rows(files, "support-files")] == [f"{who.account.name}.txt", "draft.txt"]
    assert [row["subject"] for row in rows(files, "support-mails")] == ["mine"]
    everything = b"".join(files.values()).decode()
    for others in ("in a hurry", "I am a colleague", cast.siam_admin.email, "raw words"):
        assert others not in everything


def test_staff_get_their_notes_by_fact_only(cast, ticket, run_jobs):
    agent = Event.get(Event.kind == "note").actor
    export = ask_export(cast.person(agent.email, "en", staff="support").ctx, "en", "?")
    run_jobs()
    files = opened(export)
    assert [row["kind"] for row in rows(files, "support-notes")] == ["note"]
    assert "body" not in rows(files, "support-notes")[0]
    assert [row["kind"] for row in rows(files, "support-messages")] == ["staff-reply"]
    assert "hurry" not in json.dumps(rows(files, "support-messages") + rows(files, "support-notes"))


def test_an_erased_person_leaves_requests_without_their_name(cast, ticket):
    who = cast.colleague
    sent = mail(cast, "theirs", who.email, "From: me")
    held = mail(cast, "held", who.email, "From: me", state="held")
    named = mail(cast, "named", "x@andina.example", f"To: <{who.email.upper()}>", ticket)
    plain = mail(cast, "plain", "x@andina.example", "To: nobody", ticket)
    other = mail(cast, "other", "x@other.example", "From: x")
    Unreachable.create(email=who.email, detail=f"{who.email} is full", since=cast.now)
    with transaction():
        counts = forget_person(cast.make_ctx(WORKER), who.account)
    assert counts["requests"] == 6  # three mails, taking part, being unreachable, the file of no request
    assert found(who.account.name, who.email) == []
    left = Ticket.get_by_id(ticket.id)
    assert left.requester_name.startswith("Erased person")
    assert left.customer_email == cast.siam_admin.email  # somebody else's
    assert "erased person" in left.search
    assert left.number in left.search
    assert [a.name.partition(" ")[0] for a in Attachment.select()] == ["Erased"]
    assert Participant.select().where(Participant.email.contains("erased")).count() == 0
    contents = {row.subject: (row.state, bytes(row.content)) for row in Received.select()}
    assert contents["theirs"] == ("filed", b"")
    assert contents["held"] == ("discarded", b"")
    assert contents["named"] == ("filed", b"")
    assert contents["plain"] == ("filed", b"To: nobody")
    assert contents["other"] == ("filed", b"From: x")
    assert (sent.sha256, held.sha256, named.sha256, plain.sha256, other.sha256) == (
        "theirs", "held", "named", "plain", "other")


def test_a_namesake_at_another_partner_keeps_their_request(cast, ticket):
    theirs = add_ticket(cast.outsider.ctx, Request(f"For {cast.colleague.account.name}", "Please."), "general")
    with transaction():
        forget_person(cast.make_ctx(WORKER), cast.colleague.account)
    assert Ticket.get_by_id(theirs.id).subject == f"For {cast.colleague.account.name}"


def test_an_erased_customer_leaves_its_partner_the_text(cast, ticket):
    Ticket.update(verdict_params={"customer": "Siam Trading"}, organization=cast.siam).where(
        Ticket.id == ticket.id).execute()
    with transaction():
        counts = forget_organization(cast.make_ctx(WORKER), cast.siam)
    assert counts["requests"] > 0
    left = Ticket.get_by_id(ticket.id)
    assert (left.customer_email, left.verdict_params, left.verdict) == ("", None, "")
    assert cast.siam_admin.email not in left.search
    assert not any("siam" in json.dumps(event.data or {}).casefold() for event in Event.select())
    assert Event.get(Event.kind == "opened").body.startswith("Write to")
