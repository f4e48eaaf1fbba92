"""The Partner Store: what needs attention, all customers of all services, and the page of each."""

from datetime import date

import pytest
from lxml import html

from portal.customers.models import Organization
from portal.subscriptions.models import Subscription
from tests.client import HTMX, statements

HOME, LIST = "/en/store/", "/en/store/customers"


def text(element):
    return " ".join(element.text_content().split())


def panels(response):
    """Return the home page's panels as {title: (count, rows)}."""
    found = {}
    for panel in html.fromstring(response.data).xpath("//section"):
        if not panel.xpath("./h2/span"):
            continue
        count = panel.xpath("./h2/span")[0].text_content().strip()
        title = panel.xpath("./h2/text()")[0].strip()
        found[title] = (count, [text(item) for item in panel.xpath(".//li")])
    return found


def rows(response):
    return [text(row) for row in html.fromstring(response.data).xpath("//table//tbody/tr")]


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


def test_home_shows_what_needs_attention(cast, browser):
    cast.customer("Late", "late.example", verified=False)
    cast.customer("Soon", "soon.example", standing="trial", started_on=date(2026, 2, 20))
    cast.customer("Fresh", "fresh.example", standing="trial")
    cast.customer("Due", "due.example", renews_on=date(2026, 3, 20))
    cast.customer("Later", "later.example", renews_on=date(2026, 6, 1))
    assert panels(browser.get(HOME)) == {
        "Domains to verify": ("1", ["Late late.example"]),
        "Trials ending within a week": ("1", ["Soon 5 days left"]),
        "Renewals due within 30 days": ("1", ["Due Mar 20, 2026"]),
    }


def test_home_counts_to_ninety_nine_and_shows_five(cast, browser):
    for n in range(100):
        cast.customer(f"Late {n:03}", f"late{n}.example", verified=False)
    with statements() as seen:
        page = browser.get(HOME)
    assert len(seen) <= 5
    count, shown = panels(page)["Domains to verify"]
    assert count == "99+"
    assert [row.split(" late")[0] for row in shown] == [f"Late {n:03}" for n in range(5)]
    link = html.fromstring(page.data).xpath("//section//a[contains(@href, 'state=unverified')]/@href")[0]
    assert len(rows(browser.get(link))) == 25


def test_home_of_who_has_no_customers_yet(cast, browser):
    page = browser.get(HOME)
    assert "No customers yet" in page.text
    assert "/en/console/customers/add" in page.text
    narrow = cast.member("seller@small.example", "en", cast.partner("Small", "US", "en", console=False), "sales")
    assert "/console/" not in narrow.browser().get(HOME).text


def test_who_may_enter_the_store(cast, client):
    siam = cast.siam
    for path in (HOME, LIST, f"{LIST}/{siam.public_id}"):
        assert client.get(path).status_code == 302
        assert cast.newcomer.browser().get(path).status_code == 403
        assert cast.siam_admin.browser().get(path).status_code == 403
        assert cast.colleague.browser().get(path).status_code == 200
    outsider = cast.outsider.browser()
    assert "Siam" not in outsider.get(LIST).text
    assert outsider.get(f"{LIST}/{siam.public_id}").status_code == 404
    assert cast.admin.browser().get(f"{LIST}/nosuchthing").status_code == 404


@pytest.mark.parametrize(("access", "mark"), [("revoked", "Access revoked"), ("suspended", "Access suspended")])
def test_a_customer_that_ended_access_stays_and_is_marked(cast, browser, access, mark):
    gone = cast.customer("Gone", "gone.example", access=access)
    assert mark in rows(browser.get(LIST))[0]
    page = browser.get(f"{LIST}/{gone.public_id}")
    assert mark in page.text
    assert f"/en/organizations/{gone.public_id}" not in page.text


def test_the_list_has_all_services_of_a_customer(cast, browser):
    Subscription.create(
        organization=cast.siam, service="mail", plan="mail-lite", state="paid", licenses=3, period="monthly",
        currency="USD", unit_price=125, started_on=date(2026, 3, 1), renews_on=date(2026, 4, 1), created_at=cast.now,
    )
    cast.customer("Only mail", "mail.example", plan="mail-lite", access="none")
    mail, siam = rows(browser.get(LIST))
    assert mail.startswith("Only mail mail.example Mail Lite")
    assert "Workplace Standard" in siam
    assert "Mail Lite" in siam


def test_search_filter_sort_and_pages(cast, browser):
    for n in range(30):
        cast.customer(f"C{n:02}", f"c{n:02}.example", standing="trial" if n % 2 else "paid")
    assert rows(browser.get(LIST + "?q=c07"))[0].startswith("C07")
    assert len(rows(browser.get(LIST + "?state=trial"))) == 15
    first = browser.get(LIST + "?sort=-domain")
    assert rows(first)[0].startswith("C29")
    following = html.fromstring(first.data).xpath("//a[@rel='next']/@href")[0]
    assert [row[:3] for row in rows(browser.get(following))] == ["C04", "C03", "C02", "C01", "C00"]
    assert browser.get(LIST, headers=HTMX).text.lstrip().startswith('<div id="rows">')


def test_the_same_few_statements_whatever_the_rows(cast, browser):
    counts = []
    for number in (30, 300):
        while (n := Organization.select().count()) < number:
            cast.customer(f"C{n}", f"c{n}.example", verified=n % 2 == 0)
        for path in (HOME, LIST):
            with statements() as seen:
                browser.get(path)
            counts.append(len(seen))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 5


def test_the_page_of_a_customer(cast, browser):
    siam = cast.siam
    page = browser.get(f"{LIST}/{siam.public_id}")
    facts = {text(pair[0]): text(pair[1]) for pair in html.fromstring(page.data).xpath("//dl/div")}
    assert facts["Domain name"] == "siam.example Verified"
    assert facts["Super administrator"] == "Super Admin super-admin@siam.example"
    assert facts["Country"] == "Thailand"
    assert facts["Customer since"] == "March 2, 2026"
    assert rows(page)[0].startswith("Workplace Workplace Standard Paid 10 Yearly")
    assert f"/en/organizations/{siam.public_id}/" in page.text


def test_the_page_of_a_customer_offers_what_the_console_would(cast, browser):
    late = cast.customer("Late", "late.example", verified=False)
    page = browser.get(f"{LIST}/{late.public_id}")
    assert f"/en/console/customers/{late.public_id}/domain" in page.text
    assert f"/en/organizations/{late.public_id}/" not in page.text


def test_thai_readers_see_their_years(cast):
    siam = cast.siam
    browser = cast.admin.browser()
    for path in ("/th/store/customers", f"/th/store/customers/{siam.public_id}"):
        assert "2570" in browser.get(path).text
