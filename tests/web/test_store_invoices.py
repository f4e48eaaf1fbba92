"""Invoices in the Partner Store: found, read as they were issued, and what has become of them step by step."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from portal.billing.models import BillTo, Charge, Invoice
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from portal.web.pdf import available
from tests.billing.shop import Shop, invoices
from tests.client import HTMX, statements

LIST = "/en/store/invoices"


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


def text(element: Any) -> str:
    return " ".join(element.text_content().replace("\u00a0", " ").split())


def rows(response: Any) -> list[str]:
    return [text(row) for row in html.fromstring(response.data).xpath("//table//tbody/tr")]


def paper(response: Any) -> Any:
    return html.fromstring(response.data).xpath("//article[@class='document']")[0]


def steps(response: Any) -> list[str]:
    """What the timeline says, without its days."""
    found = html.fromstring(response.data).xpath("//ol[@class='timeline']/li")
    return [" ".join(text(p) for p in li.xpath("./p[not(@class)]")) for li in found]


def money(minor: int, currency: str = "THB") -> str:
    return f"{minor / 100:,.2f} {currency}"


def bought(shop: Shop, kind: str = "customer", token: str = "tok", **more: Any) -> Invoice:
    shop.cast.card(shop.cast.siam, kind, token=token)
    return invoices(shop.bought(shop.cast.siam, **more))[0]


def due(shop: Shop, kind: str = "customer", token: str = "tok") -> Invoice:
    """An invoice of a renewal whose card was declined; without a token there is no card."""
    assert shop.cast.siam
    shop.gateway.decline[token] = "insufficient_funds"
    if token:
        shop.cast.card(shop.cast.siam, kind, token=token)
    Subscription.update(renews_on=shop.clock.now.date()).execute()
    shop.clock.advance(hours=1)
    shop.work()
    return Invoice.select().order_by(Invoice.id.desc()).get()


def test_the_list_finds_by_number_customer_and_state(shop, browser, cast):
    first = bought(shop)
    other = cast.customer("Lanna Crafts", "lanna.example", country="ES")
    cast.card(other, "reseller", token="two")
    second = invoices(shop.bought(other))[0]
    shop.refund(first, 100)
    shop.work()
    note = Invoice.get(Invoice.kind == "credit-note")
    assert [row.split()[0] for row in rows(browser.get(LIST))] == [note.code, second.code, first.code]
    assert rows(browser.get(f"{LIST}?q={first.code}"))[0].startswith(first.code)
    assert [row.split()[0] for row in rows(browser.get(f"{LIST}?q=lanna"))] == [second.code]
    assert rows(browser.get(f"{LIST}?q=%20{first.number}"))[-1].startswith(first.code)
    assert [row.split()[0] for row in rows(browser.get(f"{LIST}?state=issued"))] == [note.code]
    assert rows(browser.get(f"{LIST}?state=open")) == []
    only = browser.get(f"{LIST}?customer={other.public_id}")
    assert [row.split()[0] for row in rows(only)] == [second.code]
    assert "Only of Lanna Crafts." in only.text
    assert "No invoice found" in browser.get(f"{LIST}?q=nothing").text
    assert rows(browser.get(f"{LIST}?state=issued"))[0].endswith("−1.00 THB")
    assert browser.get(LIST, headers=HTMX).text.lstrip().startswith('<div class="table">')


def test_who_has_no_invoices_reads_when_there_will_be_some(browser):
    assert "No invoices yet" in browser.get(LIST).text


def test_pages_of_any_length_cost_the_same(shop, browser):
    first = bought(shop)
    with transaction():
        values = {name: getattr(first, name) for name in Invoice._meta.fields if name not in {"id", "public_id"}}
        for number in range(100, 130):
            Invoice.create(**{**values, "number": number, "code": f"TH-{number:06d}"})
    page = browser.get(LIST)
    with statements() as few:
        browser.get(f"{LIST}?q={first.code}")
    with statements() as many:
        browser.get(LIST)
    assert len(few) == len(many) <= 5
    assert len(rows(page)) == 25
    following = html.fromstring(page.data).xpath("//a[@rel='next']/@href")[0]
    assert len(rows(browser.get(following))) == 6


def test_a_purchase_leads_to_its_receipt_in_two_clicks(shop, browser):
    invoice = bought(shop)
    link = html.fromstring(browser.get(LIST).data).xpath("//tbody//a/@href")[0]
    page = browser.get(link)
    shown = text(paper(page))
    for part in ("Zoho Technologies (Thailand)", invoice.code, "Siam Trading", "0000000000000"):
        assert part in shown
    assert steps(page) == ["Issued.", f"Paid with the card ending in 4242: {money(invoice.total)}."]


def test_the_document_is_in_the_language_of_the_invoice(shop, browser):
    """Siam reads Thai: its own dates and words, on a page in the partner's language."""
    bought(shop)
    page = browser.get(f"/es/store/invoices/{Invoice.get().public_id}")
    document = paper(page)
    assert document.get("lang") == "th"
    assert document.xpath(".//time/@datetime")[0] == "2026-03-02"
    assert document.xpath(".//time")[0].text_content() == "2 มีนาคม พ.ศ. 2569"
    assert "ภาษีมูลค่าเพิ่ม" in text(document)
    assert "ประเทศไทย" in text(document) or "ไทย" in text(document)
    assert "7%" in text(document)


