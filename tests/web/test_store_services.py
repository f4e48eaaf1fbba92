"""*Configure services*: the catalog for a customer, and adding a service on trial or paid."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from lxml import html

from portal.billing.models import Order
from portal.subscriptions.models import Subscription
from tests.client import HTMX, statements
from tests.no_js import NoJs


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


@pytest.fixture
def person(browser):
    return NoJs(browser)


@pytest.fixture
def catalog(cast):
    return f"/en/store/customers/{cast.siam.public_id}/services"


def words(response):
    return " ".join(html.fromstring(response.data).xpath("//main")[0].text_content().split()).replace("\u00a0", " ")


def services(response):
    return [" ".join(title.text_content().split()) for title in html.fromstring(response.data).xpath("//h3")]


def test_the_whole_catalog_in_few_statements(catalog, browser, make_ctx):
    with statements() as seen:
        page = browser.get(catalog)
    assert len(seen) <= 5
    programme = make_ctx().programme
    assert len(html.fromstring(page.data).xpath("//h2")) == len(programme.categories)
    assert {title.removesuffix(" Paid") for title in services(page)} == {
        service.name.get("en") for service in programme.services.values()}
    assert "Workplace Paid" in services(page)
    assert "Ask the vendor about" in words(page)


def test_prices_are_in_the_customer_s_currency(cast, catalog, browser):
    assert "700.00 THB per license and month" in words(browser.get(catalog))
    mexican = cast.customer("Mex", "mex.example", country="MX")
    page = browser.get(f"/en/store/customers/{mexican.public_id}/services")
    assert "370.00 MXN per license and month" in words(page)


SEARCHES = [
    ("en", "crm", "CRM"), ("en", "SALES crm", "CRM"), ("es", "proyecto", "Projects"),
    ("fr", "theme:équipe", None), ("fr", "equipe prudence", "Vault"), ("th", "รหัสผ่าน", "Vault"),
]


@pytest.mark.parametrize(("lang", "typed", "found"), SEARCHES)
def test_search_in_the_reader_s_words(catalog, browser, lang, typed, found):
    address = f"{catalog.replace('/en/', f'/{lang}/')}?{urlencode({'q': typed})}"
    whole, part = browser.get(address), browser.get(address, headers=HTMX)
    assert part.text.lstrip().startswith('<div id="catalog">')
    assert services(whole) == services(part)
    if found:
        assert found in services(whole)
        assert len(services(whole)) < 20
    else:
        assert services(whole) == []


def test_a_service_is_tried_once(cast, catalog, person):
    person.open(catalog).click("Add CRM Standard")
    person.press("Show what it costs", mode="trial", licenses="3", period="monthly")
    assert "The trial costs nothing. It lasts 15 days, until March 17, 2026" in person.text
    assert "2,100.00" in person.text  # the first period afterwards
    person.press("Start the trial")
    crm = Subscription.get(Subscription.service == "crm")
    assert (crm.state, crm.licenses, crm.period, crm.currency) == ("trial", 3, "monthly", "THB")
    assert person.url.endswith(f"/subscriptions/{crm.public_id}")
    person.open(catalog)
    assert not person.has_link("Add CRM Standard")
    assert person.has_link("Show the subscription to CRM")
    Subscription.update(state="ended").where(Subscription.id == crm.id).execute()
    person.open(catalog).click("Add CRM Standard")
    assert "cannot be tried again" in person.text


def test_a_service_is_bought(cast, catalog, person, run_jobs, gateway):
    cast.card(cast.siam)
    person.open(catalog).click("Add CRM Standard")
    person.press("Show what it costs", mode="buy", licenses="3", period="monthly")
    for part in ("3 licenses × 700.00 THB", "2,247.00 THB", "Visa •••• 4242"):
        assert part in person.text.replace("\u00a0", " "), part
    person.press("Buy now")
    assert "The card is being charged" in person.text
    person.open(catalog)
    assert "Ordered, and still being paid." in person.text
    run_jobs()
    assert Subscription.get(Subscription.service == "crm").state == "paid"
    assert gateway.taken == 224700


def test_the_preview_in_few_statements(cast, catalog, browser):
    cast.card(cast.siam, "reseller")
    with statements() as seen:
        page = browser.get(f"{catalog}/crm-standard?licenses=3&mode=buy")
    assert len(seen) <= 5
    assert "Margin of the reseller" in words(page)


def test_without_a_card_nothing_is_bought(catalog, browser):
    page = browser.get(f"{catalog}/crm-standard?licenses=3&mode=buy")
    assert "This customer has no payment card yet." in words(page)
    assert "Buy now" not in words(page)


def test_what_was_not_seen_is_not_bought(cast, catalog, browser):
    cast.card(cast.siam)
    values = {"plan": "crm-standard", "licenses": "3", "period": "monthly", "extra_storage_gb": "0", "mode": "buy"}
    for total in ("1", ""):
        stale = browser.send(f"{catalog}/crm-standard", catalog + "/crm-standard?licenses=3&mode=buy", **values,
                             total=total)
        assert stale.status_code == 409
        assert "changed in the meantime" in words(stale)
        assert "2,247.00 THB" in words(stale) or "Charged now" in words(stale)
    assert not Order.select().exists()


@pytest.mark.parametrize(
    ("values", "status", "said"),
    [({"licenses": "x"}, 422, "Not a valid integer value."), ({"licenses": "0"}, 409, "Use a number from 1"),
     ({"plan": "mail-lite"}, 422, "Not a valid choice."), ({"period": "never"}, 422, "Not a valid choice.")],
)
def test_what_is_wrong_is_said_and_kept(catalog, browser, values, status, said):
    page = browser.get(f"{catalog}/crm-standard?{urlencode({'licenses': '3', 'mode': 'buy', **values})}")
    assert page.status_code == status
    assert said in words(page)
    assert "Before you confirm" not in words(page)


def test_what_there_is_already_leads_to_its_change(catalog, browser):
    answer = browser.get(f"{catalog}/workplace-professional")
    assert answer.status_code == 303
    assert "/change" in answer.headers["Location"]


def test_unknown_plans_and_outsiders_find_nothing(cast, catalog, browser):
    assert browser.get(f"{catalog}/nothing").status_code == 404
    stranger = cast.outsider.browser()
    assert stranger.get(catalog).status_code == 404
    assert stranger.get(f"{catalog}/crm-standard").status_code == 404
    assert stranger.send(f"{catalog}/crm-standard", "/en/store/customers", plan="crm-standard").status_code == 404
