"""The vendor's staff find any invoice and give money back: amounts are read strictly and shown before they count."""

from __future__ import annotations

import pytest
from lxml import html

from portal.billing.models import Invoice, Refund
from portal.web.pdf import available
from tests.billing.shop import Shop
from tests.client import HTMX
from tests.web.test_store_invoices import bought, due, money, rows, steps, text

LIST = "/en/desk/invoices"


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


@pytest.fixture
def browser(cast):
    return cast.reviewer.browser()


def preview(response) -> dict[str, str]:
    """What the page says that a refund does."""
    found = html.fromstring(response.data).xpath("//h3[text()='What this refund does']/following-sibling::dl[1]/div")
    return {text(div.xpath("./dt")[0]): text(div.xpath("./dd")[0]) for div in found}


def confirm(browser, path: str, amount: str, reason: str = "Two licenses too many") -> object:
    """Look what a refund does, and confirm it as the page has it."""
    tree = html.fromstring(browser.get(f"{path}?amount={amount}").data)
    [form] = tree.xpath("//form[.//textarea[@name='reason']]")
    return browser.post(form.get("action"), data={**dict(form.form_values()), "reason": reason})


def test_staff_find_invoices_of_all_partners(shop, browser, cast):
    invoice = bought(shop)
    other = cast.customer("Elsewhere", "elsewhere.example", partner=cast.outsider.partner)
    cast.card(other, token="two")
    assert rows(browser.get(f"{LIST}?q={invoice.code.lower()}"))[0].startswith(invoice.code)
    assert rows(browser.get(f"{LIST}?q=siam"))[0].startswith(invoice.code)
    assert rows(browser.get(f"{LIST}?q=elsewhere")) == []
    assert browser.get(LIST, headers=HTMX).text.lstrip().startswith('<div class="table">')


def test_a_refund_is_shown_before_it_is_made(shop, browser):
    invoice = bought(shop)
    path = f"{LIST}/{invoice.public_id}"
    assert (invoice.total, invoice.net, invoice.commission) == (749000, 700000, 70000)
    assert preview(browser.get(f"{path}?amount=1,000.00")) == {
        "The recipient gets back": "1,000.00 THB", "Credit note without tax": "934.58 THB", "Tax on it": "65.42 THB",
        "Commission that the partner loses": "93.46 THB", "Left of the payment": "6,490.00 THB",
    }
    assert Refund.select().count() == 0


def test_part_after_part_until_nothing_is_left(shop, browser):
    invoice = bought(shop)
    path = f"{LIST}/{invoice.public_id}"
    assert confirm(browser, path, "1000").status_code == 303
    waiting = browser.get(path)
    assert html.fromstring(waiting.data).get_element_by_id("payment").get("hx-get") == path
    assert "A refund is under way: 1,000.00 THB." in steps(waiting)
    assert "Give money back" not in waiting.text
    shop.work()
    assert any(step.startswith("Given back: 1,000.00 THB.") for step in steps(browser.get(path)))
    assert confirm(browser, path, "6490").status_code == 303
    shop.work()
    done = browser.get(path)
    assert "Give money back" not in done.text
    assert Invoice.get_by_id(invoice.id).state == "credited"
    assert sum(amount for _reference, amount in shop.gateway.refunds.values()) == invoice.total


@pytest.mark.parametrize(("language", "typed"), [
    ("es", "12.5"), ("es", "1.250"), ("en", "12,5"), ("en", "1,250"), ("fr", "12.50"), ("th", "12,50"), ("en", "-5"),
    ("en", "0"), ("en", "7490.01"), ("en", "twelve"), ("en", "9" * 30),
])
def test_amounts_that_cannot_be_meant_are_refused_with_what_was_typed(shop, browser, language, typed):
    invoice = bought(shop)
    page = browser.get(f"/{language}/desk/invoices/{invoice.public_id}?amount={typed}")
    assert page.status_code == 422
    assert html.fromstring(page.data).xpath("//input[@name='amount']/@value") == [typed]
    assert not html.fromstring(page.data).xpath("//textarea")


def test_a_refund_needs_a_reason_and_keeps_the_rest(shop, browser):
    invoice = bought(shop)
    refused = confirm(browser, f"{LIST}/{invoice.public_id}", "10", reason=" ")
    assert refused.status_code == 422
    assert preview(refused)["The recipient gets back"] == "10.00 THB"
    assert Refund.select().count() == 0


