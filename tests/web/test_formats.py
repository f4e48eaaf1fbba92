"""Dates in the reader's language, country and era, on pages, in charts and in mails; machines read ISO everywhere."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from lxml import html

from portal.accounts.models import Account
from portal.mail import post
from portal.storage import transaction
from portal.web.formats import day, instant, locale_for, month, short_month

DAY = date(2026, 3, 2)


@pytest.mark.parametrize(("language", "country", "calendar", "medium", "long", "in_month", "on_axis"), [
    ("th", "", "", "2 มี.ค. 2569", "2 มีนาคม พ.ศ. 2569", "มีนาคม 2569", "มี.ค. 69"),
    ("th", "TH", "buddhist", "2 มี.ค. 2569", "2 มีนาคม พ.ศ. 2569", "มีนาคม 2569", "มี.ค. 69"),
    ("th", "TH", "gregorian", "2 มี.ค. 2026", "2 มีนาคม ค.ศ. 2026", "มีนาคม 2026", "มี.ค. 26"),
    ("en", "", "", "Mar 2, 2026", "March 2, 2026", "March 2026", "Mar 26"),
    ("en", "TH", "buddhist", "Mar 2, 2569 BE", "March 2, 2569 BE", "March 2569 BE", "Mar 69"),
    ("es", "", "", "2 mar 2026", "2 de marzo de 2026", "marzo de 2026", "mar 26"),
    ("es", "MX", "buddhist", "2 mar 2569 EB", "2 de marzo de 2569 EB", "marzo de 2569 EB", "mar 69"),
    ("fr", "FR", "gregorian", "2 mars 2026", "2 mars 2026", "mars 2026", "mars 26"),
])
def test_eras(language, country, calendar, medium, long, in_month, on_axis):
    locale = locale_for(language, country, calendar)
    assert day(DAY, locale) == medium
    assert day(DAY, locale, "long") == long
    assert month(DAY, locale) == in_month
    assert short_month(DAY, locale, with_year=True) == on_axis
    assert instant(datetime(2026, 3, 2, 12, tzinfo=UTC), locale, "UTC").startswith(f"{medium}, 12:00")


def test_readers_of_one_language_and_two_eras_are_told_apart():
    """All of these are remembered: the first reader must not decide for the second."""
    assert locale_for("th", "TH") != locale_for("th", "TH", "gregorian")
    assert [day(DAY, locale_for("th", "TH", era))[-4:] for era in ("", "gregorian", "", "gregorian")] == [
        "2569", "2026", "2569", "2026"]


def test_a_leap_day_is_no_day_of_the_other_era():
    assert day(date(2024, 2, 29), locale_for("en", "", "buddhist")) == "Feb 29, 2567 BE"


@pytest.mark.parametrize(("calendar", "year"), [("", "2569"), ("gregorian", "2026"), ("buddhist", "2569")])
def test_pages_show_the_era_of_their_reader_and_tell_machines_the_other(cast, calendar, year):
    person = cast.person("malee@siam.example", "th", calendar=calendar, time_zone="Asia/Bangkok")
    page = html.fromstring(person.browser().get("/th/account/sessions").data)
    times = page.xpath("//tbody//time")
    assert times[0].get("datetime").startswith("2026-03-02")
    assert f"2 มี.ค. {year}, 16:00" in times[0].text


@pytest.mark.parametrize(("chosen", "shown"), [
    ({"language": "en", "country": "", "time_zone": "UTC", "calendar": ""},
     ["March 2, 2026", "Mar 2, 2026, 9:00 AM", "1,234,567", "12,345.67\u00a0USD"]),
    ({"language": "th", "country": "TH", "time_zone": "Asia/Bangkok", "calendar": ""},
     ["2 มีนาคม พ.ศ. 2569", "2 มี.ค. 2569, 16:00", "1,234,567"]),
    ({"language": "th", "country": "TH", "time_zone": "Asia/Bangkok", "calendar": "gregorian"},
     ["2 มีนาคม ค.ศ. 2026", "2 มี.ค. 2026, 16:00"]),
    ({"language": "es", "country": "ES", "time_zone": "Europe/Madrid", "calendar": ""},
     ["2 de marzo de 2026", "2 mar 2026, 10:00", "1.234.567", "12.345,67"]),
])
def test_the_settings_show_what_they_do(cast, chosen, shown):
    browser = cast.person("ana@example.com", "en").browser()
    answer = browser.send("/en/account", name="Ana", **chosen)
    facts = html.fromstring(browser.get(answer.headers["Location"]).data).xpath("//dl[@class='facts']//dd")
    texts = [fact.text_content() for fact in facts]
    assert [text for text, start in zip(texts, shown, strict=False) if not text.startswith(start)] == []
    assert facts[0].xpath("time/@datetime") == ["2026-03-02"]
    assert Account.get(Account.email == "ana@example.com").calendar == chosen["calendar"]


def test_a_mail_follows_its_recipient_where_their_era_is_known(app, make_ctx, run_jobs, mailer):
    ctx = make_ctx()
    for number, calendar in enumerate(("", "gregorian")):
        with transaction():
            post(ctx, "new-device", key=f"x{number}", address=f"a{number}@example.com", name="A", language="th",
                 browser="", system="", network="", at=ctx.now.isoformat(), time_zone="UTC", country="TH",
                 calendar=calendar)
    run_jobs()
    texts = [mail.get_body(("plain",)).get_content() for mail in mailer.sent]
    assert ("พ.ศ. 2569" in texts[0], "ค.ศ. 2026" in texts[1]) == (True, True)
