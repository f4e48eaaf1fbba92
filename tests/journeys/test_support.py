"""Partner Support from both sides, in four languages, without JavaScript, with mails by real SMTP (S4.1-41).

A request of a large account from the help center to its rating; one through the general help center whose customer is
filled in later; one about a service without priority support; a call; one by e-mail from each region; one that nobody
answers; and one whose customer moves to another partner.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest

from portal.core.locales import COMPLETE
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.programme import Programme
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from portal.support.models import Attachment, Clock, Event, Received, Ticket
from portal.support.words import CLOCKS, VERDICTS
from portal.web import formats
from portal.web.formats import locale_for
from tests.journeys.conftest import World
from tests.journeys.mail_in import Send, answer_to, mail, mailbox, said_in
from tests.journeys.test_attaching import moved_by_code
from tests.no_js import NoJs
from tests.support.partners import asked, helped
from tests.words import words

HELP, S1 = "Partner Support help center", "S1-Critical"
BOX = "Priority customer: large user account"
# Staff read another language than the partner.
DESK = {"en": "th", "th": "es", "es": "fr", "fr": "en"}
SUBJECT, TEXT = "Œuvre: ลูกค้าส่งอีเมลไม่ได้", "¿Por qué? Depuis 9 h, nobody gets any mail.\nตั้งแต่เช้า"
FILE, CONTENT = "ข้อผิดพลาด ñ.txt", b"550 no such user"
SECRET = "internal-only-remark"
BOSS = "boss@big.example"
Enter = Callable[[Any], Any]
Say = Callable[..., str]


@pytest.mark.parametrize("language", COMPLETE)
def test_a_request_from_the_help_center_to_its_rating(world: World, language: str) -> None:
    help_center_story(world, _doors, language)


@pytest.mark.parametrize("language", COMPLETE)
def test_a_request_through_the_general_help_center(world: World, language: str) -> None:
    general_story(world, _doors, language)


@pytest.mark.parametrize("language", COMPLETE)
def test_a_call_becomes_a_request(world: World, language: str) -> None:
    call_story(world, _doors, language)


@pytest.mark.parametrize("language", COMPLETE)
def test_a_promise_that_is_not_kept(world: World, language: str) -> None:
    broken_story(world, _doors, language)


@pytest.mark.parametrize("language", COMPLETE)
def test_a_mail_from_each_region(world: World, language: str) -> None:
    with mailbox(world) as send:
        for country, (region, address) in REGIONS.items():
            _writes_from(world, send, language, country, region, address)
        _stranger_stays_out(world, send)


@pytest.mark.parametrize("language", COMPLETE)
def test_a_customer_that_moves_takes_its_data_along(world: World, language: str) -> None:
    moving_story(world, _doors, language)


def _doors(person: Any) -> NoJs:
    return NoJs(person.browser())


# ---- People and their customer ----

def _member(world: World, language: str, name: str = "lek") -> Any:
    return world.cast.member(f"{name}@{language}.example", language, world.cast.andina, "sales")


def _agent(world: World, language: str) -> Any:
    return world.cast.person("agent@vendor.example", DESK[language], staff="support")


def _large(world: World, **more: Any) -> Organization:
    """A customer that two services together make large, each of them alone not; 10,000 contacts count nothing."""
    customer = world.cast.customer("Big", "big.example", **{
        "country": "US", "licenses": 300, "admin_email": BOSS, **more})
    for service, units in (("crm", 200), ("campaigns", 10_000)):
        with transaction():
            Subscription.create(
                organization=customer, service=service, plan="plan", state="paid", licenses=units, period="yearly",
                currency="USD", unit_price=1, started_on=world.cast.now.date(), created_at=world.cast.now)
    return customer


def _programme(world: World) -> Programme:
    return world.app.extensions["programme"]  # type: ignore[no-any-return]


def _is_large(world: World, window: Any, language: str, numbers: str = "500") -> None:
    """The page says that the ticket is S1-Critical, and which licenses count for it and which do not."""
    say, programme = words(language), _programme(world)
    assert say(BOX) in window.text
    assert say(VERDICTS["large"], severity=S1, customer="Big", licenses=numbers, threshold=numbers,
               region=programme.regions["US"].name.get(language)) in window.text
    service = programme.services["campaigns"]
    for left_out in (service.name.get(language), service.measured_by.get(language)):
        assert left_out in window.text
    assert re.search(r"10\D?000", window.text), "as it is written where the reader lives"


# ---- The help center (S4.25-30), the desk, the conversation ----

def help_center_story(world: World, enter: Enter, language: str) -> None:
    """Walk it with browsers that speak like `NoJs`; `enter` opens one for somebody."""
    say, desk = words(language), words(DESK[language])
    person, agent = _member(world, language), _agent(world, language)
    _large(world)
    asked(world.cast.outsider, subject="An older question")
    lek = enter(person)
    _is_let_in(world, enter, lek, person, say, language)
    _adds_a_ticket(world, lek, say, language)
    world.work()
    assert world.box.to(person.email)[-1]["Content-Language"] == language, "the receipt"
    staff = enter(agent)
    _takes_it(world, staff, desk, language)
    _answers_with_a_prepared_answer(world, staff, desk, language)
    _answers_by_mail(world, lek, person, say, language)
    _determines_promises_resolves(world, staff, lek, desk, say)
    _rates_reopens_closes(world, lek, person, say)
    _no_note_went_out(world, lek)


def _is_let_in(world: World, enter: Enter, lek: Any, person: Any, say: Say, language: str) -> None:
    lek.open(f"/{language}/store/").click(say(HELP))
    assert lek.url == f"/{language}/account/area", "the general help center until she is let in"
    boss = enter(world.cast.admin)
    boss.open(f"/{language}/store/").click(say("Team")).click(f"{say('Edit')} {person.account.name}")
    boss.press(say("Save the changes"), help_center=True)
    assert boss.url == f"/{language}/store/team"
    lek.open(f"/{language}/store/").click(say(HELP))
    assert lek.url == f"/{language}/support", "it counts at her next click"


def _adds_a_ticket(world: World, lek: Any, say: Say, language: str) -> None:
    lek.click(say("Requests")).click(say("Add ticket"))
    lek.press(say("Send request"), service="crm", subject="", description=TEXT, attachments=(io.BytesIO(CONTENT), FILE))
    assert lek.status == 422
    lek.press(say("Send request"), subject=SUBJECT, customer_email="no address")
    assert lek.status == 422
    assert _typed(lek) == {"service": "crm", "subject": SUBJECT, "description": TEXT, "customer_email": "no address"}
    assert FILE in lek.text
    assert not Ticket.select().where(Ticket.partner == world.cast.andina).exists()
    lek.press(say("Send request"), customer_email=BOSS)
    ticket = _ticket(world)
    assert say("Request %(number)s has been sent.", number=ticket.number) in lek.notices
    assert [(row.name, bytes(row.content)) for row in Attachment.select()] == [(FILE, CONTENT)], "kept once"
    assert (ticket.severity, ticket.severity_from, ticket.channel, ticket.language) == (
        "S1", "rule", "help-center", language)
    _is_large(world, lek, language)
    assert lek.download() == CONTENT
    _shows_the_clocks(lek, ticket, say)


def _typed(window: Any) -> dict[str, str]:
    """What the form of a request holds. A text area's first line break is not part of it."""
    tree = window.tree
    [service] = tree.xpath("//select[@name='service']//option[@selected]/@value")
    [text] = tree.xpath("//textarea[@name='description']")
    fields = {name: tree.xpath(f"//input[@name='{name}']/@value")[0] for name in ("subject", "customer_email")}
    assert len(tree.xpath("//input[@name='kept']")) == 1
    return {"service": service, "description": (text.text or "").strip().replace("\r\n", "\n"), **fields}


