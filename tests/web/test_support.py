"""The help center: the link at the lower right, the list of requests, adding one, and the contact channels."""

from __future__ import annotations

import io
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from lxml import html

from portal.accounts import passwords
from portal.accounts.models import Session
from portal.core.locales import COMPLETE
from portal.partners.models import Partner
from portal.storage import transaction
from portal.support.commands.attachments import upload
from portal.support.models import Attachment, Event, Ticket
from tests.cast import PASSWORD
from tests.client import HTMX, statements
from tests.support.partners import asked, big, helped

NEW = "/en/support/new"
GENERAL = "/en/account/area/departments/partner-support"
FIELDS = {"service": "crm", "subject": "No mail", "description": "Since nine.\nNobody.", "customer_email": "",
          "service_org": "", "key": "one"}


def tree(response):
    return html.fromstring(response.get_data(as_text=True))


def text(response):
    return " ".join(tree(response).xpath("//main")[0].text_content().split())


def corner(response):
    return tree(response).xpath("//a[@class='corner']/@href")


@pytest.fixture
def browser(cast):
    return helped(cast.admin).browser()


# ---- The link at the lower right ----

PAGES = ["/store/", "/store/customers", "/console/customers", "/support", "/support/channels", "/account",
         "/account/area", "/", "/help"]


@pytest.mark.parametrize("lang", COMPLETE)
def test_every_page_of_a_partner_leads_to_partner_support(cast, browser, lang):
    for path in PAGES:
        assert corner(browser.get(f"/{lang}{path}")) == [f"/{lang}/support"], path
    assert corner(browser.get(f"/{lang}/store/nowhere")) == [f"/{lang}/support"]


def test_on_behalf_of_a_customer_too(cast, browser):
    assert corner(browser.get(f"/en/organizations/{cast.siam.public_id}/")) == ["/en/support"]


def test_without_the_help_center_it_leads_to_the_general_one(cast):
    browser = cast.colleague.browser()
    assert corner(browser.get("/en/store/")) == ["/en/account/area"]
    assert browser.get("/en/support").status_code == 403


def test_others_have_no_such_link(cast, client):
    assert corner(client.get("/en/")) == []
    for person, path in ((cast.siam_admin, f"/organizations/{cast.siam.public_id}/"), (cast.newcomer, "/account"),
                         (cast.reviewer, "/desk/applications")):
        assert corner(person.browser().get(f"/en{path}")) == []


def test_the_help_center_is_a_part_of_the_portal(cast, browser):
    header = tree(browser.get("/en/store/")).xpath("//header//a")
    links = {link.text_content().strip(): link.get("href") for link in header}
    assert links["Partner Support"] == "/en/support"
    menu = [a.text_content().strip() for a in tree(browser.get("/en/support")).xpath("//nav[@id='menu']//a")]
    assert menu[:2] == ["Requests", "Add ticket"]
    assert "Contact channels" in menu


# ---- Requests ----

def test_the_list(cast, browser, clock):
    big(cast)
    ticket = asked(cast.admin, "help-center", customer_email="boss@big.example", subject="Nothing <arrives>")
    asked(cast.colleague, subject="Of a colleague")
    page = browser.get("/en/support")
    row = tree(page).xpath("//tbody/tr[.//a[contains(., 'arrives')]]")[0].text_content()
    for words in ("Nothing <arrives>", ticket.number, "Big", "S1-Critical", "Acknowledgement", "3 h left"):
        assert words in row, words
    assert "Of a colleague" in page.text
    clock.advance(hours=4)
    assert "1 h overdue" in browser.get("/en/support").text


QUESTIONS = {"?state=open": 2, "?state=closed": 0, "?state=nonsense": 2, "?mine=1": 1, "?q=colleague": 1, "?q=zzz": 0,
             "?q=%00": 2, "?after=nonsense": 2, "?q=" + "x" * 500: 0}


@pytest.mark.parametrize("question", QUESTIONS)
def test_filters_are_addresses(cast, browser, question):
    asked(cast.admin)
    asked(cast.colleague, subject="Of a colleague")
    with statements() as seen:
        page = browser.get(f"/en/support{question}")
    assert len(tree(page).xpath("//tbody/tr")) == QUESTIONS[question]
    assert len(seen) <= 5
    part = browser.get(f"/en/support{question}", headers=HTMX)
    assert part.text.count("<tr>") == page.text.count("<tr>")
    assert "<main" not in part.text


