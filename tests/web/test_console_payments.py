"""Payment reports in the Console: the Store's report, without the customers that the partner does not administer."""

from __future__ import annotations

import pytest
from lxml import html

from tests.billing.history import told
from tests.billing.shop import Shop
from tests.client import HTMX, statements

LIST = "/en/console/payments"


@pytest.fixture
def history(cast, gateway, clock, run_jobs):
    return told(Shop(cast, gateway, clock, run_jobs), cast)


def text(element):
    return " ".join(element.text_content().split())


def tables(response):
    assert response.status_code == 200
    return [[[text(cell) for cell in row.xpath("./th | ./td")] for row in table.xpath("./tbody/tr")]
            for table in html.fromstring(response.data).xpath("//table")]


def test_only_customers_that_the_partner_administers(history, cast):
    browser = cast.admin.browser()
    _sums, here = tables(browser.get(LIST))
    store_sums, everywhere = tables(browser.get("/en/store/reports/payments"))
    assert len(everywhere) - len(here) == 2
    assert not [row for row in here if row[0].startswith("Gone")]
    assert [row for row in everywhere if row[0].startswith("Gone")]
    paid = next(row for row in _sums if row[0] == "THB" and row[1] == "Paid")
    in_store = next(row for row in store_sums if row[0] == "THB" and row[1] == "Paid")
    assert (paid[2], in_store[2]) == ("2", "4")
    assert browser.get(f"{LIST}?customer={history.gone.public_id}").status_code == 404
    assert browser.get(f"{LIST}?q=gone").text.count("No customer found") == 1


def test_the_same_filters_receipts_and_files(history, cast):
    browser = cast.admin.browser()
    page = browser.get(LIST + "?state=refunded")
    sums, rows = tables(page)
    assert ([row[2] for row in sums], len(rows)) == (["2"], 2)
    tree = html.fromstring(page.data)
    receipt = tree.xpath("//td/a[contains(@href, '/store/invoices/')]/@href")[0]
    assert browser.get(receipt).status_code == 200
    file = tree.xpath("//a[contains(@href, 'payments.csv')]/@href")[0]
    assert len(browser.get(file).data.decode("utf-8-sig").splitlines()) == 3
    assert tree.xpath("//form[@role='search']/@action") == [LIST]


def test_who_may_and_as_a_fragment(history, cast, client):
    assert client.get(LIST).status_code == 302
    assert cast.colleague.browser().get(LIST).status_code == 200
    assert cast.siam_admin.browser().get(LIST).status_code == 403
    narrow = cast.member("seller@small.example", "en", cast.partner("Small", "US", "en", console=False), "sales")
    assert narrow.browser().get(LIST).status_code == 403
    helper = cast.member("helper@andina.example", "en", cast.andina, "support").browser()
    assert helper.get(LIST).status_code == 403, "the Console's door alone does not open reports"
    assert LIST not in helper.get("/en/console/customers").text
    assert "No payments in this period" in cast.outsider.browser().get(LIST).text
    part = cast.admin.browser().get(LIST, headers=HTMX).text
    assert part.lstrip().startswith('<div id="rows">')


def test_at_most_five_statements(history, cast):
    browser = cast.admin.browser()
    for path in (LIST, LIST + "?q=silk", LIST + "?state=refunded"):
        with statements() as seen:
            browser.get(path)
        assert len(seen) <= 5


def test_the_menu_leads_there(history, cast):
    page = html.fromstring(cast.admin.browser().get("/en/console/customers").data)
    assert LIST in page.xpath("//nav[@id='menu']//a/@href")