def _shows_the_clocks(lek: Any, ticket: Ticket, say: Say) -> None:
    limits = {row.kind: (row.limit_at - ticket.created_at) / timedelta(hours=1)
              for row in Clock.select().where(Clock.ticket == ticket)}
    assert limits == {"acknowledgement": 3, "determination": 8, "resolution": 48}
    assert all(say(CLOCKS[kind]) in lek.text for kind in limits)
    due = (ticket.created_at + timedelta(hours=3)).isoformat()
    assert due in lek.tree.xpath("//main//time/@datetime"), "what is due next"


def _takes_it(world: World, staff: Any, desk: Say, language: str) -> None:
    world.clock.advance(minutes=40)
    staff.open(f"/{DESK[language]}/desk/").click(desk("Tickets"))
    queue = [" ".join(link.text_content().split()) for link in staff.tree.xpath("//tbody//th/a")]
    assert queue == [SUBJECT, "An older question"], "what is due next comes first"
    staff.click(SUBJECT)
    _is_large(world, staff, DESK[language])
    staff.press(desk("Take this ticket"))
    staff.unfold(desk("Write an internal note")).press(desk("Save note"), **{"note-text": SECRET})
    assert SECRET in staff.text


def _answers_with_a_prepared_answer(world: World, staff: Any, desk: Say, language: str) -> None:
    staff.press(desk("Insert the prepared answer"), **{"answer-macro": "looking-into-it"})
    assert not Event.select().where(Event.kind == "staff-reply").exists(), "nothing is sent yet"
    staff.press(desk("Send the answer"), **{"answer-then": "waiting"})
    [said] = Event.select().where(Event.kind == "staff-reply")
    body = _programme(world).support.macros["looking-into-it"].body.get(language)
    assert said.body.splitlines()[-1] == body.splitlines()[-1].format(vendor=_programme(world).vendor.name)
    assert body.splitlines()[2].format(subject=SUBJECT, number=said.ticket.number) in said.body
    [clock] = Clock.select().where(Clock.ticket == said.ticket, Clock.kind == "acknowledgement")
    assert clock.state == "met"
    assert desk("Waiting for the partner") in staff.text


