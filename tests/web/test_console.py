"""*Manage customers*, the trial on its plans, and the file: what a partner's administrator sees and does."""

import csv
import io
from datetime import date

import pytest
from lxml import html

from portal.core.paging import Cursor
from portal.core.sheets import safe
from portal.customers.models import Organization
from portal.subscriptions.models import Subscription
from tests.client import HTMX, statements

LIST = "/en/console/customers"


def table(response):
    """Return the list as {domain: {column: text}}."""
    tree = html.fromstring(response.data)
    rows = {}
    for row in tree.xpath("//table//tbody/tr"):
        domain = row.xpath("./th/text()")[0].strip()
        rows[domain] = {cell.get("data-label"): " ".join(cell.text_content().split()) for cell in row.xpath("./td")}
        rows[domain]["links"] = [" ".join(link.text_content().split()) for link in row.xpath("./th//a")]
        rows[domain]["forms"] = row.xpath(".//form/@action")
    return rows


def names(response):
    return [row["Organization"] for row in table(response).values()]


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


def test_one_table_of_seven_columns(cast, browser):
    assert cast.siam
    page = browser.get(LIST)
    heads = [" ".join(th.text_content().split()) for th in html.fromstring(page.data).xpath("//table//thead//th")]
    assert heads == ["Domain name", "Organization", "Super administrator", "Plan", "Number of licenses",
                     "Subscription period", "Renewal date"]
    row = table(page)["siam.example"]
    assert row["Organization"] == "Siam Trading"
    assert row["Super administrator"] == "Super Admin super-admin@siam.example"
    assert row["Plan"] == "Workplace Standard Paid"
    assert (row["Number of licenses"], row["Subscription period"]) == ("10", "Yearly")
    assert "2027" in row["Renewal date"]


def test_verify_becomes_manage_and_they_never_stand_together(cast, browser):
    assert cast.siam
    late = cast.customer("Late", "late.example", verified=False)
    rows = table(browser.get(LIST))
    assert rows["siam.example"]["links"] == ["Manage siam.example"]
    assert rows["late.example"]["links"] == ["Verify late.example"]
    Organization.update(domain_verified_at=cast.now).where(Organization.id == late.id).execute()
    assert table(browser.get(LIST))["late.example"]["links"] == ["Manage late.example"]


def test_domains_are_written_as_people_write_them(cast, browser):
    cast.customer("Café", "café.example")
    assert "café.example" in table(browser.get(LIST))


def test_who_may_open_it(cast, client):
    assert cast.siam
    narrow = cast.member("seller@small.example", "en", cast.partner("Small", "US", "en", console=False), "super-admin")
    assert narrow.browser().get("/en/store/").status_code == 200
    for path in (LIST, "/en/console/customers.csv"):
        assert narrow.browser().get(path).status_code == 403
        assert cast.newcomer.browser().get(path).status_code == 403
        assert client.get(path).status_code == 302
        assert b"siam.example" not in cast.outsider.browser().get(path).data


@pytest.mark.parametrize("access", ["revoked", "suspended"])
def test_a_customer_that_ended_access_is_gone_from_here(cast, browser, access):
    assert cast.siam
    cast.customer("Gone", "gone.example", access=access)
    assert names(browser.get(LIST)) == ["Siam Trading"]
    assert "gone.example" not in browser.get("/en/console/customers.csv").text


def test_nothing_yet_and_nothing_found(cast, browser):
    assert b"/en/console/customers/add" in browser.get(LIST).data
    assert "No customers yet" in browser.get(LIST).text
    assert cast.siam
    page = browser.get(LIST + "?q=elephant")
    assert "No customer found" in page.text
    assert html.fromstring(page.data).xpath("//main//a[@href='/en/console/customers']")


SEARCHES = [
    ("siam", ["สยาม Siam"]),
    ("สยาม", ["สยาม Siam"]),
    ("cafe", ["Café Ñandú"]),
    ("ÑANDU café", ["Café Ñandú"]),
    ("café siam", []),
    ("jose@", ["Café Ñandú"]),
    ("ñandú.example", ["Café Ñandú"]),
    ("ย", ["สยาม Siam"]),
    ("%", []),
    ('" OR 1=1', []),
    ("\0", ["Café Ñandú", "Northwind", "สยาม Siam"]),
]