def test_a_customer_s_requests(cast, browser):
    customer = big(cast)
    asked(cast.admin, customer_email="boss@big.example", subject="About Big")
    asked(cast.admin, subject="About nobody")
    page = browser.get(f"/en/support?customer={customer.public_id}")
    assert "About Big" in text(page)
    assert "About nobody" not in text(page)
    assert f"/en/support/new?customer={customer.public_id}" in page.text
    foreign = cast.customer("Foreign", "foreign.example", partner=cast.outsider.partner)
    for other in (foreign.public_id, "nothing"):
        assert browser.get(f"/en/support?customer={other}").status_code == 404
        assert browser.get(f"/en/support/new?customer={other}").status_code == 404


def test_customers_pages_lead_here(cast, browser):
    customer = cast.customer("New Ltd", "new.example", verified=False)
    here = {f"/en/support?customer={customer.public_id}", f"/en/support/new?customer={customer.public_id}"}
    siam = {address.replace(customer.public_id, cast.siam.public_id) for address in here}
    path = f"/en/organizations/{cast.siam.public_id}/"
    assert siam <= set(tree(browser.get(path)).xpath("//main//a/@href"))
    assert not siam & set(tree(cast.colleague.browser().get(path)).xpath("//main//a/@href"))
    assert not siam & set(tree(cast.siam_admin.browser().get(path)).xpath("//main//a/@href"))
    for path in (f"/store/customers/{customer.public_id}", f"/console/customers/{customer.public_id}/domain"):
        assert here <= set(tree(browser.get(f"/en{path}")).xpath("//main//a/@href")), path
        others = cast.colleague.browser().get(f"/en{path}")
        assert not here & set(tree(others).xpath("//main//a/@href")), "the help center is not open to them"


# ---- Adding one ----

def test_what_is_known_of_a_customer_is_filled_in(cast, browser):
    customer = big(cast)
    form = tree(browser.get(f"{NEW}?customer={customer.public_id}")).xpath("//main//form")[0]
    values = dict(form.form_values())
    assert values["service"] == "workplace"
    assert values["service_org"] == customer.public_id
    assert values["customer_email"] == "boss@big.example"
    chosen = tree(browser.get(f"{NEW}?customer={customer.public_id}&service=writer")).xpath("//main//form")[0]
    assert dict(chosen.form_values())["service"] == "writer"


def test_the_catalog_is_offered_by_category(cast, browser):
    page = tree(browser.get(NEW))
    groups = page.xpath("//select[@name='service']/optgroup/@label")
    assert len(groups) > 5
    values = page.xpath("//select[@name='service']//option/@value")
    assert len(values) == len(set(values))
    assert {"crm", "other", "writer"} <= set(values)
    assert [value for value in values if value.startswith("writer/")], "add-ons are services too"
    hint = text(browser.get(NEW))
    assert "Services without priority support" in hint
    for code, service in cast.make_ctx().programme.services.items():
        if not service.priority_support:
            assert service.name.get("en") in hint, code
            assert service.measured_by.get("en") in hint, code


def send(browser, path=NEW, files=(), **fields):
    data = {"csrf_token": browser.csrf(path), **FIELDS, **fields}
    data["attachments"] = [(io.BytesIO(content), name) for name, content in files]
    return browser.post(path, data=data, content_type="multipart/form-data", headers={"Origin": "http://localhost"})


def test_a_request_is_sent_and_shown(cast, browser):
    big(cast)
    sent = send(browser, customer_email=" Boss@BIG.example ", files=[("été <1>.txt", b"What I see")])
    ticket = Ticket.get()
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/en/support/tickets/{ticket.public_id}")
    assert (ticket.channel, ticket.service, ticket.severity) == ("help-center", "crm", "S1")
    page = text(browser.get(sent.headers["Location"]))
    for words in (f"Request {ticket.number} has been sent.", "S1-Critical: the account of Big is large.",
                  "Priority customer: large user account", "Acknowledgement", "Since nine.", "été <1>.txt"):
        assert words in page, words


def test_another_service_is_none_of_the_catalog(cast, browser):
    assert send(browser, service="other").status_code == 303
    assert Ticket.get().service == ""


WRONG = {"service": "", "subject": " ", "description": "", "customer_email": "nobody", "service_org": "x" * 65}


@pytest.mark.parametrize("field", WRONG)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(cast, browser, field):
    page = send(browser, **{field: WRONG[field]}, files=[("kept.txt", b"x"), ("large.bin", b"y" * (10 * 2**20 + 1))])
    assert page.status_code == 422
    found = tree(page)
    assert found.xpath(f"//*[@name='{field}']/@aria-invalid") == ["true"]
    assert "“large.bin” is larger than 10 MB." in text(page)
    form = found.xpath("//main//form")[0]
    values = dict(form.form_values())
    for name in ("subject", "description", "service", "key"):
        if name != field:
            assert values[name].replace("\r", "").strip() == FIELDS[name], name
    assert "Remove “kept.txt”" in text(page)
    data = {**values, field: FIELDS[field] or ("" if field != "service" else "crm")}
    assert browser.post(NEW, data=data).status_code == 303
    assert [file.name for file in Attachment.select().where(Attachment.event.is_null(False))] == ["kept.txt"]


