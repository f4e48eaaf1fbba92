"""The pages of reports: from a total to its receipt in two clicks, filters, files, reconciliation."""

from __future__ import annotations

import csv
import io
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
from lxml import html

from portal.billing.commands import exports
from portal.billing.models import Charge, Export
from portal.storage import transaction
from portal.web import payments as report
from tests.billing.history import told
from tests.billing.shop import Shop
from tests.client import HTMX, statements

OVERVIEW, LIST, DIFFERENCES = "/en/store/reports", "/en/store/reports/payments", "/en/store/reports/reconciliation"


@pytest.fixture
def history(cast, gateway, clock, run_jobs):
    return told(Shop(cast, gateway, clock, run_jobs), cast)


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


def text(element):
    return " ".join(element.text_content().split())


def tree(response):
    assert response.status_code == 200
    return html.fromstring(response.data)


def table(response, place=-1):
    """Return the body of one of a page's tables as text."""
    found = tree(response).xpath("//table")
    return [[text(cell) for cell in row.xpath("./th | ./td")] for row in found[place].xpath("./tbody/tr")]


def amount(words):
    return int(words.split("\xa0")[0].split(" ")[0].replace(",", "").replace(".", ""))


# ---- Sales and commission ----

def test_each_figure_leads_to_its_payments_and_each_payment_to_its_receipt(history, cast, browser):
    page = tree(browser.get(OVERVIEW))
    figures = page.xpath("//section//td/a")
    assert len(figures) > 40
    for link in figures:
        address = link.get("href")
        asked = parse_qs(urlsplit(address).query)
        assert asked.keys() >= {"since", "until", "currency", "state"}
        payments = browser.get(address)
        sums = [row for row in table(payments, 0) if row[0] == asked["currency"][0]]
        # Payments, sales, tax, commission, refunds, commission taken back: where their sums stand above the list.
        column = {1: 2, 2: 3, 3: 4, 4: 6, 5: 5, 6: 6}[_column(link)]
        assert [row[column] for row in sums] == [text(link)]
        receipts = tree(payments).xpath("//table[last()]//td/a[contains(@href, '/store/invoices/')]/@href")
        assert len(receipts) == sum(int(row[2]) for row in sums)
    receipt = browser.get(receipts[0])
    assert receipt.status_code == 200
    assert "US-" in receipt.text or "TH-" in receipt.text or "EU-" in receipt.text


def _column(link):
    cell = link.getparent()
    return cell.getparent().index(cell)


def test_a_section_for_each_currency_with_months_services_and_cards(history, browser):
    page = tree(browser.get(OVERVIEW))
    assert [text(heading) for heading in page.xpath("//section/h2")] == ["In EUR", "In THB"]
    months = table(browser.get(OVERVIEW), 0)
    assert months[0][0] == "April 2025"
    assert [row[0] for row in months][-2:] == ["March 2026", "Whole period"]
    assert len(months) == 13
    added = sum(amount(row[2]) for row in months[:-1] if row[2] != "–")
    assert amount(months[-1][2]) == added
    assert [row[0] for row in table(browser.get(OVERVIEW), 4)] == ["CRM"]
    assert [row[0] for row in table(browser.get(OVERVIEW), 5)] == ["Customer card"]


def test_the_chart_is_read_out_and_has_its_table(history, browser):
    page = tree(browser.get(OVERVIEW))
    charts = page.xpath("//*[local-name()='svg'][@role='img']")
    assert len(charts) == 2
    for chart in charts:
        title, description = (chart.xpath(f".//*[@id='{name}']")[0] for name in chart.get("aria-labelledby").split())
        assert "Sales and commission by month" in text(title)
        assert "table below" in text(description)
        names = [text(each) for each in chart.xpath(".//*[@class='names']/*")]
        assert names == ["Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar"]
        assert chart.xpath(".//*[@class='series-1']")
        assert not chart.xpath(".//@style | .//@fill")
        assert chart.xpath("ancestor::section//table")


def test_a_period_of_ones_own(history, browser):
    months = [row[0] for row in table(browser.get(OVERVIEW + "?since=2026-02-10&until=2026-02-20"), 0)]
    assert months == ["February 2026", "Whole period"]
    long = browser.get(OVERVIEW + "?since=2000-01-01&until=2026-03-08")
    assert len(table(long, 0)) == 61
    assert text(tree(long).xpath("//*[@class='names']/*")[0]) == "Apr 21"
    for nonsense in ("since=x&until=2026-99-99", "since=0001-01-01&until=9999-12-31"):
        assert len(table(browser.get(f"{OVERVIEW}?{nonsense}"), 0)) == 13
    nothing = browser.get(OVERVIEW + "?since=2024-01-01&until=2024-12-31")
    assert "No payments in this period" in nothing.text