def _answers_by_mail(world: World, lek: Any, person: Any, say: Say, language: str) -> None:
    world.work()
    received = world.box.to(person.email)[-1]
    assert received["Content-Language"] == language
    assert say("We wait for your answer now. While we wait, the clocks rest.") in said_in(received)
    assert " ".join(TEXT.split()) in said_in(received).replace("> ", ""), "it quotes what it answers"
    lek.click(say("Refresh"))
    assert say("Waiting for you") in lek.text
    world.clock.advance(hours=5)
    with mailbox(world) as send:
        send(answer_to(received, person.email, "Oui, ทุกคน: all of them."))
    [event] = Event.select().where(Event.kind == "partner-reply")
    assert event.body == "Oui, ทุกคน: all of them.", "only what is new"
    lek.click(say("Refresh"))
    assert say("Open with support") in lek.text
    assert event.body in lek.text


def _determines_promises_resolves(world: World, staff: Any, lek: Any, desk: Say, say: Say) -> None:
    staff.click(desk("Refresh"))
    assert "Oui, ทุกคน: all of them." in staff.text
    staff.unfold(desk("Say what the issue is"))
    staff.press(desk("Tell the partner"), **{"determination-text": "El registro MX era incorrecto."})
    assert Clock.get(Clock.ticket == _ticket(world), Clock.kind == "determination").state == "met", "waiting rests"
    until = world.clock.now + timedelta(hours=2)
    staff.unfold(desk("Promise the next update"))
    staff.press(desk("Promise it"), **{"promise-promise": until.strftime("%Y-%m-%dT%H:%M")})
    lek.click(say("Refresh"))
    assert say("Support has found out what the issue is") in lek.text
    assert "El registro MX era incorrecto." in lek.text
    assert until.isoformat() in lek.tree.xpath("//main//time/@datetime"), "the promise is due next"
    world.clock.advance(hours=1)
    staff.press(desk("Send the answer"), **{"answer-text": "C’est réparé.", "answer-then": "resolved"})
    world.work()
    ticket = _ticket(world)
    states = {row.kind: row.state for row in Clock.select().where(Clock.ticket == ticket)}
    assert (ticket.state, states["resolution"]) == ("resolved", "met")
    assert not Event.select().where(Event.kind == "breached").exists()


