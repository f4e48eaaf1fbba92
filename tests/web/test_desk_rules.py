"""The classification rule at the desk: what is in force, the draft, its dry run with and without htmx."""

from __future__ import annotations

import re

import pytest
from lxml import html

from portal.storage import transaction
from portal.support.commands.opening import Request, add_ticket
from portal.support.models import Rule, Ticket
from portal.support.policy.rules import fingerprint
from tests.client import HTMX, statements

LANGUAGES = ("en", "es", "fr", "th")


def text(response):
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


@pytest.fixture
def lead(cast):
    return cast.person("lead@vendor.example", "en", staff="support-lead")


@pytest.fixture
def browser(lead):
    return lead.browser()


def fields(make_ctx, us=100, excluded=("campaigns", "dataprep", "pagesense", "marketing-automation",
                                       "writer/automation"), note="We grow.", seen=""):
    regions = make_ctx().programme.regions
    numbers = {f"threshold-{code}": str(region.large_account_licenses) for code, region in regions.items()}
    return {**numbers, "threshold-US": str(us), "excluded": list(excluded), "note": note, "seen": seen}


def drafted(browser, make_ctx, **more):
    answer = browser.send("/en/desk/support-rules", **fields(make_ctx, **more))
    assert answer.status_code == 303
    return answer.location


def opened(cast, name, licenses):
    domain = f"{name.lower()}.example"
    cast.customer(name, domain, licenses=licenses, country="US", admin_email=f"boss@{domain}")
    return add_ticket(cast.admin.ctx, Request("No mail", "x", customer_email=f"boss@{domain}"), "general")


def seen_on(page):
    return html.fromstring(page.text).xpath("//input[@name='seen']/@value")[0]


def press(browser, at, act):
    return browser.send(f"{at}/{act}", page=at, seen=seen_on(browser.get(at)))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_pages_in_every_language(browser, cast, make_ctx, run_jobs, lang):
    opened(cast, "Middle", 200)
    at = drafted(browser, make_ctx)
    press(browser, at, "trial")
    run_jobs()
    for address in (f"/{lang}/desk/support-rules", at.replace("/en/", f"/{lang}/")):
        with statements() as seen:
            page = browser.get(address)
        assert page.status_code == 200
        assert len(seen) <= 5, address
        assert make_ctx().programme.regions["EU"].name[lang] in page.text


def test_the_programme_files_rule_is_in_force_at_first(browser, make_ctx):
    page = text(browser.get("/en/desk/support-rules"))
    assert "In force: the rule of the programme file" in page
    for name in ("Campaigns", "DataPrep", "PageSense", "Marketing Automation", "Writer – Automation and mail merge"):
        assert name in page
    form = html.fromstring(browser.get("/en/desk/support-rules").text)
    assert form.xpath("//input[@name='threshold-US']/@value") == ["500"]
    assert set(form.xpath("//input[@name='excluded'][@checked]/@value")) == {
        "campaigns", "dataprep", "pagesense", "marketing-automation", "writer/automation"}


def test_from_the_draft_to_the_tickets(browser, cast, make_ctx, run_jobs):
    ticket = opened(cast, "Middle", 200)
    at = drafted(browser, make_ctx)
    page = browser.get(at)
    assert "This version has not been tried" in text(page)
    assert "/activation" not in page.text
    assert press(browser, at, "trial").status_code == 303
    page = browser.get(at)
    assert 'hx-trigger="load delay:2s"' in page.text
    assert "Refresh" in text(page)
    run_jobs()
    page = browser.get(at)
    said = text(page)
    assert "hx-trigger" not in html.tostring(html.fromstring(page.text).get_element_by_id("trial")).decode()
    for part in (ticket.number, "Andina Cloud", "Middle", "S3-Medium → S1-Critical", "User licenses that count: 200"):
        assert part in said
    assert Ticket.get_by_id(ticket.id).severity == "S3"
    assert press(browser, at, "activation").location.endswith("/desk/support-rules")
    page = browser.get("/en/desk/support-rules")
    assert "The open tickets are being judged" in text(page)
    run_jobs()
    page = text(browser.get("/en/desk/support-rules"))
    assert "are being judged" not in page
    assert "In force: version 1" in page
    assert Ticket.get_by_id(ticket.id).severity == "S1"


def test_the_dry_run_as_a_fragment(browser, make_ctx):
    at = drafted(browser, make_ctx)
    press(browser, at, "trial")
    part = browser.get(at, headers=HTMX)
    assert re.match(r'\s*<section class="panel" id="trial"', part.text)
    assert "<main" not in part.text


def test_what_was_typed_wrongly_is_kept(browser, make_ctx):
    wrong = fields(make_ctx, us="many", note="") | {"threshold-EU": "0", "excluded": ["crm"]}
    answer = browser.send("/en/desk/support-rules", **wrong)
    assert answer.status_code == 422
    form = html.fromstring(answer.text)
    assert form.xpath("//input[@name='threshold-US']/@value") == ["many"]
    assert form.xpath("//input[@name='excluded'][@checked]/@value") == ["crm"]
    links = form.xpath("//div[contains(@class, 'summary')]//a/@href")
    assert set(links) == {"#threshold-US", "#threshold-EU", "#note"}
    assert not Rule.select().exists()