@pytest.mark.parametrize("common", [0, 10_000])  # rows that make a word common, which is looked up another way
@pytest.mark.parametrize(("words", "found"), SEARCHES)
def test_search_finds_words_in_any_language_and_order(cast, browser, monkeypatch, words, found, common):
    monkeypatch.setattr("portal.storage.search._COMMON", common)
    cast.customer("สยาม Siam", "siam.example", admin_name="สมชาย")
    cast.customer("Café Ñandú", "ñandú.example", admin_name="José", admin_email="jose@nandu.example")
    cast.customer("Northwind", "northwind.example")
    assert names(browser.get(LIST, query_string={"q": words})) == found


@pytest.mark.parametrize(("state", "found"), [
    ("", ["Bought", "Ended", "Late", "Over", "Tried"]), ("unverified", ["Late"]), ("trial", ["Late", "Tried"]),
    ("paid", ["Bought"]), ("expired", ["Over"]), ("ended", ["Ended"]), ("suspended", []),
    ("nonsense", ["Bought", "Ended", "Late", "Over", "Tried"]),
])
def test_filter_by_state(cast, browser, state, found):
    for name, standing, verified in (("Bought", "paid", True), ("Ended", "ended", True), ("Late", "trial", False),
                                     ("Over", "expired", True), ("Tried", "trial", True)):
        cast.customer(name, f"{name.lower()}.example", standing=standing, verified=verified)
    assert names(browser.get(LIST, query_string={"state": state})) == found


def walk(browser, query, relation):
    """Follow the pager and return the domains seen, page by page."""
    path, pages = f"{LIST}?{query}", []
    while path:
        page = browser.get(path)
        pages.append(list(table(page)))
        links = html.fromstring(page.data).xpath(f"//a[@rel='{relation}']/@href")
        path = links[0] if links else None
    return pages, page


@pytest.mark.parametrize("state", ["", "unverified", "trial"])
@pytest.mark.parametrize("sort", ["name", "-name", "domain", "-domain", "renewal", "-renewal"])
def test_pages_show_every_customer_once_in_order(cast, browser, sort, state):
    for n in range(60):  # many names and dates are equal, some have no date at all
        cast.customer(
            f"Customer {n % 3}", f"d{n * 7 % 60:02}.example", standing="ended" if n % 7 == 0 and not state else "trial",
            verified=n % 2 == 0 if state != "unverified" else False, started_on=date(2026, 3, 1 + n % 4),
        )
    expected = Organization.select().where(Organization.domain_verified_at.is_null() if state == "unverified" else True)
    pages, last = walk(browser, f"sort={sort}&state={state}", "next")
    column = {"name": Organization.name_key, "domain": Organization.domain, "renewal": Organization.renews_on}
    key = column[sort.lstrip("-")]
    order = [key.desc(), Organization.id.desc()] if sort.startswith("-") else [key, Organization.id]
    assert [domain for page in pages for domain in page] == [row.domain for row in expected.order_by(*order)]
    assert [len(page) for page in pages] == [25, 25, 10]
    back, _ = walk(browser, html.fromstring(last.data).xpath("//a[@rel='prev']/@href")[0].partition("?")[2], "prev")
    assert back == [pages[1], pages[0]]


GARBAGE = ["x", "", "====", "AAAA", "W10", Cursor(["a", "b"]).encode(), Cursor([1, 2]).encode(),
           Cursor(["a", 2**70]).encode(), Cursor(["a\0", 1]).encode(), "W2ZhbHNlLCJcdWQ4MDAiLDFd",
           Cursor(["a", True]).encode(), "WzAs" * 3000]


@pytest.mark.parametrize("after", GARBAGE)
@pytest.mark.parametrize("sort", ["name", "renewal"])
def test_a_spoiled_place_is_the_first_page(cast, browser, after, sort):
    assert cast.siam
    assert names(browser.get(LIST, query_string={"after": after, "sort": sort})) == ["Siam Trading"]


