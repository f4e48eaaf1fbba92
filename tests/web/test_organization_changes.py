"""The page of one change of partner, and the list of them, as the organization's super administrator reads it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import html

from portal.customers.models import Organization
from portal.mail.models import Outgoing
from portal.relations.models import Change
from portal.storage import transaction
from tests.billing.rows import an_invoice
from tests.client import statements
from tests.relations.doors import agree, boss, entered

LANGUAGES = ("en", "es", "fr", "th")


def path(cast, rest="", lang="en"):
    return f"/{lang}/organizations/{cast.siam.public_id}/partner{rest}"


def text(response):
    return " ".join(html.fromstring(response.get_data(as_text=True)).text_content().split())


@pytest.fixture
def change(cast):
    """A move that was agreed to for a day in two weeks, while an invoice was open."""
    assert cast.admin
    with transaction():
        an_invoice(cast)
    return agree(cast, entered(cast), with_access=True, day=boss(cast).today("Asia/Bangkok") + timedelta(days=14))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_in_every_language(cast, change, lang):
    browser = cast.siam_admin.browser()
    with statements() as seen:
        page = browser.get(path(cast, f"/changes/{change.public_id}", lang))
    assert page.status_code == 200
    assert len(seen) <= 5
    for words in ("Andina Cloud", "Other Resale", "107"):
        assert words in text(page)


def test_it_says_what_was_agreed_and_what_was_open(cast, change):
    page = text(cast.siam_admin.browser().get(path(cast, f"/changes/{change.public_id}")))
    for words in ("Announced", "Yes, from that day on", "An invoice to the customer is open", "Mar 16, 2026",
                  "What the partner will see", "The record of your organization",
                  "Until that day you can take it back"):
        assert words in page, words


def test_the_page_after_its_day_offers_no_way_back(cast, change, clock, run_jobs):
    browser = cast.siam_admin.browser()
    here = path(cast, f"/changes/{change.public_id}")
    clock.advance(days=15)
    run_jobs()
    page = browser.get(here)
    assert Organization.get_by_id(cast.siam.id).partner == cast.outsider.partner
    assert "Carried out" in text(page)
    assert "take-back" not in page.text
    browser.send(f"{here}/take-back", page=path(cast, "/leave"))
    assert Change.get().state == "done"


def test_changes_are_listed_with_how_they_stand(cast, change):
    browser = cast.siam_admin.browser()
    links = "//main//a[contains(@href, '/partner/changes')]/@href"
    [there] = html.fromstring(browser.get(path(cast)).data).xpath(links)
    page = browser.get(there)
    for words in ("Andina Cloud", "Other Resale", "Announced"):
        assert words in text(page)
    [link] = html.fromstring(page.data).xpath(links)
    assert browser.get(link).status_code == 200
    for other in (cast.siam_manager, cast.admin):  # the partner of now does not read along
        assert other.browser().get(there).status_code == 403
        assert "Other Resale" not in other.browser().get(path(cast)).text


def test_consent_leads_to_the_page_of_the_change(cast):
    browser, offer = cast.siam_admin.browser(), entered(cast)
    form = html.fromstring(browser.get(path(cast, f"/attach/{offer}")).data).xpath("//form[.//*[@name='seen']]")[0]
    fields = {**dict(form.form_values()), "with_access": "no", "agree": "y"}
    answer = browser.post(path(cast, f"/attach/{offer}"), data=fields)
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"/partner/changes/{Change.get().public_id}")


@pytest.mark.parametrize(("own", "kind"), [(True, "customer"), (False, "none")])
def test_who_pays_afterwards_is_who_was_named_before(cast, own, kind):
    if own:
        cast.card(cast.siam, "customer", token="own")
    cast.card(Organization.get_by_id(cast.siam.id), "reseller")
    offer = entered(cast)
    page = text(cast.siam_admin.browser().get(path(cast, f"/attach/{offer}")))
    after = page.split("From the day of the change on")[1]
    assert after.strip().startswith("Your organization, with its own card" if own else "No card is set")
    agree(cast, offer)
    assert Organization.get_by_id(cast.siam.id).card_kind == kind


def test_each_side_reads_of_it_in_its_own_language_once(cast, change, clock, run_jobs, mailer):
    for days in (0, 8, 1, 6):
        clock.advance(days=days)
        run_jobs()
    found = [(str(mail["To"].addresses[0].addr_spec), mail["Content-Language"]) for mail in mailer.sent
             if Outgoing.select().where(Outgoing.event == "partner-change", Outgoing.to_address == str(
                 mail["To"].addresses[0].addr_spec)).exists()]
    told = {mail.key.split(":")[2] for mail in Outgoing.select().where(Outgoing.event == "partner-change")}
    assert told == {"announced", "coming", "done"}
    assert set(found) >= {("super-admin@siam.example", "th"), ("partner-admin@andina.example", "es"),
                          ("outsider@other.example", "en")}
    assert Outgoing.select().where(Outgoing.event == "partner-change").count() == 9
