"""Tables for spreadsheets: cells that no spreadsheet takes for a formula, as CSV in a reader's conventions."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from portal.core.money import Money

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_TOGETHER = 200  # lines that are sent at once


@dataclass(frozen=True, slots=True)
class Style:
    """How a reader's spreadsheet separates cells and writes decimals; `digits` of each currency's minor unit."""

    separator: str = ","
    decimal: str = "."
    digits: Mapping[str, int] = field(default_factory=dict)

    def text(self, money: Money) -> str:
        """Return an amount as a plain number: no grouping, no currency."""
        digits = self.digits_of(money.currency)
        whole, rest = divmod(abs(money.minor), 10**digits)
        sign = "-" if money.minor < 0 else ""
        return f"{sign}{whole}{self.decimal}{rest:0{digits}}" if digits else f"{sign}{whole}"

    def digits_of(self, currency: str) -> int:
        return self.digits.get(currency, 2)


def safe(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def csv_text(heading: Iterable[str], lines: Iterable[Iterable[object]], style: Style) -> Iterator[str]:
    """Yield a CSV file in pieces. Cells may be text, numbers, decimals, days (as ISO 8601) and money."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=style.separator)
    buffer.write("\ufeff")  # without it a spreadsheet reads UTF-8 as something else
    writer.writerow(heading)
    for number, cells in enumerate(lines, 1):
        writer.writerow([_written(cell, style) for cell in cells])
        if number % _TOGETHER == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _written(cell: object, style: Style) -> object:
    if isinstance(cell, Money):
        return style.text(cell)
    if isinstance(cell, Decimal):
        return str(cell).replace(".", style.decimal)
    return cell.isoformat() if isinstance(cell, date) else safe(cell)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