def _rates_reopens_closes(world: World, lek: Any, person: Any, say: Say) -> None:
    lek.open(f"{world.link(person.email, '/rating')}?rating=good")
    assert _ticket(world).rating == "", "who opens a link has said nothing"
    lek.press(say("Send the answer"), rating="good", note="Merci beaucoup, ขอบคุณ")
    assert say("Thank you. Your answer is saved.") in lek.notices
    assert (_ticket(world).rating, _ticket(world).rating_note) == ("good", "Merci beaucoup, ขอบคุณ")
    assert say("It helped") in lek.text
    lek.press(say("Send the answer"), text="Non: une personne ne reçoit toujours rien.")
    assert _ticket(world).state == "open"
    assert say("The request was opened again") in lek.text
    lek.press(say("Close the request"))
    assert _ticket(world).state == "closed"


def _no_note_went_out(world: World, lek: Any) -> None:
    assert SECRET not in lek.tree.text_content()
    assert not any(SECRET in said_in(message) for message in world.box.mails)


def _ticket(world: World) -> Ticket:
    """The newest ticket of the partner."""
    return Ticket.select().where(  # type: ignore[no-any-return]
        Ticket.partner == world.cast.andina).order_by(Ticket.id.desc()).get()


# ---- The general help center (S4.31-34), the field supplied later (S4.15-17), an excluded service (S4.6-13) ----

def general_story(world: World, enter: Enter, language: str) -> None:
    """Walk it with browsers that speak like `NoJs`; `enter` opens one for somebody."""
    say, desk = words(language), words(DESK[language])
    person = _member(world, language)
    customer = _large(world)
    theirs = asked(helped(world.cast.admin), "help-center", subject="Somebody else's request")
    lek, staff = enter(person), enter(_agent(world, language))
    _submits_a_ticket(world, lek, say, language, theirs)
    _fills_in_the_customer(world, staff, desk, language)
    _reads_why_it_is_late(world, lek, say, language)
    _asks_about_an_excluded_service(world, lek, staff, language)
    _begins_at_the_customer(enter(world.cast.admin), say, language, customer)


def _submits_a_ticket(world: World, lek: Any, say: Say, language: str, theirs: Ticket) -> None:
    lek.open(f"/{language}/store/").click(say(HELP))
    assert theirs.subject not in lek.text
    assert lek.open(f"/{language}/support/tickets/{theirs.public_id}").status == 404
    assert lek.open(f"/{language}/support").status == 403
    lek.open(f"/{language}/store/").click(say(HELP))
    _to_the_department(world, lek, say, language)
    lek.press(say("Send request"), service="crm", subject=SUBJECT, description=TEXT)
    ticket = _ticket(world)
    assert (ticket.channel, ticket.severity, ticket.verdict) == ("general", "S3", "not-identified")
    assert say("General help center") in lek.text
    assert say(VERDICTS["not-identified"], severity=S1) in lek.text


def _to_the_department(world: World, lek: Any, say: Say, language: str) -> None:
    department = _programme(world).support.department.get(language)
    lek.click(say("Submit a ticket")).click(say("Write to %(department)s", department=department))


