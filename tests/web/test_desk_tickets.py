"""Tickets at the desk: the queue, one ticket, and what staff do with it."""

from __future__ import annotations

import io
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from portal.customers.models import Organization
from portal.storage import transaction
from portal.support.commands.answering import answer, note
from portal.support.commands.attachments import upload
from portal.support.commands.opening import add_ticket
from portal.support.commands.triage import assign
from portal.support.models import Agent, Attachment, Event, Ticket
from tests.client import HTMX, statements
from tests.support.test_opening import request, with_help_center

LANGUAGES = ("en", "es", "fr", "th")


@pytest.fixture
def agent(cast):
    return cast.person("agent@vendor.example", "en", staff="support")


@pytest.fixture
def ticket(cast, agent):
    return add_ticket(with_help_center(cast.admin).ctx, request(), "help-center")


def at(ticket, rest="", lang="en"):
    return f"/{lang}/desk/tickets/{ticket.public_id}{rest}"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_in_every_language(agent, ticket, lang):
    browser = agent.browser()
    for address in (f"/{lang}/desk/tickets", at(ticket, lang=lang), f"/{lang}/desk/support-profile",
                    f"/{lang}/desk/tickets/new", f"/{lang}/desk/tickets/new?q=andina"):
        with statements() as seen:
            page = browser.get(address)
        assert page.status_code == 200, address
        assert len(seen) <= 5, address


def text(response):
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


def sent(browser, ticket, rest, form, **fields):
    """Send one form of a ticket's page as it stands there, with some fields filled in."""
    page = html.fromstring(browser.get(at(ticket)).data)
    hidden = {field.get("name"): field.get("value") or ""
              for field in page.xpath(f"//form[@action='{at(ticket, rest)}'][last()]//input[@type='hidden']")}
    typed = {f"{form}-{name}": value for name, value in fields.items()}
    return browser.post(at(ticket, rest), data={**hidden, **typed})


def now(ticket):
    return Ticket.get_by_id(ticket.id)


# ---- The queue ----

def listed(browser, query=""):
    page = html.fromstring(browser.get(f"/en/desk/tickets{query}").data)
    return [str(link.text_content()) for link in page.xpath("//tbody//th/a")]


@pytest.fixture
def several(cast, agent):
    cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    made = {"calm": ticket_of(cast.admin, "calm"), "urgent": ticket_of(cast.colleague, "urgent", "boss@big.example"),
            "other": ticket_of(cast.outsider, "other"), "done": ticket_of(cast.admin, "done")}
    answer(agent.ctx, made["done"].public_id, "Done", "resolved")
    assign(agent.ctx, made["other"].public_id, agent.account.public_id, made["other"].version)
    with transaction():
        Ticket.update(region="EU").where(Ticket.id == made["other"].id).execute()
    return made


def ticket_of(person, subject, email=""):
    return add_ticket(with_help_center(person).ctx, request(subject=subject, customer_email=email), "help-center")


@pytest.mark.parametrize(("query", "found"), [
    ("", ["urgent", "calm", "other"]),  # what is due next, then the oldest
    ("?state=resolved", ["done"]), ("?state=all", ["done", "calm", "urgent", "other"]),
    ("?state=open&assignee=me", ["other"]), ("?assignee=nobody", ["urgent", "calm"]), ("?severity=S1", ["urgent"]),
    ("?priority=1", ["urgent"]), ("?missing=1", ["calm", "other"]), ("?region=EU", ["other"]),
    ("?language=fr", ["urgent"]), ("?late=1", []), ("?q=DONE", ["done"]), ("?q=done&state=open", []),
    ("?q=boss@big.example", ["urgent"]), ("?q=outsider@other", ["other"]), ("?state=nonsense&severity=S9", None),
    ("?assignee=%27%3B--&partner=x&after=%00", []), ("?partner=nobody", []),
])
def test_filters_are_addresses(agent, several, query, found):
    wanted = ["urgent", "calm", "other"] if found is None else found
    names = listed(agent.browser(), query)
    assert sorted(names) == sorted(wanted) if query == "?state=all" else names == wanted


def test_a_number_and_a_partner_are_found(cast, agent, several):
    browser = agent.browser()
    assert listed(browser, f"?q={several['done'].number}") == ["done"]
    assert listed(browser, f"?partner={several['other'].partner.public_id}") == ["other"]
    assert "Only of the partner Other Resale" in text(browser.get(
        f"/en/desk/tickets?partner={several['other'].partner.public_id}"))