def test_a_reseller_s_invoice_shows_the_margin_and_for_whom_it_is(shop, browser, cast):
    invoice = bought(shop, "reseller")
    shown = text(paper(browser.get(f"{LIST}/{invoice.public_id}")))
    assert "Andina Cloud" in shown
    assert "Siam Trading" in shown
    margin = next(line for line in rows(browser.get(f"{LIST}/{invoice.public_id}")) if "%" in line)
    assert money(-invoice.commission) in margin
    assert paper(browser.get(f"{LIST}/{invoice.public_id}")).get("lang") == "es"


TAXED = [("ES", "", "VAT (Spain)", "21%"), ("ES", "ESB12345678", "Reverse charge", None), ("MX", "", "No tax", None)]


@pytest.mark.parametrize(("country", "tax_id", "words", "rate"), TAXED)
def test_tax_is_named_or_said_why_not(shop, browser, cast, country, tax_id, words, rate):
    with transaction():
        BillTo.create(organization=cast.siam, name="Siam", country=country, tax_id=tax_id, language="en")
    invoice = bought(shop)
    shown = text(paper(browser.get(f"{LIST}/{invoice.public_id}")))
    assert words in shown
    assert (f"× {rate}" in shown) if rate else ("× " not in shown.split("Total")[-1])
    assert bool(invoice.tax) == bool(rate)


def test_what_was_issued_stays_as_it_was_whatever_is_edited_later(shop, browser, cast):
    invoice = bought(shop, "reseller")
    before = text(paper(browser.get(f"{LIST}/{invoice.public_id}")))
    with transaction():
        Organization.update(name="Renamed", country="FR", language="fr").execute()
        Partner.update(name="Renamed too", country="FR", language="fr").execute()
        BillTo.create(partner=cast.andina, name="Moved", country="FR", street="1 rue Neuve")
    assert text(paper(browser.get(f"{LIST}/{invoice.public_id}"))) == before


def test_the_timeline_of_a_declined_renewal_says_what_comes(shop, browser):
    invoice = due(shop)
    page = browser.get(f"{LIST}/{invoice.public_id}")
    assert steps(page) == [
        "Issued.", "The card ending in 4242 was declined. There is not enough money on the account of the card.",
        *["The card is tried again."] * 4,
        "The subscription is suspended, unless it has been paid.",
        "The subscription ends, unless it has been paid. What is unpaid is then credited.",
    ]
    days = html.fromstring(page.data).xpath("//li[contains(@class, 'ahead')]//time/@datetime")
    assert days == ["2026-03-03", "2026-03-05", "2026-03-07", "2026-03-09", "2026-03-12", "2026-04-01"]
    shop.day(10)
    assert "The subscription was suspended." in steps(browser.get(f"{LIST}/{invoice.public_id}"))
    shop.day(21)
    ended, note = steps(browser.get(f"{LIST}/{invoice.public_id}")), Invoice.get(Invoice.kind == "credit-note")
    assert ended[-2:] == [
        f"Credited: {money(invoice.total, 'USD')}. The renewal was not paid, and the subscription has ended. "
        f"Credit note {note.code}", "The subscription ended.",
    ]
    assert not [step for step in ended if "unless" in step]


def test_tries_that_found_no_card_are_in_the_timeline(shop, browser):
    invoice = due(shop, token="")
    shop.day(1)
    shown = steps(browser.get(f"{LIST}/{invoice.public_id}"))
    assert shown.count("There was no card that could be charged.") == 2
    assert shown.count("The card is tried again.") == 3


def test_an_open_invoice_is_charged_once_more_on_demand(shop, browser):
    invoice = due(shop)
    del shop.gateway.decline["tok"]
    path = f"{LIST}/{invoice.public_id}"
    sent = browser.send(f"{path}/pay", page=path)
    assert (sent.status_code, sent.headers["Location"]) == (303, path)
    waiting = browser.get(path)
    panel = html.fromstring(waiting.data).get_element_by_id("payment")
    assert panel.get("hx-get") == path
    assert "is being charged" in text(panel)
    assert "Try to charge it now" not in waiting.text
    shop.work()
    part = browser.get(path, headers=HTMX)
    assert part.text.lstrip().startswith("<section")
    assert "hx-get" not in part.text
    assert Invoice.get_by_id(invoice.id).state == "paid"
    again = browser.send(f"{path}/pay", page=LIST)
    assert again.status_code == 409
    assert "This has changed in the meantime" in again.text
    assert Charge.select().where(Charge.state == "succeeded").count() == 1
    assert browser.get(f"{path}/pay").headers["Location"] == path