def test_thai_readers_see_their_years_and_words_of_their_calendar(history, cast):
    page = tree(cast.admin.browser().get("/th/store/reports"))
    assert page.xpath("//time[@datetime='2026-03']")[0].text.endswith("2569")
    assert text(page.xpath("//*[@class='names']/*")[-1]) == "มี.ค."


def test_the_overview_as_a_file(history, browser):
    address = tree(browser.get(OVERVIEW)).xpath("//a[contains(@href, 'overview.csv')]/@href")[0]
    rows = list(csv.reader(io.StringIO(browser.get(address).data.decode("utf-8-sig"))))
    assert rows[0][:3] == ["Month", "Currency", "Service"]
    assert {row[1] for row in rows[1:]} == {"EUR", "THB"}
    assert {row[4] for row in rows[1:]} == {"Paid", "Refunded"}
    book = openpyxl.load_workbook(io.BytesIO(browser.get(address.replace(".csv", ".xlsx")).data))
    assert len(list(book.active.iter_rows())) == len(rows)
    assert browser.get("/en/store/reports/overview.pdf").status_code == 404


# ---- Payments ----

def rows(response):
    return [row[0] for row in table(response)]


@pytest.mark.parametrize(("query", "count"), [
    ("", 8), ("?state=declined", 1), ("?state=waiting", 1), ("?state=refunded", 3), ("?state=succeeded", 6),
    ("?service=mail", 1), ("?card=reseller", 3), ("?currency=EUR", 3), ("?currency=EUR&state=succeeded", 2),
    ("?since=2026-02-01&until=2026-02-28", 4), ("?q=silk", 3),
    ("?state=nonsense&service=%00&card=x&currency=eur", 8),
])
def test_filters(history, browser, query, count):
    assert len(rows(browser.get(LIST + query))) == count


def test_a_row_says_why_and_what_went_back(history, browser):
    page = browser.get(LIST).text
    assert "There is not enough money on the account of the card." in page
    assert "Of this given back: 22.34" in page
    assert "Visa •••• 4242" in page


def test_choosing_a_customer(history, cast, browser):
    several = browser.get(LIST + "?q=example&state=succeeded")
    choice = tree(several).xpath("//section[@class='panel']//li/a")
    assert [text(each) for each in choice] == ["Boulangerie", "Gone", "Thai Silk"]
    assert not tree(several).xpath("//table")
    chosen = browser.get(choice[0].get("href"))
    assert len(rows(chosen)) == 2
    assert tree(chosen).xpath("//form//input[@name='customer']/@value") == [history.french.public_id]
    everybody = tree(chosen).xpath("//a[text()='All customers']/@href")[0]
    assert "state=succeeded" in everybody
    assert len(rows(browser.get(everybody))) == 6
    assert "No customer found" in browser.get(LIST + "?q=nobody").text
    assert browser.get(f"{LIST}?customer={history.thai.public_id}").status_code == 200
    assert cast.outsider.browser().get(f"{LIST}?customer={history.thai.public_id}").status_code == 404
    assert "No payments in this period" in cast.outsider.browser().get(LIST).text


def test_as_a_fragment_and_page_by_page(history, browser):
    model = Charge.select().where(Charge.state == "declined").get()
    with transaction():
        for number in range(30):
            Charge.create(**{**model.__data__, "id": None, "public_id": f"copy{number}", "key": f"copy-{number}",
                             "reference": None})
    first = browser.get(LIST + "?state=declined", headers=HTMX)
    assert first.text.lstrip().startswith('<div id="rows">')
    assert len(rows(first)) == 25
    following = tree(first).xpath("//a[@rel='next']/@href")[0]
    assert "state=declined" in following
    last = browser.get(following)
    assert len(rows(last)) == 6
    assert len(rows(browser.get(tree(last).xpath("//a[@rel='prev']/@href")[0]))) == 25


def test_at_most_five_statements(history, cast, browser):
    browser.get(OVERVIEW)
    for path in (OVERVIEW, LIST, LIST + "?q=silk", LIST + "?q=example", LIST + "?state=refunded", DIFFERENCES,
                 f"{LIST}?customer={history.thai.public_id}"):
        with statements() as seen:
            browser.get(path)
        assert len(seen) <= 5, path