def test_late_ones_are_told(agent, several, clock):
    clock.advance(hours=4)
    assert listed(agent.browser(), "?late=1") == ["urgent"]
    assert "1 h overdue" in text(agent.browser().get("/en/desk/tickets"))


def test_the_queue_refreshes_itself_and_keeps_its_filters(agent, several):
    browser = agent.browser()
    page = browser.get("/en/desk/tickets?severity=S1&q=urgent")
    live = html.fromstring(page.data).get_element_by_id("live")
    assert live.get("hx-get") == "/en/desk/tickets?severity=S1&q=urgent"
    part = browser.get(live.get("hx-get"), headers=HTMX)
    assert "<!doctype" not in part.text.lower()
    assert 'id="live"' in part.text
    assert "urgent" in part.text
    assert "<select" not in part.text  # the filters are not replaced while somebody chooses
    assert html.fromstring(page.data).xpath("//a[@id='refresh']/@href") == [live.get("hx-get")]


def test_pages_of_the_queue(cast, agent):
    for number in range(30):
        ticket_of(cast.admin, f"number {number:02}")
    browser, seen, address = agent.browser(), [], "/en/desk/tickets"
    while address:
        page = html.fromstring(browser.get(address).data)
        seen += [link.text_content() for link in page.xpath("//tbody//th/a")]
        address = next(iter(page.xpath("//a[@rel='next']/@href")), None)
    assert seen == [f"number {number:02}" for number in range(30)]


def test_as_many_statements_at_any_number(cast, agent, several):
    browser, counts = agent.browser(), []
    for _ in range(2):
        with statements() as seen:
            browser.get(f"/en/desk/tickets?partner={cast.andina.public_id}")
        counts.append(len(seen))
        for number in range(20):
            ticket_of(cast.admin, f"more {number}")
    assert counts[0] == counts[1] <= 5


# ---- Who ----

@pytest.mark.parametrize(("task", "status"), [("reviewer", 403), ("finance", 403), ("support", 200),
                                              ("support-lead", 200), ("admin", 200)])
def test_who_reads_tickets(cast, ticket, task, status):
    browser = cast.person("one@vendor.example", "en", staff=task).browser()
    for address in ("/en/desk/tickets", at(ticket), "/en/desk/support-profile", "/en/desk/tickets/new"):
        assert browser.get(address).status_code == status


def test_a_ticket_that_is_not_there(agent, ticket):
    browser = agent.browser()
    token = browser.csrf(at(ticket))
    for rest in ("", "/attachments/nothing"):
        assert browser.get(f"/en/desk/tickets/nothing{rest}").status_code == 404
    for rest in ("answer", "notes", "calls", "determination", "promise", "state", "identity", "customer", "severity",
                 "assignee", "merge", "links", "links/remove", "spam"):
        assert browser.post(f"/en/desk/tickets/nothing/{rest}", data={"csrf_token": token}).status_code == 404
        assert browser.get(at(ticket, f"/{rest}")).headers["Location"] == at(ticket)


# ---- Answers ----

def test_an_answer_with_what_follows(agent, ticket):
    browser = agent.browser()
    done = sent(browser, ticket, "/answer", "answer", text="Please restart it.", then="waiting",
                promise="2099-01-01T10:00")
    assert done.status_code == 422  # no update is promised for another century
    assert "Please restart it." in done.text
    done = sent(browser, ticket, "/answer", "answer", text="Please restart it.", then="waiting")
    assert done.status_code == 303
    assert now(ticket).state == "waiting"
    assert "Please restart it." in text(browser.get(at(ticket)))


def test_a_promise_is_meant_in_the_time_zone_of_who_makes_it(cast, ticket):
    person = cast.person("far@vendor.example", "en", staff="support", time_zone="Asia/Bangkok")
    local = (person.ctx.now + timedelta(hours=5)).astimezone(ZoneInfo("Asia/Bangkok"))
    done = sent(person.browser(), ticket, "/promise", "promise", promise=local.strftime("%Y-%m-%dT%H:%M"))
    assert done.status_code == 303
    assert now(ticket).promised_until == (person.ctx.now + timedelta(hours=5)).replace(second=0, microsecond=0)


@pytest.mark.parametrize("value", ["0001-01-01T00:00", "9999-12-31T23:59", "tomorrow", ""])
def test_a_promise_that_is_none(cast, ticket, value):
    person = cast.person("far@vendor.example", "en", staff="support", time_zone="Asia/Bangkok")
    assert sent(person.browser(), ticket, "/promise", "promise", promise=value).status_code == 422