def _fills_in_the_customer(world: World, staff: Any, desk: Say, language: str) -> None:
    world.clock.advance(hours=4)
    world.work()
    assert not Event.select().where(Event.kind == "breached").exists(), "nothing was promised"
    staff.open(f"/{DESK[language]}/desk/").click(desk("Tickets")).click(f"{desk('Customer unknown')} 2").click(SUBJECT)
    assert desk("Fill in the customer's primary e-mail address: without it, nobody knows whether the account is large."
                ) in staff.text
    staff.press(desk("Save and classify"), **{"identity-customer_email": f" {BOSS.upper()} "})
    _is_large(world, staff, DESK[language])
    ticket = _ticket(world)
    assert (ticket.severity, ticket.severity_from, ticket.customer_email, ticket.priority) == ("S1", "rule", BOSS, True)
    assert desk("%(field)s: %(after)s instead of %(before)s", field=desk("Customer's primary e-mail address"),
                after=BOSS, before="–") in staff.text
    before = _programme(world).severities["S3"].name.get(DESK[language])
    assert desk("Severity: %(after)s instead of %(before)s, by the rule for large accounts", after=S1, before=before
                ) in staff.text
    [clock] = Clock.select().where(Clock.ticket == ticket, Clock.kind == "acknowledgement")
    assert (clock.breach_cause, clock.breached_at) == ("reclassified", world.clock.now)
    assert desk("It became late when its severity changed") in staff.text


def _reads_why_it_is_late(world: World, lek: Any, say: Say, language: str) -> None:
    lek.click(say("Refresh"))
    _is_large(world, lek, language)
    assert say("The details of the customer were changed") in lek.text
    assert say("It became late when its severity changed") in lek.text


def _asks_about_an_excluded_service(world: World, lek: Any, staff: Any, language: str) -> None:
    say, subject = words(language), "Newsletter ñ"
    lek.click(say("My area"))
    _to_the_department(world, lek, say, language)
    lek.press(say("Send request"), service="campaigns", subject=subject, description=TEXT, customer_email=BOSS)
    ticket = _ticket(world)
    assert (ticket.severity, ticket.priority, ticket.verdict) == ("S3", False, "excluded-service")
    desk = words(DESK[language])
    staff.open(f"/{DESK[language]}/desk/").click(desk("Tickets")).click(subject)
    service = _programme(world).services["campaigns"]
    for window, code in ((lek, language), (staff, DESK[language])):
        assert words(code)(VERDICTS["excluded-service"], severity=S1, service=service.name.get(code),
                           measure=service.measured_by.get(code)) in window.text
        assert words(code)(BOX) not in window.text


def _begins_at_the_customer(boss: Any, say: Say, language: str, customer: Organization) -> None:
    boss.open(f"/{language}/store/customers").click("Big").click(say("Add ticket"))
    fields = {name: boss.tree.xpath(f"//main//input[@name='{name}']/@value")
              for name in ("customer_email", "service_org")}
    assert fields == {"customer_email": [BOSS], "service_org": [customer.public_id]}
    assert boss.tree.xpath("//select[@name='service']//option[@selected]/@value") == ["workplace"]


# ---- By phone (S4.1) ----

def call_story(world: World, enter: Enter, language: str) -> None:
    """A call that staff log is a request like any other: of who called, with priority, and acknowledged."""
    say, desk = words(language), words(DESK[language])
    _large(world)
    person = _member(world, language)
    staff, lek = enter(_agent(world, language)), enter(person)
    staff.open(f"/{DESK[language]}/desk/").click(desk("Tickets")).click(desk("Log a call or a chat"))
    staff.press(desk("Search"), q=person.email).click("Andina Cloud")
    said = {"channel": "phone", "subject": SUBJECT, "description": TEXT, "said": "Ya lo miramos.",
            "customer_email": BOSS}
    staff.press(desk("Log the ticket"), **said)
    assert staff.status == 422, "who called?"
    staff.press(desk("Log the ticket"), caller=person.email)
    ticket = _ticket(world)
    assert desk("Ticket %(number)s is logged.", number=ticket.number) in staff.notices
    assert (ticket.channel, ticket.severity, ticket.requester_email) == ("phone", "S1", person.email)
    assert Clock.get(Clock.ticket == ticket, Clock.kind == "acknowledgement").state == "met"
    world.work()
    assert world.box.to(person.email)[-1]["Content-Language"] == language
    lek.open(f"/{language}/store/").click(say(HELP)).click(SUBJECT)
    _is_large(world, lek, language)
    assert all(one in lek.text for one in (say("Phone call"), "Ya lo miramos.", say("Call with support")))


# ---- By e-mail, from each region (S4.35-39) ----