def test_a_kept_file_can_be_removed(cast, browser):
    page = send(browser, subject="", files=[("one.txt", b"x"), ("two.txt", b"y")])
    form = tree(page).xpath("//main//form")[0]
    kept = form.xpath(".//input[@name='kept']/@value")
    data = {**dict(form.form_values()), **FIELDS, "kept": kept, "remove": kept[0]}
    assert browser.post(NEW, data=data).status_code == 303
    assert [file.name for file in Attachment.select().where(Attachment.event.is_null(False))] == ["two.txt"]


def test_too_many_files_are_refused_and_the_first_ones_kept(cast, browser):
    page = send(browser, files=[(f"{number}.txt", b"x") for number in range(7)])
    assert page.status_code == 422
    assert "Attach at most 5 files." in text(page)
    assert len(tree(page).xpath("//input[@name='kept']")) == 5
    assert Ticket.select().count() == 0


def test_somebody_else_s_file_is_not_attached(cast, browser):
    theirs = upload(cast.colleague.ctx, "secret.txt", b"x")
    assert send(browser, kept=theirs.public_id).status_code == 303
    assert Attachment.get_by_id(theirs.id).event_id is None


def test_a_double_click_is_one_request_and_other_words_another(cast, browser):
    addresses = {send(browser).headers["Location"] for _click in range(2)}
    assert len(addresses) == 1
    send(browser, subject="Something else")
    assert Ticket.select().count() == 2


def test_nothing_but_the_form_s_fields_is_taken(cast, browser):
    send(browser, severity="S1", priority="1", partner=cast.outsider.partner.public_id, state="closed",
         organization=cast.siam.public_id, public="0")
    ticket = Ticket.get()
    assert (ticket.severity, ticket.state, ticket.partner_id) == ("S3", "open", cast.andina.id)
    assert ticket.organization_id is None
    assert Event.get(Event.kind == "opened").public


@pytest.mark.parametrize(("files", "asks"), [([], False), ([("", b"")], False), ([("a.txt", b"x")], True)])
def test_the_session_ends_while_somebody_writes(cast, browser, files, asks):
    """The words are kept through the sign-in; files must be chosen again, and that is said before anything is sent."""
    cast.admin.account.password_hash = passwords.hashed(PASSWORD)
    cast.admin.account.save()
    here, token = {"Origin": "http://localhost"}, browser.csrf(NEW)
    with transaction():
        Session.delete().execute()
    data = {"csrf_token": token, **FIELDS, "attachments": [(io.BytesIO(body), name) for name, body in files]}
    page = browser.post(NEW, data=data, content_type="multipart/form-data", headers=here)
    assert page.status_code == 403
    form = next(form for form in tree(page).xpath("//main//form") if "kept" in form.fields)
    data = {**dict(form.form_values()), "email": cast.admin.email, "password": PASSWORD}
    page = browser.post(form.get("action"), data=data)
    form = next(form for form in tree(page).xpath("//main//form") if "subject" in form.fields)
    page = browser.post(form.get("action"), data=dict(form.form_values()), headers=here)
    assert page.status_code == (422 if asks else 303)
    if asks:
        assert "Please choose them again." in text(page)
        page = browser.post(NEW, data=dict(tree(page).xpath("//main//form")[0].form_values()))
        assert page.status_code == 303
    assert Ticket.get().subject == "No mail"


def test_files_that_were_not_kept_are_asked_for_again(cast, browser):
    page = send(browser, files_left="1")
    assert page.status_code == 422
    assert "Please choose them again." in text(page)
    assert dict(tree(page).xpath("//main//form")[0].form_values())["subject"] == "No mail"
    assert Ticket.select().count() == 0


def test_the_help_center_is_closed_to_who_was_not_given_it(cast):
    browser = cast.colleague.browser()
    assert browser.get(NEW).status_code == 403
    assert browser.send(NEW, page="/en/account", **FIELDS).status_code == 403
    assert Ticket.select().count() == 0


# ---- My area ----

@pytest.mark.parametrize("lang", COMPLETE)
def test_my_area_in_every_language(cast, lang):
    asked(cast.colleague)
    browser = cast.colleague.browser()
    for path in ("/account/area", "/account/area/departments", "/account/area/departments/partner-support",
                 "/support/channels"):
        with statements() as seen:
            assert browser.get(f"/{lang}{path}").status_code == 200
        assert len(seen) <= 5