def test_without_a_card_there_is_nothing_to_charge(shop, browser):
    invoice = due(shop, token="")
    path = f"{LIST}/{invoice.public_id}"
    refused = browser.send(f"{path}/pay", page=path)
    assert refused.status_code == 409
    assert "Add a payment card for this customer first." in refused.text


def test_a_payment_that_waits_for_the_partner_has_its_link(shop, browser, cast):
    shop.gateway.action.add("tok")
    invoice = due(shop, "reseller")
    page = browser.get(f"{LIST}/{invoice.public_id}")
    assert html.fromstring(page.data).xpath("//ol//a[text()='Confirm the payment']/@href")[0].startswith("https://cards")
    assert "Try to charge it now" not in page.text


def test_a_credit_note_leads_to_its_invoice_and_back(shop, browser):
    invoice = bought(shop)
    shop.refund(invoice, 1000)
    shop.work()
    note = Invoice.get(Invoice.kind == "credit-note")
    page = browser.get(f"{LIST}/{note.public_id}")
    assert f"/en/store/invoices/{invoice.public_id}" in page.text
    assert "Too much" in text(paper(page))
    assert invoice.code in text(paper(page))
    back = browser.get(f"{LIST}/{invoice.public_id}")
    assert f"/en/store/invoices/{note.public_id}" in back.text
    assert any(step.startswith("Given back: 10.00 THB.") for step in steps(back))
    assert "Credited" in text(html.fromstring(back.data).get_element_by_id("payment"))


def test_a_credit_note_claims_no_tax_that_it_does_not_take(shop, browser):
    """Its part of the tax is rounded on the running sum: worked out anew it may be a cent off, so it only names it."""
    invoice = bought(shop)
    for amount in (333, 334):
        shop.refund(invoice, amount)
        shop.work()
    last = Invoice.select().where(Invoice.kind == "credit-note").order_by(Invoice.id.desc()).get()
    tax = next(row for row in html.fromstring(browser.get(f"{LIST}/{last.public_id}").data).xpath("//tfoot/tr")
               if "7%" in text(row))
    assert "×" not in text(tax)
    assert "rounded" not in text(tax)
    assert money(last.tax) in text(tax)


def test_nobody_else_sees_them(shop, cast, browser):
    invoice = bought(shop)
    for path in (f"{LIST}/{invoice.public_id}", f"{LIST}/{invoice.public_id}.pdf"):
        assert cast.outsider.browser().get(path).status_code == 404
        assert cast.siam_admin.browser().get(path).status_code == 403
    assert rows(cast.outsider.browser().get(LIST)) == []
    assert rows(cast.outsider.browser().get(f"{LIST}?q={invoice.code}")) == []
    assert cast.outsider.browser().send(f"{LIST}/{invoice.public_id}/pay", page=LIST).status_code == 404
    assert browser.get(f"{LIST}/none").status_code == 404


def test_a_customer_that_left_keeps_nobody_from_the_old_invoices(shop, browser, cast):
    """The old partner reads its invoices; the new one does not, nor can it pay them."""
    invoice = due(shop)
    with transaction():
        Organization.update(partner=cast.outsider.actor.partner_id).where(Organization.id == cast.siam.id).execute()
    page = browser.get(f"{LIST}/{invoice.public_id}")
    assert page.status_code == 200
    assert "Try to charge it now" not in page.text
    assert cast.outsider.browser().get(f"{LIST}/{invoice.public_id}").status_code == 404
    assert cast.outsider.browser().send(f"{LIST}/{invoice.public_id}/pay", page=LIST).status_code == 404


@pytest.mark.skipif(not available(), reason="the extra for PDFs is not installed")
def test_a_pdf_is_offered_where_it_can_be_made(shop, browser, monkeypatch):
    invoice = bought(shop)
    path = f"{LIST}/{invoice.public_id}"
    assert f'href="{path}.pdf"' in browser.get(path).text
    made = browser.get(f"{path}.pdf")
    assert (made.mimetype, made.data[:5]) == ("application/pdf", b"%PDF-")
    assert f'filename="{invoice.code}.pdf"' in made.headers["Content-Disposition"]
    monkeypatch.setattr("portal.web.invoices.available", lambda: False)
    assert ".pdf" not in browser.get(path).text
    assert browser.get(f"{path}.pdf").status_code == 404