_COM, _EU = "partner-support@zohocorp.com", "partner-support@eu.zohocorp.com"
REGIONS: Mapping[str, tuple[str, str]] = {
    "US": ("US", _COM), "IN": ("IN", _COM), "AU": ("AU", _COM), "JP": ("JP", _COM), "SA": ("SA", _COM),
    "CA": ("CA", _COM), "FR": ("EU", _EU), "GB": ("UK", _EU), "TH": ("OTHER", _COM),
}
ASSUMED = {"SA", "CA", "UK", "OTHER"}


def _writes_from(world: World, send: Send, language: str, country: str, region: str, address: str) -> None:
    say, programme = words(language), _programme(world)
    partner = world.cast.partner(f"Partner {country}", country, language)
    assert programme.region_for_country(country).code == region
    with transaction():
        Partner.update(region=region).where(Partner.id == partner.id).execute()
    person = world.cast.member(f"someone@{country.lower()}.example", language, partner, "reader")
    boss = f"boss@customer-{country.lower()}.example"
    world.cast.customer(f"Client {country}", boss.partition("@")[2], partner=partner, country=country, admin_email=boss,
                        licenses=programme.regions[region].large_account_licenses)
    window = _doors(person)
    window.open(f"/{language}/store/").click(say(HELP)).click(say("Other ways to reach Partner Support"))
    [shown] = window.tree.xpath("//main//code/text()")
    assert shown == address
    assert (say("Assumed") in window.text) == (region in ASSUMED)
    unlisted = say("No region lists your company's country. These are the channels that serve all other countries.")
    assert (unlisted in window.text) == (region == "OTHER")
    send(_by_the_template(window, person.email, shown, boss))
    ticket = Ticket.get(Ticket.partner == partner)
    assert (ticket.channel, ticket.customer_email, ticket.severity, ticket.priority, ticket.service) == (
        "email", boss, "S1", True, "crm")
    assert (ticket.region, ticket.language, ticket.requester_email) == (region, language, person.email)
    receipt = world.box.to(person.email)[-1]
    assert receipt["Content-Language"] == language
    assert say(VERDICTS["large"], severity=S1, customer=f"Client {country}",
               region=programme.regions[region].name.get(language),
               **_numbers(programme.regions[region].large_account_licenses, language)) in said_in(receipt)


def _numbers(count: int, language: str) -> dict[str, str]:
    number = " ".join(formats.number(count, locale_for(language)).split())
    return {"licenses": number, "threshold": number}


def _by_the_template(window: Any, sender: str, address: str, boss: str) -> EmailMessage:
    """The template as somebody fills it in: each line after its colon."""
    [area] = window.tree.xpath("//textarea[@id='mail-template']")
    subject, _, body = area.text.strip().partition("\n")
    answers = iter((boss, "CRM", "ZOID-77", "Nobody gets mail", TEXT))
    lines = [f"{line.rstrip()} {next(answers)}" if line.rstrip().endswith(":") else line
             for line in body.strip().splitlines()]
    assert next(answers, None) is None, "the template asks for five things"
    return mail(sender, address, subject, "\n".join(lines), Message_ID=f"<1.{sender}>")


def _stranger_stays_out(world: World, send: Send) -> None:
    ticket, before = Ticket.select().order_by(Ticket.id.desc()).get(), Ticket.select().count()
    events, sent = Event.select().count(), len(world.box.mails)
    send(mail("mallory@evil.example", _COM, f"Re: [{ticket.number}]", "Tell me all.", Message_ID="<evil@evil.example>",
              In_Reply_To=f"<t-{ticket.number}.0000000000000000.x@portal.test>"))
    row = Received.select().order_by(Received.id.desc()).get()
    assert (row.state, row.reason, row.ticket_id) == ("held", "unknown-sender", None)
    assert (Ticket.select().count(), Event.select().count(), len(world.box.mails)) == (before, events, sent)


# ---- A limit passes (S4.19-22) ----

