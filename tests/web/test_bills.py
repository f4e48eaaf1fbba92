"""A bill in words: each line's formula as people can work it out again, and what was rounded."""

from __future__ import annotations

from datetime import date

import pytest
from flask_babel import force_locale

from portal.billing.policy.bills import Bill, Line
from portal.web.bills import shown_bill, shown_line
from portal.web.formats import locale_for


def plain(*words):
    return tuple(word.replace("\u00a0", " ") for word in words)


DAYS = {"starts_on": date(2026, 6, 1), "ends_on": date(2027, 3, 1)}
LINES = [
    (Line("plan", 18000, "p", 5, 3600, **DAYS),
     ("The plan", "5 licenses × 36.00 USD", "", "180.00 USD")),
    (Line("plan-part", 2693, "p", 1, 3600, 273, 365, **DAYS),
     ("The plan, rest of the period", "1 license × 36.00 USD × 273 of 365 days",
      "26.926027 USD is rounded to 26.93 USD.", "26.93 USD")),
    (Line("plan-credit", -2693, "p", 1, 3600, 273, 365, **DAYS),
     ("Credit for The plan, rest of the period", "− 1 license × 36.00 USD × 273 of 365 days",
      "-26.926027 USD is rounded to -26.93 USD.", "-26.93 USD")),
    (Line("storage", 1000, "p", 10, 100, **DAYS), ("Extra storage", "10 GB × 1.00 USD", "", "10.00 USD")),
    (Line("storage-part", 365, "p", 1, 730, 1, 2, **DAYS),
     ("Extra storage, rest of the period", "1 GB × 7.30 USD × 1 of 2 days", "", "3.65 USD")),
    (Line("margin", -2701, unit_price=18007, rate=1500),
     ("Margin of the reseller", "− 180.07 USD × 15%", "-27.0105 USD is rounded to -27.01 USD.", "-27.01 USD")),
    (Line("correction", 500, unit_price=500), ("Correction", "", "", "5.00 USD")),
]


@pytest.mark.parametrize(("line", "words"), LINES)
def test_every_kind_of_line_says_how_it_is_worked_out(app, line, words):
    with app.test_request_context("/en/"):
        shown = shown_line(line, "USD", "The plan", locale_for("en"))
    assert plain(shown.label, shown.formula, shown.rounding, shown.amount) == words
    assert shown.span == ("Jun 1, 2026 to Feb 28, 2027" if line.starts_on else "")


def test_tax_is_a_line_with_its_formula(app):
    bill = Bill("THB", (Line("plan", 1005, "p", 1, 1005),), 1005, 70, 700)
    with app.test_request_context("/en/"):
        shown = shown_bill(bill, bill.lines, lambda line: line.plan, "VAT", locale_for("en"))
    assert shown.tax
    assert plain(shown.tax.label, shown.tax.formula, shown.tax.rounding, shown.tax.amount) == (
        "VAT", "10.05 THB × 7%", "0.7035 THB is rounded to 0.70 THB.", "0.70 THB")
    assert plain(shown.net, shown.total, shown.note) == ("10.05 THB", "10.75 THB", "")


@pytest.mark.parametrize(("note", "word"), [("reverse-charge", "Reverse charge"), ("untaxed", "No tax")])
def test_no_tax_says_why(app, note, word):
    bill = Bill("EUR", (), 0, 0, 0, note)
    with app.test_request_context("/en/"):
        shown = shown_bill(bill, bill.lines, lambda line: line.plan, locale=locale_for("en"))
    assert shown.tax is None
    assert word in shown.note


def test_amounts_are_in_the_formats_of_whom_it_is_for(app):
    line = Line("plan-part", 2693, "p", 1, 3600, 273, 365, **DAYS)
    with app.test_request_context("/en/"), force_locale("th"):
        thai = shown_line(line, "USD", "p", locale_for("th", "TH"))
    assert "2569" in thai.span
    with app.test_request_context("/es/"):
        spanish = shown_line(line, "USD", "p", locale_for("es", "ES"))
    assert spanish.amount == "26,93\u00a0USD"