def test_a_colleague_was_quicker(cast, agent, ticket):
    slow = agent.browser()
    page = html.fromstring(slow.get(at(ticket)).data)
    hidden = {field.get("name"): field.get("value") for field in
              page.xpath(f"//form[@action='{at(ticket, '/answer')}']//input[@type='hidden']")}
    answer(cast.reviewer.ctx, ticket.public_id, "It is fixed.")
    typed = {**hidden, "answer-text": "Have you tried again?", "answer-then": "open"}
    refused = slow.post(at(ticket, "/answer"), data={
        **typed, "answer-attachments": (io.BytesIO(b"a log"), "log.txt")}, content_type="multipart/form-data")
    assert refused.status_code == 409
    assert "Staff wrote while you were writing" in text(refused)
    for kept in ("It is fixed.", "Have you tried again?", "log.txt"):
        assert kept in refused.text
    again = html.fromstring(refused.data)
    form = {field.get("name"): field.get("value") for field in
            again.xpath(f"//form[@action='{at(ticket, '/answer')}']//input[@type='hidden']")}
    assert slow.post(at(ticket, "/answer"), data={**typed, **form}).status_code == 303
    assert Attachment.get().event.body == "Have you tried again?"


def test_a_file_stays_when_the_text_is_missing(agent, ticket):
    browser = agent.browser()
    refused = sent(browser, ticket, "/answer", "answer", text="", then="open",
                   attachments=(io.BytesIO(b"<script>alert(1)</script>"), "../../evil.html"))
    assert refused.status_code == 422
    kept = html.fromstring(refused.data).xpath("//form//input[@name='kept']/@value")
    assert len(kept) == 1
    token = html.fromstring(refused.data).xpath("//input[@name='csrf_token']/@value")[0]
    browser.post(at(ticket, "/answer"), data={"csrf_token": token, "answer-text": "Here", "answer-then": "open",
                                              "kept": kept})
    file = browser.get(at(ticket, f"/attachments/{kept[0]}"))
    assert file.data == b"<script>alert(1)</script>"
    assert file.headers["Content-Disposition"].startswith('attachment; filename="evil.html"')
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "html" not in file.headers["Content-Type"]


def test_a_file_of_another_ticket_is_not_handed_out_here(cast, agent, ticket):
    file = upload(cast.admin.ctx, "a.txt", b"a")
    other = add_ticket(cast.admin.ctx, request(attachments=[file.public_id]), "help-center")
    browser = agent.browser()
    assert browser.get(at(other, f"/attachments/{file.public_id}")).status_code == 200
    assert browser.get(at(ticket, f"/attachments/{file.public_id}")).status_code == 404


@pytest.mark.parametrize(("language", "begin"), [("es", "Hola"), ("fr", "Bonjour"), ("th", "สวัสดี")])
def test_a_prepared_answer_comes_in_the_language_of_the_ticket(cast, agent, language, begin):
    person = cast.member(f"one-{language}@andina.example", language, cast.andina, "reader")
    ticket = add_ticket(person.ctx, request(subject="All {vendor} is down"), "general")
    browser = agent.browser()
    page = browser.post(at(ticket, "/answer"), data={
        "csrf_token": browser.csrf(at(ticket)), "answer-macro": "looking-into-it", "answer-text": "First this.",
        "fill": "1"})
    written = html.fromstring(page.data).get_element_by_id("answer-text").value
    assert page.status_code == 200
    assert "First this." in written
    assert begin in written
    assert ticket.number in written
    assert "All {vendor} is down" in written  # what the partner wrote is no pattern
    assert Event.select().where(Event.kind == "staff-reply").count() == 0


# ---- Whose it is ----

def test_the_missing_address_is_offered_with_one_click(cast, agent):
    big = cast.customer("Big", "big.example", licenses=700, country="US", admin_email="boss@big.example")
    ticket = add_ticket(with_help_center(cast.admin).ctx, request(service_org=big.public_id), "help-center")
    browser = agent.browser()
    page = browser.get(at(ticket))
    assert "Fill in the customer's primary e-mail address" in text(page)
    form = next(form for form in html.fromstring(page.data).forms if "Fill in this address" in form.text_content())
    assert form.fields["identity-customer_email"] == "boss@big.example"
    assert browser.post(form.action, data=dict(form.fields)).status_code == 303
    row = now(ticket)
    assert (row.severity, row.priority, row.verdict) == ("S1", True, "large")
    page = text(browser.get(at(ticket)))
    assert "Priority customer: large user account" in page
    assert "Fill in this address" not in page