def test_a_fragment_is_the_rows_alone(cast, browser):
    assert cast.siam
    part = browser.get(LIST + "?q=siam", headers=HTMX)
    assert part.text.lstrip().startswith('<div id="rows">')
    assert names(part) == ["Siam Trading"]
    assert "HX-Request" in part.vary
    back = browser.get(LIST, headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert back.text.lstrip().lower().startswith("<!doctype html>")


def test_the_same_few_statements_whatever_the_rows(cast, browser):
    counts = {}
    for number in (60, 300):
        while Organization.select().count() < number:
            n = Organization.select().count()
            cast.customer(f"C{n}", f"c{n}.example", standing="trial" if n % 2 else "paid")
        for path in (LIST, LIST + "?sort=-renewal&state=trial", LIST + "?q=example"):
            with statements() as seen:
                assert len(table(browser.get(path))) == 25
            counts.setdefault(path, []).append(len(seen))
    assert all(small == large <= 5 for small, large in counts.values()), counts


# ---- the trial ----


@pytest.fixture
def trial(cast):
    return cast.customer("Try", "try.example", standing="trial")


def extend(browser, trial, seen, query="", **more):
    token = browser.csrf(LIST)
    return browser.post(f"{LIST}/{trial.public_id}/trial{query}", data={"csrf_token": token, "seen": seen}, **more)


def days(trial):
    return Subscription.get(Subscription.organization == trial.id).trial_days


def test_the_plan_shows_what_is_left_of_the_trial(trial, browser):
    row = table(browser.get(LIST))["try.example"]
    assert row["Plan"] == "Workplace Standard Trial 15 days left 3 extensions left Extend trial try.example"
    assert row["Subscription period"] == "15 days"


def test_extending_without_script_leads_back_to_the_same_list(trial, browser):
    where = "?state=trial&sort=-renewal"
    form = table(browser.get(LIST + where))["try.example"]["forms"][0]
    answer = browser.post(form, data={"csrf_token": browser.csrf(LIST), "seen": 15})
    assert (answer.status_code, answer.headers["Location"]) == (303, LIST + where)
    page = browser.get(LIST + where)
    assert "The trial now ends on April 1, 2026." in page.text
    assert "30 days left 2 extensions left" in table(page)["try.example"]["Plan"]


def test_extending_with_htmx_answers_the_rows_and_the_notice(trial, browser):
    answer = extend(browser, trial, 15, headers=HTMX)
    assert answer.status_code == 200
    assert "30 days left" in table(answer)["try.example"]["Plan"]
    assert 'hx-swap-oob="innerHTML"' in answer.text
    assert "April 1, 2026" in answer.text


def test_a_double_click_extends_once(trial, browser):
    extend(browser, trial, 15)
    second = extend(browser, trial, 15)
    assert second.status_code == 409
    assert "This has changed in the meantime" in second.text
    assert "30 days left" in table(second)["try.example"]["Plan"]
    assert days(trial) == 30


def test_three_times_and_then_the_reason(trial, browser):
    for seen in (15, 30, 45):
        assert extend(browser, trial, seen).status_code == 303
    row = table(browser.get(LIST))["try.example"]
    assert row["forms"] == []
    assert "0 extensions left" in row["Plan"]
    for headers in ({}, HTMX):
        refused = extend(browser, trial, 60, headers=headers)
        assert refused.status_code == 409
        assert "its longest length" in refused.text
    assert days(trial) == 60


def test_only_who_administers_the_customer_extends(cast, trial, client):
    gone = cast.customer("Gone", "gone.example", standing="trial", access="revoked")
    cast.customer("Own", "own.example", standing="trial", partner=cast.outsider.partner)
    assert extend(cast.outsider.browser(), trial, 15).status_code == 404
    assert extend(cast.admin.browser(), gone, 15).status_code == 404
    narrow = cast.member("seller@small.example", "en", cast.partner("Small", "US", "en", console=False), "super-admin")
    browser = narrow.browser()
    token = browser.csrf("/en/store/")
    assert browser.post(f"{LIST}/{trial.public_id}/trial", data={"csrf_token": token, "seen": 15}).status_code == 403
    assert client.post(f"{LIST}/{trial.public_id}/trial", data={"seen": 15}).status_code in {302, 303, 400}
    assert (days(trial), days(gone)) == (15, 15)


@pytest.mark.parametrize("seen", ["", "x", "-1", "99999999999999999999"])
def test_a_form_without_sense_changes_nothing(trial, browser, seen):
    assert extend(browser, trial, seen).status_code == 409
    assert days(trial) == 15


def test_a_paid_customer_has_no_trial_to_extend(cast, browser):
    siam = cast.siam
    assert table(browser.get(LIST))["siam.example"]["forms"] == []
    cast.customer("Try", "try.example", standing="trial")
    assert extend(browser, siam, 15).status_code == 409


def test_an_ended_trial_says_so_and_offers_nothing(cast, browser, clock):
    over = cast.customer("Over", "over.example", standing="trial", started_on=date(2026, 2, 1))
    cast.customer("Try", "try.example", standing="trial")
    assert table(browser.get(LIST))["over.example"]["forms"] == []
    refused = extend(browser, over, 15)
    assert (refused.status_code, "has ended" in refused.text) == (409, True)


# ---- the file ----


@pytest.mark.parametrize(("language", "separator"), [("en", ","), ("es", ";"), ("fr", ";"), ("th", ",")])
def test_the_file_follows_the_reader(cast, browser, language, separator):
    cast.customer("Café; สยาม, S.A.", "siam.example", admin_name='Ana "Nita"')
    answer = browser.get(f"/{language}/console/customers.csv")
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert "filename*=UTF-8''" in answer.headers["Content-Disposition"]
    head, row = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=separator)
    assert len(head) == len(row)
    assert row[:4] == ["siam.example", "Café; สยาม, S.A.", 'Ana "Nita"', "super-admin@siam.example"]
    assert "2027-03-02" in row


