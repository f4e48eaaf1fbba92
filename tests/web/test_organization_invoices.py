"""Invoices in the customer's own console: what is made out to it; of what its partner pays, no amount."""

from __future__ import annotations

import pytest
from lxml import html

from portal.billing.models import Invoice
from portal.web.pdf import available
from tests.billing.shop import Shop
from tests.client import HTMX
from tests.web.test_store_invoices import bought, due, money, paper, rows, steps


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


def address(cast, *more: str, language: str = "en") -> str:
    return "/".join((f"/{language}/organizations/{cast.siam.public_id}/invoices", *more))


def test_the_customer_reads_what_it_has_paid(shop, cast):
    invoice = bought(shop)
    browser = cast.siam_manager.browser()
    assert rows(browser.get(address(cast)))[0].startswith(invoice.code)
    page = browser.get(address(cast, invoice.public_id))
    assert steps(page) == ["Issued.", f"Paid with the card ending in 4242: {money(invoice.total)}."]
    assert paper(page).get("lang") == "th"
    assert browser.get(address(cast, invoice.public_id), headers=HTMX).text.lstrip().startswith("<section")
    assert browser.get(address(cast), headers=HTMX).text.lstrip().startswith('<div class="table">')


def test_the_same_timeline_is_shown_to_partner_and_customer(shop, cast):
    invoice = due(shop)
    ours = steps(cast.siam_manager.browser().get(address(cast, invoice.public_id)))
    assert ours == steps(cast.admin.browser().get(f"/en/store/invoices/{invoice.public_id}"))
    assert ours == steps(cast.reviewer.browser().get(f"/en/desk/invoices/{invoice.public_id}"))
    assert "Try to charge it now" not in cast.siam_manager.browser().get(address(cast, invoice.public_id)).text


def test_the_holder_of_the_card_can_confirm(shop, cast):
    shop.gateway.action.add("tok")
    invoice = due(shop)
    page = cast.siam_manager.browser().get(address(cast, invoice.public_id))
    assert html.fromstring(page.data).xpath("//ol//a[text()='Confirm the payment']/@href")[0].startswith("https://cards")


def test_what_the_partner_pays_shows_days_and_no_amounts(shop, cast):
    invoice = due(shop, "reseller")
    browser = cast.siam_manager.browser()
    page = browser.get(address(cast))
    assert rows(page) == []
    assert "Workplace Standard has not been paid yet" in page.text
    assert "USD" not in page.text
    assert invoice.code not in page.text
    assert steps(page)[-1].startswith("The subscription ends, unless it has been paid.")
    assert browser.get(address(cast, invoice.public_id)).status_code == 404
    assert browser.get(address(cast, f"{invoice.public_id}.pdf")).status_code == 404


def test_nobody_else_sees_them(shop, cast):
    invoice = bought(shop)
    for path in (address(cast), address(cast, invoice.public_id), address(cast, f"{invoice.public_id}.pdf")):
        assert cast.outsider.browser().get(path).status_code == 404
        assert cast.newcomer.browser().get(path).status_code == 404
    other = cast.customer("Lanna Crafts", "lanna.example")
    cast.employ(other, cast.newcomer, "super-admin")
    mine = f"/th/organizations/{other.public_id}/invoices"
    assert rows(cast.newcomer.browser().get(mine)) == []
    assert cast.newcomer.browser().get(f"{mine}/{invoice.public_id}").status_code == 404
    assert rows(cast.newcomer.browser().get(f"{mine}?customer={cast.siam.public_id}")) == []


@pytest.mark.skipif(not available(), reason="the extra for PDFs is not installed")
def test_as_pdf(shop, cast):
    invoice = bought(shop)
    made = cast.siam_admin.browser().get(address(cast, f"{invoice.public_id}.pdf", language="th"))
    assert made.data[:5] == b"%PDF-"


def test_invoices_are_made_out_to_who_paid_when_they_paid(shop, cast):
    """A customer that begins to pay itself sees its own invoices only, and goes on seeing them afterwards."""
    first = bought(shop, "reseller", token="one")
    own = due(shop, token="two")
    del shop.gateway.decline["two"]
    cast.card(cast.siam, "reseller", token="three")
    seen = {row.split()[0] for row in rows(cast.siam_manager.browser().get(address(cast)))}
    assert own.code in seen
    assert first.code not in seen
    assert Invoice.get_by_id(first.id).card_kind == "reseller"