def test_one_of_several_customers_is_chosen(cast, agent):
    for name in ("Big", "Huge"):
        cast.customer(name, f"{name}.example".lower(), licenses=700, country="US", admin_email="boss@group.example")
    cast.customer("Foreign", "foreign.example", partner=cast.outsider.partner, admin_email="boss@group.example")
    ticket = add_ticket(with_help_center(cast.admin).ctx, request(customer_email="boss@group.example"), "help-center")
    browser = agent.browser()
    page = html.fromstring(browser.get(at(ticket)).data)
    offered = page.xpath("//input[@name='choice-customer']/@value")
    assert len(offered) == 2
    foreign = Organization.get(Organization.name == "Foreign").public_id
    assert sent(browser, ticket, "/customer", "choice", customer=foreign).status_code == 422
    assert now(ticket).severity == "S3"
    assert sent(browser, ticket, "/customer", "choice", customer=offered[1]).status_code == 303
    assert (now(ticket).severity, now(ticket).organization.public_id) == ("S1", offered[1])


def test_what_is_typed_wrongly_is_kept(agent, ticket):
    browser = agent.browser()
    for rest, form, fields, kept in (
        ("/identity", "identity", {"customer_email": "no address"}, "no address"),
        ("/severity", "severity", {"severity": "S2", "reason": ""}, "S2"),
        ("/merge", "merge", {"into": "12"}, "12"), ("/links", "link", {"other": "34"}, "34"),
        ("/state", "state", {"state": "hold", "reason": ""}, "hold"),
        ("/calls", "call", {"channel": "fax", "text": "We spoke"}, "We spoke"),
    ):
        page = sent(browser, ticket, rest, form, **fields)
        assert page.status_code == 422, rest
        assert kept in page.text
    assert now(ticket).version == ticket.version


def test_each_act_has_its_form(cast, agent, ticket):
    other, browser = ticket_of(cast.admin, "other"), agent.browser()
    for rest, form, fields in (
        ("/notes", "note", {"text": "They are angry."}), ("/calls", "call", {"channel": "phone", "text": "We spoke."}),
        ("/determination", "determination", {"text": "A full disk."}), ("/links", "link", {"other": other.number}),
        ("/severity", "severity", {"severity": "S2", "reason": "Many people"}),
        ("/assignee", "assignee", {"assignee": agent.account.public_id}),
        ("/state", "state", {"state": "hold", "reason": "A part is missing"}),
        ("/links/remove", "link", {"other": other.number}), ("/merge", "merge", {"into": other.number}),
    ):
        assert sent(browser, ticket, rest, form, **fields).status_code == 303, rest
    page = text(browser.get(at(ticket)))
    for told in ("They are angry.", "We spoke.", "A full disk.", "Many people", "A part is missing",
                 "Internal: only staff see this", f"Linked with ticket {other.number}", "Given to Agent",
                 f"Merged into ticket {other.number}"):
        assert told in page, told
    assert f'href="{at(ticket)}"' in browser.get(at(other)).text  # the thread is reached from there
    late = browser.post(at(ticket, "/answer"), data={"csrf_token": browser.csrf(at(ticket)), "answer-text": "Too late",
                                                     "answer-then": "open"})
    assert late.status_code == 409
    assert "Too late" in text(late)  # it cannot be sent any more, but it is not lost


def test_an_old_page_changes_nothing(cast, agent, ticket):
    browser = agent.browser()
    page = html.fromstring(browser.get(at(ticket)).data)
    token = page.xpath("//input[@name='csrf_token']/@value")[0]
    assign(cast.reviewer.ctx, ticket.public_id, agent.account.public_id, ticket.version)
    for rest, data in (("/state", {"state-state": "waiting", "state-reason": "x", "state-seen": ticket.version}),
                       ("/spam", {"spam-seen": ticket.version}),
                       ("/severity", {"severity-severity": "S2", "severity-reason": "x",
                                      "severity-seen": ticket.version})):
        answer_ = browser.post(at(ticket, rest), data={"csrf_token": token, **data})
        assert answer_.status_code == 409
        assert "changed in the meantime" in text(answer_)
    assert (now(ticket).state, now(ticket).severity) == ("open", "S3")


def test_spam_and_back(agent, ticket):
    browser = agent.browser()
    assert sent(browser, ticket, "/spam", "spam").status_code == 303
    assert now(ticket).outcome == "spam"
    assert "put away as spam" in text(browser.get(at(ticket)))
    assert sent(browser, ticket, "/spam", "spam").status_code == 303  # its form says now that it is none
    assert now(ticket).outcome == ""


def test_without_the_forms_token_nothing_happens(agent, ticket):
    assert agent.browser().post(at(ticket, "/answer"), data={"answer-text": "x", "answer-then": "open"}
                                ).status_code == 400


