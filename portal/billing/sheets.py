"""Payment reports as files. Their words are those of the reader who asked: given, because a job has no languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import IO, Any

import xlsxwriter

from portal.billing.policy.cards import called
from portal.billing.queries.payments import Payment
from portal.core.money import Money
from portal.core.sheets import Style, csv_text

FORMATS = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Whatever a cell holds, a name that looks like a formula, an address or a number stays the name.
_OPTIONS = {
    "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "remove_timezone": True,
    "constant_memory": True,
}
_WIDTH = 18


@dataclass(frozen=True, slots=True)
class Words:
    """What a file says in its reader's language: the sheet's name, headings, and names of codes."""

    sheet: str
    headings: list[str]
    services: Mapping[str, str]
    card_kinds: Mapping[str, str]
    states: Mapping[str, str]
    declines: Mapping[str, str]
    declined: str  # for other reasons than those
    style: Style

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Words:
        return cls(**{**values, "style": Style(**values["style"])})


def lines(words: Words, payments: Iterable[Payment]) -> Iterator[list[object]]:
    """Yield the cells of each payment, in the order of the headings."""
    for each in payments:
        amounts = (each.net, each.amount - each.net, each.amount, each.refunded, each.commission)
        yield [
            each.on, each.name, words.services.get(each.service, each.service), words.card_kinds[each.card_kind],
            called(each.brand, each.last4), words.states[each.state],
            words.declines.get(each.decline_code, words.declined) if each.state == "declined" else "",
            *(Money(amount, each.currency) for amount in amounts), each.currency, each.code or "",
        ]


def write(format: str, target: IO[bytes], words: Words, rows: Iterable[Iterable[object]]) -> None:
    """Write a file of one of `FORMATS`, row by row: it may be longer than the memory."""
    if format == "xlsx":
        _xlsx(target, words, rows)
    else:
        for piece in csv_text(words.headings, rows, words.style):
            target.write(piece.encode())


def _xlsx(target: IO[bytes], words: Words, rows: Iterable[Iterable[object]]) -> None:
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        sheet = book.add_worksheet(words.sheet[:31])
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        digits = {count: book.add_format({"num_format": "#,##0" + ("." + "0" * count if count else "")})
                  for count in range(4)}
        sheet.set_column(0, len(words.headings) - 1, _WIDTH)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, words.headings, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, Money):
                    places = words.style.digits_of(cell.currency)
                    sheet.write_number(number, column, cell.minor / 10**places, digits[places])
                elif isinstance(cell, date):
                    sheet.write_datetime(number, column, datetime.combine(cell, time()), day)
                else:
                    sheet.write(number, column, cell)
