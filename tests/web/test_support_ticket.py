"""The page of a request: thread, clocks, files, answers, and what its partner decides about it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from lxml import html

from portal.core.locales import COMPLETE
from portal.storage import transaction
from portal.support.commands.answering import answer, determine, log_call, note, promise_update, set_state
from portal.support.commands.attachments import upload, upload_as_staff
from portal.support.commands.identity import identify
from portal.support.models import Attachment, Event, Ticket
from tests.client import HTMX, statements
from tests.support.partners import asked, big, fresh, helped


def at(ticket, rest="", lang="en"):
    return f"/{lang}/support/tickets/{ticket.public_id}{rest}"


def tree(response):
    return html.fromstring(response.get_data(as_text=True))


def text(response):
    return " ".join(tree(response).text_content().split())


def seen(ticket):
    return fresh(ticket).version


@pytest.fixture
def browser(cast):
    return helped(cast.admin).browser()


@pytest.fixture
def ticket(cast, browser):
    return asked(cast.admin, "help-center")


@pytest.mark.parametrize("lang", COMPLETE)
def test_everything_that_happens_has_words(cast, ticket, browser, clock, lang):
    staff, address = cast.reviewer.ctx, ticket.public_id
    big(cast)
    answer(staff, address, "We look into it.", then="waiting", promise=cast.now + timedelta(hours=4))
    log_call(staff, address, "chat", "They chatted.")
    determine(staff, address, "A wrong record.")
    set_state(staff, address, "hold", "The vendor of the name must act.", seen(ticket))
    identify(staff, address, "boss@big.example", "", "", "", seen(ticket))
    answer(staff, address, "Solved.", then="resolved")
    with statements() as asked_:
        page = browser.get(at(ticket, lang=lang))
    assert page.status_code == 200
    assert len(asked_) <= 5
    for words in ("We look into it.", "They chatted.", "A wrong record.", "The vendor of the name must act."):
        assert words in page.text
    kinds = {event.kind for event in Event.select().where(Event.public)}
    assert {"waiting", "held", "resolved", "identified", "severity", "classified", "promised"} <= kinds
    if lang == "en":
        for words in ("Chat with support", "Support has found out what the issue is", "Support waits for you",
                      "Severity: S1-Critical", "Support promises news by", "Staff, Zoho"):
            assert words in text(page), words


def test_an_answer_is_sent_with_its_files(cast, ticket, browser):
    set_state(cast.reviewer.ctx, ticket.public_id, "waiting", "Which user?", seen(ticket))
    token = browser.csrf(at(ticket))
    data = {"csrf_token": token, "key": "k", "text": "User <b>two</b>.\r\nThanks", "attachments": [
        (io.BytesIO(b"%PDF-1.7"), "../../a\u202egpj.pdf")]}
    sent = browser.post(at(ticket, "/replies"), data=data, content_type="multipart/form-data")
    assert (sent.status_code, sent.headers["Location"]) == (303, at(ticket))
    page = browser.get(at(ticket))
    assert "User <b>two</b>." in text(page)
    assert "<b>two" not in page.text
    assert fresh(ticket).state == "open"
    link = tree(page).xpath("//a[@download]")[0]
    assert link.text == "agpj.pdf"
    data["attachments"] = []
    assert browser.post(at(ticket, "/replies"), data=data).status_code == 303
    assert Event.select().where(Event.kind == "partner-reply").count() == 1, "a double click"


def test_a_wrong_answer_keeps_its_files(cast, ticket, browser):
    data = {"csrf_token": browser.csrf(at(ticket)), "text": "  ", "attachments": [(io.BytesIO(b"x"), "a.txt")]}
    page = browser.post(at(ticket, "/replies"), data=data, content_type="multipart/form-data")
    assert page.status_code == 422
    form = tree(page).xpath("//section[@id='reply']//form")[0]
    data = {**dict(form.form_values()), "text": "Now"}
    assert browser.post(at(ticket, "/replies"), data=data).status_code == 303
    assert [file.event.kind for file in Attachment.select()] == ["partner-reply"]


def test_a_foreign_ticket_takes_nothing(cast, ticket):
    outsider = helped(cast.outsider).browser()
    token = outsider.csrf("/en/account")
    for act in ("/replies", "/close", "/reopen", "/rating", "/customer"):
        data = {"csrf_token": token, "text": "x", "seen": "1", "rating": "good", "customer_email": "a@b.example",
                "attachments": [(io.BytesIO(b"x"), "a.txt")]}
        answered = outsider.post(at(ticket, act), data=data, content_type="multipart/form-data")
        assert answered.status_code == 404, act
    assert outsider.get(at(ticket)).status_code == 404
    assert outsider.get(at(ticket), headers=HTMX).status_code == 404
    assert Attachment.select().count() == 0
    assert Event.select().where(Event.ticket == ticket, Event.kind != "opened", Event.kind != "classified").count() == 0


# ---- Files ----

def test_files_are_handed_out_to_keep(cast, browser):
    file = upload(cast.admin.ctx, "naïve “page”.html", b"<script>alert(1)</script>")
    ticket = asked(cast.admin, attachments=[file.public_id])
    got = browser.get(at(ticket, f"/attachments/{file.public_id}"))
    assert got.data == b"<script>alert(1)</script>"
    assert got.headers["Content-Disposition"].startswith('attachment; filename="')
    assert "filename*=UTF-8''na%C3%AFve" in got.headers["Content-Disposition"]
    assert got.headers["Content-Type"].split(";")[0] in {"text/plain", "application/octet-stream"}
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert "no-store" in got.headers["Cache-Control"]


def test_files_ask_for_permission_each_time(cast, ticket, browser, client):
    inside = upload_as_staff(cast.reviewer.ctx, "inside.txt", b"x")
    note(cast.reviewer.ctx, ticket.public_id, "For us.", [inside.public_id])
    draft, own = upload(cast.admin.ctx, "draft.txt", b"x"), upload(cast.admin.ctx, "own.txt", b"x")
    other = asked(cast.admin, subject="Other", attachments=[own.public_id])
    for file in (inside, draft, own):
        assert browser.get(at(ticket, f"/attachments/{file.public_id}")).status_code == 404, file.name
    address = at(other, f"/attachments/{own.public_id}")
    assert browser.get(address).status_code == 200
    assert cast.colleague.browser().get(address).status_code == 404
    assert helped(cast.outsider).browser().get(address).status_code == 404
    assert client.get(address).status_code == 302


# ---- Whose ticket it is ----

def test_the_missing_field_makes_it_urgent(cast, ticket, browser):
    big(cast)
    page = browser.get(at(ticket))
    assert "the request names no customer" in text(page)
    sent = browser.send(at(ticket, "/customer"), page=at(ticket), customer_email="Boss@big.example", service_org="",
                        service_user="", seen=seen(ticket))
    assert sent.status_code == 303
    assert "S1-Critical: the account of Big is large." in text(browser.get(at(ticket)))
    assert fresh(ticket).severity == "S1"


@pytest.mark.parametrize(("fields", "status"), [
    ({"customer_email": "nobody"}, 422), ({"service_org": "x" * 65}, 422), ({"seen": "0"}, 409), ({"seen": ""}, 422)])
def test_wrong_details_are_refused_and_kept(cast, ticket, browser, fields, status):
    given = {"customer_email": "boss@big.example", "service_org": "ZOID-1", "service_user": "ZUID-1",
             "seen": seen(ticket)} | fields
    page = browser.send(at(ticket, "/customer"), page=at(ticket), **given)
    assert page.status_code == status
    values = dict(tree(page).xpath("//section[@id='customer']//form")[0].form_values())
    assert {name: values[name] for name in given if name != "seen"} == {
        name: value for name, value in given.items() if name != "seen"}
    assert fresh(ticket).customer_email == ""
    if status == 409:
        again = browser.post(at(ticket, "/customer"), data=values)
        assert again.status_code == 303, "what was typed can be sent again"


# ---- The end, and after it ----

def test_close_reopen_and_too_late(cast, ticket, browser, clock):
    assert browser.send(at(ticket, "/close"), page=at(ticket), seen=seen(ticket)).status_code == 303
    page = browser.get(at(ticket))
    assert "You can open it again until" in text(page)
    assert browser.send(at(ticket, "/close"), page=at(ticket), seen=seen(ticket)).status_code == 409
    assert browser.send(at(ticket, "/reopen"), page=at(ticket), seen="0").status_code == 409
    assert browser.send(at(ticket, "/reopen"), page=at(ticket), seen=seen(ticket)).status_code == 303
    assert fresh(ticket).state == "open"
    browser.send(at(ticket, "/close"), page=at(ticket), seen=seen(ticket))
    clock.advance(days=14, minutes=1)
    page = browser.get(at(ticket))
    assert "Please add a new request." in text(page)
    assert not tree(page).xpath("//section[@id='reply']")
    late = browser.send(at(ticket, "/replies"), page="/en/account", text="Typed for an hour")
    assert late.status_code == 409
    assert "Typed for an hour" in late.text
    assert browser.send(at(ticket, "/reopen"), page="/en/account", seen=seen(ticket)).status_code == 409
    assert fresh(ticket).state == "closed"


def test_an_answer_opens_it_again(cast, ticket, browser):
    answer(cast.reviewer.ctx, ticket.public_id, "Solved.", then="resolved")
    assert "Your answer opens the request again." in text(browser.get(at(ticket)))
    assert browser.send(at(ticket, "/replies"), page=at(ticket), text="No").status_code == 303
    assert fresh(ticket).state == "open"


def test_only_a_post_rates(cast, ticket, browser):
    assert "as soon as the request is resolved" in text(browser.get(at(ticket, "/rating")))
    assert browser.send(at(ticket, "/rating"), page=at(ticket), rating="good").status_code == 409
    answer(cast.reviewer.ctx, ticket.public_id, "Solved.", then="resolved")
    page = browser.get(at(ticket, "/rating?rating=bad"))
    assert tree(page).xpath("//input[@checked]/@value") == ["bad"]
    assert fresh(ticket).rating == "", "a look at the page, or a mail program's, is no vote"
    assert browser.send(at(ticket, "/rating"), page=at(ticket), rating="great").status_code == 422
    sent = browser.send(at(ticket, "/rating"), page=at(ticket, "/rating"), rating="good", note="Fast!")
    assert (sent.status_code, sent.headers["Location"]) == (303, at(ticket))
    assert (fresh(ticket).rating, fresh(ticket).rating_note) == ("good", "Fast!")
    assert "It helped" in text(browser.get(at(ticket)))


def test_a_merged_ticket_leads_to_the_other_one(cast, ticket, browser):
    other = asked(cast.colleague, subject="The other one")
    with transaction():
        Ticket.update(outcome="merged", state="closed", merged_into=other, finished_at=cast.now).where(
            Ticket.id == ticket.id).execute()
    page = browser.get(at(ticket))
    assert at(other) in page.text
    assert not tree(page).xpath("//section[@id='reply']")
    assert not tree(page).xpath("//main//form[@method='post']")
    with transaction():
        Ticket.update(partner=cast.outsider.partner).where(Ticket.id == other.id).execute()
    page = browser.get(at(ticket))
    assert at(other) not in page.text
    assert other.number not in page.text


def test_reloading_a_refused_form_leads_to_the_page(cast, ticket, browser):
    for act in ("/replies", "/close", "/reopen", "/customer"):
        assert browser.get(at(ticket, act)).headers["Location"] == at(ticket)


# ---- Live ----

def test_the_page_asks_for_what_is_new(cast, ticket, browser, clock):
    live = tree(browser.get(at(ticket))).xpath("//*[@id='live']")[0]
    assert "every 30s" in live.get("hx-trigger")
    address = live.get("hx-get")
    assert browser.get(address, headers=HTMX).status_code == 204, "nothing is new"
    assert browser.get(address).status_code == 200, "as a page of its own, always"
    answer(cast.reviewer.ctx, ticket.public_id, "And now?")
    part = browser.get(address, headers=HTMX)
    assert "And now?" in part.text
    assert "<main" not in part.text
    assert "textarea" not in part.text, "what somebody is typing stays"
    assert browser.get(tree(part).xpath("//*[@id='live']/@hx-get")[0], headers=HTMX).status_code == 204


def test_a_passing_limit_is_new(cast, browser, clock):
    big(cast)
    ticket = asked(cast.admin, customer_email="boss@big.example")
    address = tree(browser.get(at(ticket))).xpath("//*[@id='live']/@hx-get")[0]
    clock.advance(hours=3, minutes=1)
    assert "overdue" in browser.get(address, headers=HTMX).text


def test_pauses_and_promises_are_told(cast, browser, clock):
    big(cast)
    ticket = asked(cast.admin, customer_email="boss@big.example")
    promise_update(cast.reviewer.ctx, ticket.public_id, cast.now + timedelta(hours=5))
    clock.advance(hours=1)
    answer(cast.reviewer.ctx, ticket.public_id, "Hello")
    set_state(cast.reviewer.ctx, ticket.public_id, "waiting", "We need the log.", seen(ticket))
    page = text(browser.get(at(ticket)))
    assert "Reason: We need the log." in page
    assert "Support promises news by Mar 2, 2026" in page