def test_a_partner_sees_nothing_of_the_desk(cast, agent, ticket):
    note(agent.ctx, ticket.public_id, "They are angry.")
    browser = cast.admin.browser()
    assert browser.get(at(ticket)).status_code == 403
    assert "angry" not in browser.get(f"/en/support/tickets/{ticket.public_id}").text


# ---- Calls and chats ----

def logged(browser, **fields):
    page = html.fromstring(browser.get(f"/en/desk/tickets/new?partner={fields['partner']}").data)
    form = next(form for form in page.forms if form.action == "/en/desk/tickets/new")
    return browser.post(form.action, data={**dict(form.fields), **fields})


def test_a_call_becomes_a_ticket(cast, agent):
    browser, partner = agent.browser(), cast.admin.partner.public_id
    found = browser.get(f"/en/desk/tickets/new?q={cast.admin.email}")
    assert f"partner={partner}" in found.text
    data = {"partner": partner, "channel": "phone", "caller": cast.admin.email, "subject": "No mail",
            "description": "Since nine", "said": "We look into it."}
    for _ in range(2):  # the same words once more are another call, unless the same form sends them
        assert logged(browser, **data).status_code == 303
    assert Ticket.select().count() == 2
    row = Ticket.select().first()
    assert (row.channel, row.requester_email, row.language) == ("phone", cast.admin.email, "es")
    assert [event.kind for event in Event.select().where(Event.ticket == row, Event.side == "staff",
                                                         Event.kind.in_(("opened", "call")))] == ["opened", "call"]


def test_the_same_form_twice_is_one_ticket(cast, agent):
    browser, partner = agent.browser(), cast.admin.partner.public_id
    data = {"csrf_token": browser.csrf("/en/desk/support-profile"), "key": "one", "seen": "0", "partner": partner,
            "channel": "chat", "caller": cast.admin.email, "subject": "No mail", "description": "Since nine",
            "said": "We look into it.", "service": ""}
    made = {browser.post("/en/desk/tickets/new", data=data).headers["Location"] for _ in range(2)}
    assert len(made) == 1
    assert Event.select().where(Event.kind == "call").count() == 1


@pytest.mark.parametrize(("fields", "status"), [
    ({"caller": "outsider@other.example"}, 422), ({"caller": ""}, 422), ({"channel": "email"}, 422),
    ({"subject": " "}, 422), ({"description": ""}, 422), ({"service": "none"}, 422),
    ({"customer_email": "nonsense"}, 422),
])
def test_a_call_that_makes_no_sense(cast, agent, fields, status):
    _ = cast.outsider
    data = {"partner": cast.admin.partner.public_id, "channel": "phone", "caller": cast.admin.email,
            "subject": "No mail", "description": "Since nine", **fields}
    answer_ = logged(agent.browser(), **data)
    assert answer_.status_code == status
    assert Ticket.select().count() == 0


def test_no_such_partner(agent):
    browser = agent.browser()
    assert browser.get("/en/desk/tickets/new?partner=nobody").status_code == 404
    token = browser.csrf("/en/desk/support-profile")
    assert browser.post("/en/desk/tickets/new", data={"csrf_token": token, "partner": "nobody"}).status_code == 422


# ---- Profiles ----

def test_the_own_profile(cast, agent):
    browser = agent.browser()
    page = browser.get("/en/desk/support-profile")
    assert "Everybody who works" not in page.text
    done = browser.send("/en/desk/support-profile", available="y", languages=["es", "fr"], regions=["EU"])
    assert done.status_code == 303
    row = Agent.get(Agent.account == agent.account)
    assert (row.languages, row.regions, row.available) == (["es", "fr"], ["EU"], True)
    assert browser.send("/en/desk/support-profile", available="y").status_code == 422
    assert browser.send("/en/desk/support-profile", languages=["xx"]).status_code == 422
    other = cast.reviewer.account.public_id
    assert browser.send("/en/desk/support-profile", person=other, languages=["en"]).status_code == 404
    assert browser.get(f"/en/desk/support-profile?person={other}").status_code == 404


def test_leads_see_and_change_everybody(cast, agent):
    browser = cast.person("lead@vendor.example", "en", staff="support-lead").browser()
    person = agent.account.public_id
    assert "Agent" in text(browser.get("/en/desk/support-profile"))
    assert browser.send("/en/desk/support-profile", page=f"/en/desk/support-profile?person={person}", person=person,
                        available="y", languages=["th"]).status_code == 303
    assert Agent.get(Agent.account == agent.account).languages == ["th"]