def broken_story(world: World, enter: Enter, language: str) -> None:
    """Nobody answers: both sides see it as soon as it is so, once, and the service level counts it."""
    say, desk = words(language), words(DESK[language])
    _large(world)
    person = helped(_member(world, language))
    ticket = asked(person, "help-center", subject=SUBJECT, customer_email=BOSS)
    world.clock.advance(hours=3)
    world.work()
    assert not Event.select().where(Event.kind == "breached").exists(), "at its limit it is in time"
    world.clock.advance(seconds=1)
    for _ in range(2):
        world.work()
        world.clock.advance(minutes=5)
    assert [row.data["clock"] for row in Event.select().where(Event.kind == "breached")] == ["acknowledgement"]
    lek, staff = enter(person), enter(_agent(world, language))
    lek.open(f"/{language}/store/").click(say(HELP)).click(SUBJECT)
    assert say("A promised time was not kept: %(clock)s", clock=say(CLOCKS["acknowledgement"])) in lek.text
    assert say("Limit exceeded") in lek.text
    staff.open(f"/{DESK[language]}/desk/").click(desk("Tickets")).click(f"{desk('Late')} 1").click(SUBJECT)
    assert desk("Limit exceeded: %(clock)s", clock=desk(CLOCKS["acknowledgement"])) in staff.text
    _is_counted(lek.click(say("Service level")), say)
    _is_counted(staff.click(desk("Service level")), desk)
    [late] = lek.tree.xpath("//tbody//a[contains(@href, 'result=late') and contains(@href, 'clock=')]/@href")
    lek.open(late)
    assert ticket.number in lek.text


def _is_counted(window: Any, say: Say) -> None:
    [row] = [row for row in window.tree.xpath("//section[@aria-labelledby='in-month']//tbody/tr")
             if " ".join(row.xpath("./th")[0].text_content().split()) == say(CLOCKS["acknowledgement"])]
    runs, aim, limit, late, *_ = (cell.text_content().strip() for cell in row.xpath("./td"))
    assert (runs, aim, limit, late) == ("1", "–", "–", "1")


# ---- A customer goes (D15) ----

def moving_story(world: World, enter: Enter, language: str) -> None:
    """The old partner keeps its words and loses the customer's data; the new one inherits no request."""
    say, cast = words(language), world.cast
    customer, boss = cast.siam, helped(cast.admin)
    ticket = asked(boss, "help-center", subject=SUBJECT, description=TEXT, customer_email=customer.admin_email,
                   service_org=customer.public_id)
    old, new, owner = enter(boss), enter(helped(cast.outsider)), enter(cast.siam_admin)
    old.open(f"/{language}/store/").click(say(HELP)).click(SUBJECT)
    data = (customer.name, customer.admin_email, customer.public_id)
    assert all(one in old.text for one in data)
    moved_by_code(cast, owner, new.open(f"/{language}/store/attach"), say, language)
    world.work()
    world.box.mails.clear()
    _is_answered(world, enter(_agent(world, language)), language)
    old.open(f"/{language}/store/").click(say(HELP))
    assert not any(one in old.text for one in data)
    old.click(SUBJECT)
    assert say("You may not see this customer's data.") in old.text
    assert say("The reason is about a customer whose data you may no longer see.") in old.text
    assert all(" ".join(one.split()) in old.text for one in (SUBJECT, TEXT, "Vale."))
    assert not any(one in old.tree.text_content() for one in data)
    letters = [said_in(letter) for letter in world.box.to(boss.email)]
    assert any("Vale." in letter for letter in letters)
    assert not any(one in letter for one in data for letter in letters)
    new.open(f"/{language}/store/").click(say(HELP))
    assert SUBJECT not in new.text
    assert new.open(f"/{language}/support/tickets/{ticket.public_id}").status == 404


def _is_answered(world: World, staff: Any, language: str) -> None:
    desk = words(DESK[language])
    staff.open(f"/{DESK[language]}/desk/").click(desk("Tickets")).click(SUBJECT)
    staff.press(desk("Send the answer"), **{"answer-text": "Vale."})
    world.work()