def test_two_at_once_are_one_refund(shop, browser, cast):
    """Two members of staff saw the same page: the second one is shown what is so now."""
    invoice = bought(shop)
    path = f"{LIST}/{invoice.public_id}"
    tree = html.fromstring(browser.get(f"{path}?amount=10").data)
    [form] = tree.xpath("//form[.//textarea[@name='reason']]")
    data = {**dict(form.form_values()), "reason": "Once"}
    assert browser.post(form.get("action"), data=data).status_code == 303
    assert browser.post(form.get("action"), data=data).status_code == 409
    shop.work()
    assert browser.post(form.get("action"), data=data).status_code == 409
    assert Refund.select().count() == 1


def test_what_the_gateway_refuses_is_told(shop, browser, monkeypatch):
    from portal.adapters.cards import Refused

    invoice = bought(shop)

    def refuse(*_args: object) -> str:
        raise Refused("charge_disputed")

    monkeypatch.setattr(shop.gateway, "refund", refuse)
    confirm(browser, f"{LIST}/{invoice.public_id}", "10")
    shop.work()
    page = browser.get(f"{LIST}/{invoice.public_id}")
    assert "A refund was not possible: 10.00 THB." in steps(page)
    assert "Give money back" in page.text
    assert Invoice.get_by_id(invoice.id).credited == 0


def test_what_is_unpaid_cannot_be_given_back(shop, browser):
    invoice = due(shop)
    assert "Give money back" not in browser.get(f"{LIST}/{invoice.public_id}").text
    path = f"{LIST}/{invoice.public_id}"
    assert browser.send(f"{path}/refunds", page=path, minor=10, seen=0, reason="?").status_code == 409


def test_only_staff(shop, cast, client):
    invoice = bought(shop)
    for path in (LIST, f"{LIST}/{invoice.public_id}", f"{LIST}/{invoice.public_id}.pdf"):
        assert cast.admin.browser().get(path).status_code == 403
        assert cast.siam_admin.browser().get(path).status_code == 403
        assert client.get(path).status_code == 302
    assert cast.admin.browser().send(f"{LIST}/{invoice.public_id}/refunds", page="/en/store/").status_code == 403
    assert cast.reviewer.browser().get(f"{LIST}/none").status_code == 404
    assert cast.reviewer.browser().get(f"{LIST}/{invoice.public_id}/refunds").status_code == 303


def test_a_reseller_loses_margin(shop, browser):
    invoice = bought(shop, "reseller")
    shown = preview(browser.get(f"{LIST}/{invoice.public_id}?amount=10"))
    assert shown["Margin that the partner loses"] == money(round(invoice.commission * 1000 / invoice.total))


@pytest.mark.skipif(not available(), reason="the extra for PDFs is not installed")
def test_as_pdf(shop, browser):
    invoice = bought(shop)
    assert browser.get(f"{LIST}/{invoice.public_id}.pdf").data[:5] == b"%PDF-"


def test_a_large_refund_is_for_two(shop, browser, cast):
    invoice = bought(shop)
    path = f"{LIST}/{invoice.public_id}"
    assert confirm(browser, path, "7000.01").status_code == 303
    mine = browser.get(path).text
    assert "Take the refund back" in mine
    assert "Give money back" not in mine  # one at a time
    assert "Siam Trading" in browser.get("/en/desk/refunds").text
    second = cast.person("second@vendor.example", "en", staff="finance").browser()
    page = html.fromstring(second.get(path).data)
    [approve] = page.xpath("//form[contains(@action, '/approve')]")
    [reject] = page.xpath("//form[contains(@action, '/reject')]")
    silent = second.post(reject.get("action"), data=dict(reject.form_values()))
    assert silent.status_code == 422
    assert second.post(approve.get("action"), data=dict(approve.form_values())).status_code == 303
    assert second.post(approve.get("action"), data=dict(approve.form_values())).status_code == 409
    shop.work()
    assert Invoice.get_by_id(invoice.id).credited == 700_001
    assert "No refund waits" in second.get("/en/desk/refunds").text
    reader = second.get(approve.get("action"))
    assert (reader.status_code, reader.headers["Location"]) == (303, path)