def test_the_file_holds_what_the_list_was_asked_for_and_all_pages_of_it(cast, browser):
    for n in range(30):
        cast.customer(f"Paid {n:02}", f"paid{n}.example")
    cast.customer("Try", "try.example", standing="trial")
    lines = list(csv.DictReader(io.StringIO(browser.get("/en/console/customers.csv?state=paid&sort=-name")
                                            .data.decode("utf-8-sig"))))
    assert [line["Organization"] for line in lines] == [f"Paid {n:02}" for n in reversed(range(30))]
    link = html.fromstring(browser.get(LIST + "?state=trial&q=try").data).xpath("//a[contains(@href, '.csv')]/@href")
    assert "try.example" in browser.get(link[0]).text
    assert "paid1.example" not in browser.get(link[0]).text


FORMULAS = [("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
            ("\rx", "'\rx"), ("\nx", "'\nx"), ("a=1", "a=1"), ("", ""), (10, 10), (-5, -5)]


@pytest.mark.parametrize(("cell", "written"), FORMULAS)
def test_no_cell_is_a_formula(cell, written):
    assert safe(cell) == written


def test_a_dangerous_name_is_harmless_in_the_file(cast, browser):
    cast.customer("=HYPERLINK(1)", "bad.example")
    assert "'=HYPERLINK(1)" in browser.get("/en/console/customers.csv").text


# ---- words ----


def test_the_list_in_thai_shows_buddhist_years(cast):
    assert cast.siam
    page = cast.admin.browser().get("/th/console/customers")
    assert "2570" in page.text
    assert 'datetime="2027-03-02"' in page.text


def test_the_start_of_the_console_is_the_list(browser):
    assert browser.get("/en/console/").headers["Location"] == LIST


def test_days_left_are_counted_where_the_organization_is(cast, browser, clock):
    """At 18:00 UTC it is already tomorrow in Bangkok and still today in Mexico City."""
    start = date(2026, 3, 1)
    cast.customer("East", "east.example", standing="trial", started_on=start)
    cast.customer("West", "west.example", standing="trial", started_on=start, time_zone="America/Mexico_City")
    clock.advance(hours=9)
    rows = table(browser.get(LIST))
    assert "13 days left" in rows["east.example"]["Plan"]
    assert "14 days left" in rows["west.example"]["Plan"]