@pytest.mark.parametrize("wrong", [{"excluded": ["nothing"]}, {"threshold-US": ""}, {"threshold-US": "1e3"},
                                   {"threshold-US": "99999999999999999999"}, {"note": "x" * 1001}])
def test_nonsense_is_refused(browser, make_ctx, wrong):
    assert browser.send("/en/desk/support-rules", **fields(make_ctx) | wrong).status_code == 422
    assert not Rule.select().exists()


def test_nobody_sets_what_the_form_does_not_ask(browser, make_ctx):
    browser.send("/en/desk/support-rules", **fields(make_ctx), version="99", state="active", tried_at="2026-01-01")
    row = Rule.get()
    assert (row.version, row.state, row.tried_at) == (1, "draft", None)


def test_a_draft_that_somebody_else_changed_is_shown_as_it_is(browser, make_ctx):
    at = drafted(browser, make_ctx)
    old = seen_on(browser.get(at))
    browser.send("/en/desk/support-rules", page=at, **fields(make_ctx, us=50, seen=old))
    for act in ("trial", "activation", "discard"):
        answer = browser.send(f"{at}/{act}", page=at, seen=old)
        assert answer.status_code == 409
        assert "changed in the meantime" in text(answer)
    answer = browser.send("/en/desk/support-rules", page=at, **fields(make_ctx, us=70, seen=old))
    assert answer.status_code == 409
    assert html.fromstring(answer.text).xpath("//input[@name='threshold-US']/@value") == ["70"]
    assert Rule.get().thresholds["US"] == 50
    answer = browser.send("/en/desk/support-rules", page=at, **fields(make_ctx, us=70, seen=seen_on(answer)))
    assert answer.status_code == 303


def test_without_dry_run_it_does_not_take_effect(browser, make_ctx):
    at = drafted(browser, make_ctx)
    answer = press(browser, at, "activation")
    assert answer.status_code == 409
    assert "needs a dry run" in text(answer)
    assert Rule.get().state == "draft"


def test_twice_pressed_is_once(browser, make_ctx, run_jobs):
    at = drafted(browser, make_ctx)
    seen = seen_on(browser.get(at))
    press(browser, at, "trial")
    run_jobs()
    press(browser, at, "activation")
    assert browser.send(f"{at}/activation", page="/en/desk/support-rules", seen=seen).status_code == 409
    assert Rule.select().where(Rule.state == "active").count() == 1


def test_discarding(browser, make_ctx):
    at = drafted(browser, make_ctx)
    assert press(browser, at, "discard").status_code == 303
    page = text(browser.get(at))
    assert "Discarded" in page
    assert "Change the draft" not in page


def test_a_trial_that_fails_can_be_started_again(browser, make_ctx):
    from portal.jobs.models import Job

    at = drafted(browser, make_ctx)
    press(browser, at, "trial")
    with transaction():
        Job.update(state="failed").where(Job.kind == "support.try-rule").execute()
    page = browser.get(at)
    assert "The dry run failed" in text(page)
    assert f"{at}/trial" in page.text


def test_a_post_path_read_leads_to_its_page(browser, make_ctx):
    at = drafted(browser, make_ctx)
    for act in ("trial", "activation", "discard"):
        assert browser.get(f"{at}/{act}").location == at


def test_who_is_no_lead_stays_out(cast, lead, browser, make_ctx):
    at = drafted(browser, make_ctx)
    support = cast.person("agent@vendor.example", "en", staff="support").browser()
    for address in ("/en/desk/support-rules", at):
        assert support.get(address).status_code == 403
    assert "/desk/support-rules" not in support.get("/en/desk", follow_redirects=True).text
    assert "/desk/support-rules" in browser.get("/en/desk", follow_redirects=True).text
    assert browser.get("/en/desk/support-rules/222222222222").status_code == 404
    assert cast.admin.browser().get(at).status_code in (403, 404)


def test_without_the_forms_token_nothing_happens(browser, make_ctx):
    at = drafted(browser, make_ctx)
    for address in ("/en/desk/support-rules", f"{at}/trial", f"{at}/activation", f"{at}/discard"):
        assert browser.post(address, data=fields(make_ctx)).status_code == 400


def test_what_the_record_says_of_an_activation(browser, make_ctx, run_jobs):
    from portal.audit.models import Event

    at = drafted(browser, make_ctx)
    press(browser, at, "trial")
    run_jobs()
    press(browser, at, "activation")
    act = Event.get(Event.verb == "support-rule.activated")
    row = Rule.get()
    assert (act.subject, act.actor_name, act.side) == (row.public_id, "Lead", "staff")
    assert fingerprint(row.thresholds, row.excluded)
