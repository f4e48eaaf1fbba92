"""The renewal calendar: months, sums, pages, and the feed under a secret address."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from lxml import html

from portal.partners.models import Member
from portal.storage import transaction
from portal.subscriptions.models import CalendarFeed, Scheduled, Subscription
from portal.subscriptions.queries import renewals as query
from portal.web.ics_file import Day, written
from tests.client import statements

PAGE = "/en/store/renewals"


def text(element):
    return " ".join(element.text_content().split())


def rows(response):
    return [[text(cell) for cell in row.xpath("./*")] for row in html.fromstring(response.data).xpath("//tbody/tr")]


def names(response):
    return [row[1] for row in rows(response)]


def link(response, rel):
    return html.fromstring(response.data).xpath(f"//a[@rel='{rel}']/@href")


def change(organization, **values):
    with transaction():
        Subscription.update(**values).where(Subscription.organization == organization.id).execute()


@pytest.fixture
def browser(cast):
    return cast.admin.browser()


@pytest.fixture(params=["few customers", "many customers"])
def either_way(request, monkeypatch):
    """Both ways of reading give the same page."""
    if request.param == "many customers":
        monkeypatch.setattr(query, "_FEW", 0)


def test_a_month(cast, browser, either_way):
    one = cast.customer("One", "one.example", renews_on=date(2026, 3, 31))
    two = cast.customer("Two", "two.example", renews_on=date(2026, 3, 1), period="monthly")
    change(two, renewal="ask", currency="EUR")
    trial = cast.customer("Three", "three.example", standing="trial")
    cast.customer("Next month", "next.example", renews_on=date(2026, 4, 1))
    cast.customer("Gone", "gone.example", standing="ended")
    cast.customer("Foreign", "foreign.example", partner=cast.outsider.partner, renews_on=date(2026, 3, 10))
    with statements() as seen:
        page = browser.get(f"{PAGE}?month=2026-03")
    assert len(seen) <= 5
    assert rows(page) == [
        ["Mar 1, 2026", "Two", "Workplace Standard10 licenses, Monthly",
         "The partner is asked; without an answer it ends", "360.00 EUR"],
        ["Mar 17, 2026", "Three", "Workplace Standard10 licenses, Yearly", "The trial ends", "360.00 USD"],
        ["Mar 31, 2026", "One", "Workplace Standard10 licenses, Yearly", "It renews by itself", "360.00 USD"],
    ]
    assert [trial.name, one.name] == names(page)[1:]
    assert names(browser.get(PAGE)) == names(page)  # the present month goes without saying


def test_the_price_is_what_was_scheduled(cast, browser):
    row = cast.customer("One", "one.example", renews_on=date(2026, 3, 31))
    with transaction():
        Scheduled.create(
            subscription=Subscription.get(Subscription.organization == row.id), plan="workplace-professional",
            licenses=3, period="yearly", unit_price=1000, extra_storage_gb=2, storage_price=50, created_at=cast.now,
        )
    assert rows(browser.get(PAGE))[0][4] == "31.00 USD"


def test_sums_are_for_each_currency_and_of_what_renews_by_itself(cast, browser):
    for n, (currency, renewal) in enumerate([("USD", "renew"), ("USD", "renew"), ("EUR", "renew"), ("EUR", "ask"),
                                             ("USD", "end")]):
        row = cast.customer(f"C{n}", f"c{n}.example", renews_on=date(2026, 3, 20))
        change(row, currency=currency, renewal=renewal)
    page = html.fromstring(browser.get(PAGE).data)
    assert page.xpath("//p[contains(., 'renews by itself in this month')]/strong/text()") == [
        "360.00\u00a0EUR", "720.00\u00a0USD"]


@pytest.mark.parametrize(("asked", "previous", "following"), [
    ("2026-03", "2026-02", "2026-04"), ("2025-12", "2025-11", "2026-01"), ("2026-01", "2025-12", "2026-02"),
    ("nonsense", "2026-02", "2026-04"), ("2026-13", "2026-02", "2026-04"), ("1066-10", "2026-02", "2026-04"),
])
def test_around_a_month(cast, browser, asked, previous, following):
    page = browser.get(f"{PAGE}?month={asked}")
    assert (link(page, "prev")[0], link(page, "next")[0]) == (f"{PAGE}?month={previous}", f"{PAGE}?month={following}")


def test_a_full_month_goes_page_by_page(cast, browser, monkeypatch, either_way):
    monkeypatch.setattr(query.renewals, "__defaults__", (None, 3))
    wanted = []
    for n in range(7):
        standing = "trial" if n % 3 == 0 else "paid"
        row = cast.customer(f"C{n}", f"c{n}.example", standing=standing, renews_on=date(2026, 3, 10 + n // 2))
        wanted.append(row.name)
    page, seen = browser.get(PAGE), []
    while True:
        seen += names(page)
        more = [url for url in link(page, "next") if "after=" in url]
        if not more:
            break
        assert "on this page" in page.text
        page = browser.get(more[0])
    assert seen == wanted
    back = next(url for url in link(page, "prev") if "after=" in url)
    assert names(browser.get(back)) == wanted[3:6]


def test_months_in_four_languages(cast):
    browser = cast.admin.browser()
    assert [html.fromstring(browser.get(f"/{lang}/store/renewals?month=2026-03").data).xpath("//h2/time/text()")[0]
            for lang in ("en", "es", "fr", "th")] == ["March 2026", "marzo de 2026", "mars 2026", "มีนาคม 2569"]


# ---- The feed ----

def feed_of(browser):
    browser.send(f"{PAGE}/feed", page=PAGE)
    return html.fromstring(browser.get(PAGE).data).xpath("//div[@class='copy']/code/text()")[0]


def parsed(body):
    """Read a calendar back: lines unfolded, each event a dictionary of its properties."""
    assert body.endswith("END:VCALENDAR\r\n")
    assert "\n" not in body.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in body.split("\r\n"))
    events, event = [], None
    for line in body.replace("\r\n ", "").split("\r\n"):
        if line == "BEGIN:VEVENT":
            event = {}
        elif line == "END:VEVENT":
            events.append(event)
            event = None
        elif event is not None:
            name, _, value = line.partition(":")
            event[name] = value.replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\")
    return events


def test_the_feed_needs_no_sign_in_and_speaks_its_owner_s_language(cast, client):
    row = cast.customer("One, Ltd.", "one.example", renews_on=date(2026, 3, 31))
    cast.customer("Foreign", "foreign.example", partner=cast.outsider.partner, renews_on=date(2026, 3, 10))
    cast.customer("Far", "far.example", renews_on=date(2028, 3, 10))
    url = feed_of(cast.colleague.browser())
    assert url.startswith("http://portal.test/calendar/")
    with statements() as seen:
        answer = client.get(url.removeprefix("http://portal.test"))
    assert len(seen) <= 5
    assert (answer.status_code, answer.content_type) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["Cache-Control"].startswith("private")
    [event] = parsed(answer.text)
    subscription = Subscription.get(Subscription.organization == row.id)
    assert event["UID"] == f"{subscription.public_id}@portal.test"
    assert (event["DTSTART;VALUE=DATE"], event["DTEND;VALUE=DATE"]) == ("20260331", "20260401")
    assert event["DTSTAMP"] == "20260302T090000Z"
    assert event["SUMMARY"].startswith("One, Ltd.")
    assert event["URL"] == f"http://portal.test/fr/store/customers/{row.public_id}"
    assert row.admin_email not in answer.text


def test_events_keep_their_names_and_follow_their_days(cast, client):
    row = cast.customer("Trial", "trial.example", standing="trial")
    path = feed_of(cast.admin.browser()).removeprefix("http://portal.test")
    before = parsed(client.get(path).text)[0]
    change(row, renews_on=date(2026, 4, 1))
    after = parsed(client.get(path).text)[0]
    assert before["UID"] == after["UID"]
    assert (before["DTSTART;VALUE=DATE"], after["DTSTART;VALUE=DATE"]) == ("20260317", "20260401")


def test_a_wrong_token_finds_nothing(cast, client):
    url = feed_of(cast.admin.browser()).removeprefix("http://portal.test")
    handle, _, secret = url.removeprefix("/calendar/").removesuffix(".ics").partition(".")
    assert client.get(url).status_code == 200
    for token in (handle, f"{handle}.", f"{handle}.{'0' * len(secret)}", f"x.{secret}", secret, f"{handle}.é"):
        assert client.get(f"/calendar/{token}.ics").status_code == 404
    assert secret not in {value for row in CalendarFeed.select().dicts() for value in map(str, row.values())}


def test_a_replaced_or_dropped_address_stops_working(cast, client, browser):
    first = feed_of(browser).removeprefix("http://portal.test")
    second = feed_of(browser).removeprefix("http://portal.test")
    assert first != second
    assert (client.get(first).status_code, client.get(second).status_code) == (404, 200)
    sent = browser.send(f"{PAGE}/feed/drop", page=PAGE)
    assert (sent.status_code, sent.headers["Location"]) == (303, PAGE)
    assert client.get(second).status_code == 404
    assert browser.get(f"{PAGE}/feed/drop").headers["Location"] == PAGE


def test_who_leaves_the_partner_reads_its_calendar_no_more(cast, client):
    url = feed_of(cast.colleague.browser()).removeprefix("http://portal.test")
    with transaction():
        Member.delete().where(Member.account == cast.colleague.account).execute()
    assert client.get(url).status_code == 404


def test_each_person_has_an_address_of_their_own(cast, client):
    first, second = feed_of(cast.admin.browser()), feed_of(cast.colleague.browser())
    assert first != second
    assert client.get(first.removeprefix("http://portal.test")).status_code == 200


@pytest.mark.parametrize("summary", [
    "a" * 200, "บริษัท สยามเทรดดิ้ง จำกัด ต่ออายุแพ็กเกจ" * 5, "é" * 31 + "ไ" * 40, "x; y, z \\ n",
    "😀" * 40, "a" * 67, "a" * 68,
])
def test_long_lines_are_folded_between_letters(cast, summary):
    day = Day("uid@portal.test", date(2026, 12, 31), summary, "http://portal.test/")
    [event] = parsed(written("Renewals", "Vendor", cast.now, [day]))
    assert event["SUMMARY"] == summary
    assert event["DTEND;VALUE=DATE"] == "20270101"


def test_a_feed_of_many_days_is_cut(cast, client, monkeypatch):
    monkeypatch.setattr("portal.web.store.calendar.FEED_MOST", 2)
    for n in range(4):
        cast.customer(f"C{n}", f"c{n}.example", renews_on=date(2026, 3, 10) + timedelta(days=n))
    body = client.get(feed_of(cast.admin.browser()).removeprefix("http://portal.test")).text
    assert [event["DTSTART;VALUE=DATE"] for event in parsed(body)] == ["20260310", "20260311"]