# ---- Files ----

def test_short_files_come_at_once_in_the_readers_words(history, cast):
    browser = cast.admin.browser()
    address = "/en/store/reports/payments.csv?state=declined"
    answer = browser.get(address)
    heading, line = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert heading[0] == "Day"
    assert line[5:7] == ["Declined", "There is not enough money on the account of the card."]
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="payments-')
    assert "no-store" in answer.headers["Cache-Control"]
    french = cast.colleague.browser().get(address.replace("/en/", "/fr/")).data.decode("utf-8-sig")
    assert ";" in french.splitlines()[0]
    assert "," in french.splitlines()[1].split(";")[7]  # the decimal mark
    book = openpyxl.load_workbook(io.BytesIO(browser.get("/en/store/reports/payments.xlsx").data))
    assert len(list(book.active.iter_rows())) == 9
    administered = browser.get("/en/store/reports/payments.csv?administered=1").data.decode("utf-8-sig")
    assert len(administered.splitlines()) == 7
    assert browser.get("/en/store/reports/payments.pdf").status_code == 404


def test_long_files_are_made_by_a_job_and_waited_for(history, browser, run_jobs, monkeypatch):
    monkeypatch.setattr(report, "DIRECT", 7)
    monkeypatch.setattr("portal.web.store.payments.DIRECT", 7)
    page = browser.get(LIST + "?card=customer&state=succeeded")
    assert tree(page).xpath("//a[contains(@href, 'payments.csv')]")  # a short one
    page = tree(browser.get(LIST))
    assert not page.xpath("//a[contains(@href, 'payments.csv')]")
    too_long = browser.get("/en/store/reports/payments.csv")
    assert (too_long.status_code, urlsplit(too_long.headers["Location"]).path) == (303, LIST)
    form = page.xpath("//form[contains(@action, '/exports')]")[1]
    asked = browser.post(form.get("action"), data=dict(form.form_values()))
    assert asked.status_code == 303
    here = asked.headers["Location"]
    waiting = browser.get(here)
    assert 'hx-trigger="every 2s"' in waiting.text
    assert f'<a class="button secondary" href="{here}">' in waiting.text
    assert browser.get(here + "/file").status_code == 404
    run_jobs()
    done = browser.get(here, headers=HTMX).text
    assert "hx-trigger" not in done
    assert "<html" not in done
    assert "The file holds 8 payments." in done
    file = browser.get(here + "/file")
    assert len(list(openpyxl.load_workbook(io.BytesIO(file.data)).active.iter_rows())) == 9
    assert file.headers["Content-Disposition"].startswith('attachment; filename="payments-')


def test_what_is_refused_and_where_reloading_leads(history, cast, browser, monkeypatch):
    assert browser.send("/en/store/reports/exports", page=DIFFERENCES, format="exe").status_code == 422
    monkeypatch.setattr(exports, "MOST_LINES", 3)
    refused = browser.send("/en/store/reports/exports", page=DIFFERENCES, format="csv", state="succeeded")
    assert refused.status_code == 409
    assert "Choose a shorter period." in refused.text
    assert len(rows_of(refused)) == 6
    again = browser.get("/en/store/reports/exports")
    assert (again.status_code, again.headers["Location"]) == (303, LIST)
    assert Export.select().count() == 0
    gone = browser.send("/en/store/reports/exports", page=DIFFERENCES, format="csv", customer="23456789abcd")
    assert gone.status_code == 404


def rows_of(response):
    return html.fromstring(response.data).xpath("//table[last()]//tbody/tr/th[@scope='row']/a")


# ---- Reconciliation ----

def test_only_differences_since_when_and_where_to(cast, browser, run_jobs):
    assert "Nothing differs" in browser.get(DIFFERENCES).text
    old = cast.customer("Old", "old.example", licenses=7)
    run_jobs()
    assert table(browser.get(DIFFERENCES)) == [
        ["Old", "Workplace Standard", "Not invoiced for the present period", "Mar 2, 2026", "7", "0", "0"]]
    links = tree(browser.get(DIFFERENCES)).xpath("//tbody//a/@href")
    assert links[0] == f"/en/store/customers/{old.public_id}"
    assert browser.get(links[1]).status_code == 200
    assert "Nothing differs" in cast.outsider.browser().get(DIFFERENCES).text


def test_the_menu_leads_there(cast, browser):
    page = tree(browser.get(LIST))
    assert text(page.xpath("//nav[@id='menu']//a[@aria-current]")[0]) == "Reports"
