"""Cells of spreadsheets: amounts as plain numbers in the reader's decimals, names that stay names."""

from __future__ import annotations

from datetime import date

import pytest

from portal.core.money import Money
from portal.core.sheets import Style, csv_text

STYLE = Style(";", ",", {"JPY": 0, "EUR": 2, "KWD": 3})


@pytest.mark.parametrize(("minor", "currency", "text"), [
    (123456, "EUR", "1234,56"), (5, "EUR", "0,05"), (-5, "EUR", "-0,05"), (-123400, "EUR", "-1234,00"),
    (0, "EUR", "0,00"), (1234, "JPY", "1234"), (-1, "JPY", "-1"), (1234567, "KWD", "1234,567"), (150, "XXX", "1,50"),
])
def test_amounts(minor, currency, text) -> None:
    assert STYLE.text(Money(minor, currency)) == text


def test_a_file_in_pieces() -> None:
    rows = ([date(2026, 3, 2), "=1+1", Money(-150, "EUR"), -7, "a;b"] for _ in range(450))
    pieces = list(csv_text(["Day", "Name", "Amount", "Number", "Text"], rows, STYLE))
    assert len(pieces) == 3
    lines = "".join(pieces).splitlines()
    assert lines[0] == "\ufeffDay;Name;Amount;Number;Text"
    assert lines[1] == "2026-03-02;'=1+1;-1,50;-7;\"a;b\""
    assert len(lines) == 451
