"""*Service level*: its figures, the runs behind them and its files, for staff and for partners."""

from __future__ import annotations

import csv
import io
import re
from zipfile import ZipFile

import pytest

from portal.storage import transaction
from tests.support.test_attainment import desk, with_help_center

__all__ = ["desk"]
HX = {"HX-Request": "true"}


@pytest.fixture
def staff(cast, desk):
    return cast.person("agent@vendor.example", "en", staff="support").browser()


@pytest.fixture
def partner(cast, desk):
    return with_help_center(cast.admin).browser()


def cells(text: str) -> list[list[str]]:
    """Return what stands in the rows of the page's tables."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", text, re.DOTALL)
    found = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in rows]
    return [[" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in row] for row in found]


def test_staff_see_the_figures_of_a_month(staff):
    page = staff.get("/en/desk/attainment?month=2026-02").text
    rows = cells(page)
    assert ["Acknowledgement", "3", "2", "1", "–", "100%", "30 min", "2 h 30 min"] in rows
    assert ["Resolution", "4", "2", "–", "2", "50%", "1 h 30 min", "66 h 40 min"] in rows
    assert ["All together", "7", "4", "1", "2", "71.4%", "–", "–"] in rows
    assert ["February 2026", "7", "4", "1", "2", "71.4%"] in rows
    assert "<svg role=\"img\"" in page
    assert "nearest rank" in page
    assert "UTC" in page


@pytest.mark.parametrize(("by", "row"), [
    ("severity", ["Acknowledgement", "S2-High", "1", "–", "1", "–", "100%", "2 h 30 min", "2 h 30 min"]),
    ("region", ["Resolution", "European Union", "1", "–", "–", "1", "0%", "–", "–"]),
    ("partner", ["Acknowledgement", "Other Resale", "1", "1", "–", "–", "100%", "10 min", "10 min"]),
])
def test_each_clock_by_something_else(staff, by, row):
    assert row in cells(staff.get(f"/en/desk/attainment?month=2026-02&by={by}").text)


def test_a_figure_leads_to_its_runs_and_a_run_to_its_ticket(staff, desk):
    page = staff.get("/en/desk/attainment?month=2026-02").text
    late = next(url for url in re.findall(r'href="([^"]+runs[^"]+)"', page)
                if "result=late" in url and "clock=resolution" in url).replace("&amp;", "&")
    rows = staff.get(late).text
    for name, told in (("one", True), ("two", True), ("other", False)):
        assert (desk.tickets[name].public_id in rows) is told
    assert "Not met yet" in rows
    assert "Andina Cloud" in rows


def test_filters_stand_in_the_address(staff, cast):
    partner = cast.andina.public_id
    page = staff.get(f"/en/desk/attainment?month=2026-02&clock=resolution&severity=S1&region=EU&partner={partner}").text
    assert ["All together", "1", "–", "–", "1", "0%", "–", "–"] in cells(page)
    assert "All partners" in page
    assert f"partner={partner}" in re.search(r'href="([^"]+\.csv[^"]*)"', page)[1]


@pytest.mark.parametrize("query", [
    "month=2026-13", "month=x&clock=x&severity=x&region=x&by=x&result=x", "month=9999-99", "after=%00", "month=2000-01",
    "month=2099-12", "after=WyJhIl0", "clock=%F0%9F%92%A9",
])
@pytest.mark.parametrize("path", ["attainment", "attainment/runs", "attainment.csv"])
def test_what_makes_no_sense_is_as_if_not_asked(staff, path, query):
    assert staff.get(f"/en/desk/{path}?{query}").status_code == 200


@pytest.mark.parametrize("path", ["attainment", "attainment/runs", "attainment.csv", "attainment.xlsx"])
def test_a_partner_that_is_not_there(staff, partner, cast, path):
    for name in ("nobody", "%00", "x" * 99, "A'B"):
        assert staff.get(f"/en/desk/{path}?partner={name}").status_code == 404
    other = cast.outsider.partner.public_id
    assert partner.get(f"/en/support/{path}?partner={other}").status_code == 200  # it is not the partner's to ask


def test_partners_see_their_own(partner, desk):
    page = partner.get("/es/support/attainment?month=2026-02&by=partner&region=EU").text
    assert [row[1:5] for row in cells(page)].count(["4", "1", "1", "2"]) == 2  # the total, and the month in the trend
    assert len([row for row in cells(page) if len(row) == 8]) == 4  # by clock alone
    rows = partner.get("/en/support/attainment/runs?month=2026-02").text
    assert desk.tickets["one"].public_id in rows
    assert desk.tickets["other"].public_id not in rows
    assert "Other Resale" not in page + rows


def test_others_see_nothing(cast, desk):
    for path in ("attainment", "attainment/runs", "attainment.csv"):
        assert cast.colleague.browser().get(f"/en/support/{path}").status_code == 403  # no help center
        assert with_help_center(cast.admin).browser().get(f"/en/desk/{path}").status_code == 403


def test_fragments(staff, partner):
    for browser, path in ((staff, "/en/desk/attainment"), (partner, "/en/support/attainment")):
        found = browser.get(path, headers=HX).text
        assert found.lstrip().startswith('<div id="figures">')
        rows = browser.get(f"{path}/runs?month=2026-02", headers=HX).text
        assert rows.lstrip().startswith('<div id="rows">')


def test_a_month_in_which_nothing_counted(staff):
    assert "Nothing counted in this month" in staff.get("/en/desk/attainment?month=2025-12").text
    assert "Nothing counted" in staff.get("/en/desk/attainment/runs?month=2025-12").text


def rows_of(response, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig")), delimiter=separator))


@pytest.mark.parametrize(("lang", "separator", "share"), [
    ("en", ",", "100.0"), ("es", ";", "100.0"), ("fr", ";", "100,0"), ("th", ",", "100.0"),
])
def test_the_csv_in_four_languages(partner, lang, separator, share):
    response = partner.get(f"/{lang}/support/attainment.csv?month=2026-02")
    rows = rows_of(response, separator)
    assert len(rows) == 1 + 4
    assert all(len(row) == 10 for row in rows)
    assert rows[1][0] == "2026-01-01"
    assert rows[1][3:] == ["1", "1", "0", "0", share, "5", "5"]
    assert "attachment" in response.headers["Content-Disposition"]
    assert "Other Resale" not in response.text


def test_the_file_of_staff_names_partners_and_no_formula(staff, cast):
    with transaction():
        type(cast.andina).update(name="=Andina").where(type(cast.andina).id == cast.andina.id).execute()
    rows = rows_of(staff.get("/en/desk/attainment.csv?month=2026-02"), ",")
    assert rows[0][:5] == ["Month", "Clock", "Severity", "Region", "Runs of clocks"]
    assert sum(int(row[4]) for row in rows[1:]) == 8
    rows = rows_of(staff.get("/en/desk/attainment.csv?month=2026-02&by=partner"), ",")
    assert rows[0][:5] == ["Month", "Clock", "Severity", "Region", "Partner"]
    assert {row[4] for row in rows[1:]} == {"'=Andina", "Other Resale"}
    assert sum(int(row[5]) for row in rows[1:]) == 7


@pytest.mark.parametrize("lang", ["en", "es", "fr", "th"])
def test_the_excel_file_in_four_languages(staff, lang):
    response = staff.get(f"/{lang}/desk/attainment.xlsx?month=2026-02&by=partner")
    with ZipFile(io.BytesIO(response.get_data())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        strings = "".join(book.read(name).decode() for name in book.namelist() if "sharedStrings" in name)
    assert "<v>100.0</v>" in sheet  # a number
    assert "Andina Cloud" in sheet + strings


def test_other_formats_are_not_there(staff, partner):
    assert staff.get("/en/desk/attainment.pdf").status_code == 404
    assert partner.get("/en/support/attainment.pdf").status_code == 404