def test_the_general_help_center_has_the_same_result(cast):
    big(cast)
    asked(cast.admin, subject="Of the admin")
    browser = cast.colleague.browser()
    area = browser.get("/en/account/area")
    assert "super administrator of your company opens it for you" in text(area)
    assert "Of the admin" not in area.text
    assert "Product help" in text(browser.get("/en/account/area/departments"))
    assert GENERAL in browser.get("/en/account/area/departments").text
    sent = send(browser, GENERAL, customer_email="boss@big.example")
    ticket = Ticket.get(Ticket.requester == cast.colleague.account)
    assert (ticket.channel, ticket.severity, ticket.priority) == ("general", "S1", True)
    assert "S1-Critical: the account of Big is large." in text(browser.get(sent.headers["Location"]))
    assert ticket.number in browser.get("/en/account/area").text
    other = Ticket.get(Ticket.subject == "Of the admin").public_id
    assert browser.get(f"/en/support/tickets/{other}").status_code == 404
    assert send(browser, GENERAL, subject="").status_code == 422


def test_my_area_holds_one_s_own_requests_alone(cast, browser):
    asked(cast.admin, subject="Mine")
    asked(cast.colleague, subject="Theirs")
    page = text(browser.get("/en/account/area"))
    assert "Mine" in page
    assert "Theirs" not in page


# ---- How a partner stands ----

def stand(cast, state):
    with transaction():
        Partner.update(state=state, state_since=cast.now).where(Partner.id == cast.andina.id).execute()


def test_a_suspended_partner_still_asks(cast, browser):
    stand(cast, "suspended")
    assert send(browser).status_code == 303


def test_a_terminated_partner_reads_and_asks_no_more(cast, browser):
    ticket = asked(cast.admin)
    stand(cast, "terminated")
    for path in ("/support", f"/support/tickets/{ticket.public_id}", "/support/channels", "/account/area"):
        page = browser.get(f"/en{path}")
        assert page.status_code == 200
        assert not tree(page).xpath("//main//form[@method='post']"), path
        assert "/support/new" not in page.text
        assert "/departments" not in page.text
    assert browser.get(NEW).status_code == 403
    assert browser.send(NEW, page="/en/account", **FIELDS).status_code == 403


# ---- Channels ----

REGIONS = {
    "US": ("partner-support@zohocorp.com", "store.zoho.com", False),
    "IN": ("partner-support@zohocorp.com", "store.zoho.com", False),
    "SA": ("partner-support@zohocorp.com", "store.zoho.com", True),
    "CA": ("partner-support@zohocorp.com", "store.zoho.com", True),
    "EU": ("partner-support@eu.zohocorp.com", "store.zoho.eu", False),
    "UK": ("partner-support@eu.zohocorp.com", "store.zoho.eu", True),
    "OTHER": ("partner-support@zohocorp.com", "store.zoho.com", True),
    "GONE": ("partner-support@zohocorp.com", "store.zoho.com", True),
}


@pytest.mark.parametrize("region", REGIONS)
def test_channels_go_by_region(cast, region):
    with transaction():
        Partner.update(region=region).where(Partner.id == cast.andina.id).execute()
    email, portal, assumed = REGIONS[region]
    page = text(cast.colleague.browser().get("/en/support/channels"))
    assert email in page
    assert portal in page
    assert portal.replace("store.", "help.") in page
    assert ("Assumed" in page) is assumed
    assert ("No region lists your company's country." in page) is (region in {"OTHER", "GONE"})
    assert "Calls and chats with support become requests too." in page


@pytest.mark.parametrize("lang", COMPLETE)
def test_the_template_in_every_language(cast, lang):
    page = tree(cast.colleague.browser().get(f"/en/support/channels?template={lang}"))
    shown = page.xpath("//textarea[@readonly]")[0]
    assert shown.getparent().get("lang") == lang
    link = next(a for a in page.xpath("//a/@href") if a.startswith("mailto:") and "body=" in a)
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    assert unquote(parts.path) == "partner-support@zohocorp.com"
    assert "+" not in parts.query, "mail programs do not read it as a blank"
    body = query["body"][0]
    assert body.replace("\r\n", "\n") in shown.text.replace("\r", "")
    assert query["subject"][0] == shown.text.strip().split("\n")[0].strip()
    assert body.count(":") >= 5
    if lang == "en":
        for field in ("Customer's primary e-mail address", "Service name", "ZOID or ZGID", "Subject", "Description"):
            assert field in body


def test_an_unknown_language_is_the_page_s(cast):
    page = tree(cast.colleague.browser().get("/fr/support/channels?template=xx"))
    assert page.xpath("//textarea[@readonly]")[0].getparent().get("lang") == "fr"
