"""Reads an uploaded file of customers: any usual encoding, separator and wording of its first line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from babel import Locale
from flask import current_app
from flask_babel import gettext

from portal.core.errors import DomainError
from portal.core.folding import fold
from portal.core.locales import LANGUAGES
from portal.core.words import N_
from portal.directory.policy.organizations import LICENSES_DEFAULT, QUESTIONS, REQUIRED, trial_plans
from portal.programme import Programme
from portal.web.countries import countries

Row = tuple[int, dict[str, Any]]
_SEPARATORS = (";", ",", "\t")
_SEPARATOR_LINE = re.compile(r"sep=.\r?\n", re.IGNORECASE)  # what spreadsheets write to tell themselves
_THAI_RUN = re.compile(rb"[\xa1-\xfb]{3,}")


def read(data: bytes, programme: Programme) -> list[Row]:
    """Return (line number, answers) of each line that holds something; raise a `DomainError` on field `file`."""
    text = _SEPARATOR_LINE.sub("", decoded(data), count=1)
    try:
        lines = list(_lines(text))
    except csv.Error as error:
        raise _not_csv() from error
    if not lines:
        raise DomainError(N_("The file is empty."), "file")
    columns = _columns(lines[0][1])
    meant = _meanings(programme)
    rows = [(line, _answers(columns, cells, meant)) for line, cells in lines[1:]]
    if not rows:
        raise DomainError(N_("The file has no customers below its first line."), "file")
    return rows


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 with its mark, or what Windows writes in Thai and in Western Europe."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(data, "utf-16")
    if b"\0" in data or data.startswith((b"PK\x03\x04", b"%PDF", b"\xd0\xcf\x11\xe0")):
        raise _not_csv()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _decode(data, "cp874" if _looks_thai(data) else "cp1252")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        message = N_("The letters of this file cannot be read. Save it as CSV in UTF-8 and try again.")
        raise DomainError(message, "file") from error


def _looks_thai(data: bytes) -> bool:
    """Thai is written in runs of high bytes; Western languages have accents here and there."""
    high = sum(byte >= 0xA1 for byte in data)
    return 2 * sum(map(len, _THAI_RUN.findall(data))) > high


def _not_csv() -> DomainError:
    return DomainError(N_("This is not a CSV file. Save the sheet as CSV in UTF-8 and try again."), "file")


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give the number of each line that is not blank, and its cells."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_SEPARATORS, key=first.count), strict=True)
    start = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start, [" ".join(cell.split()) for cell in cells]
        start = reader.line_num + 1


def _columns(header: list[str]) -> list[str | None]:
    """Return which question each column answers; columns that nobody asked for are None."""
    names = _column_names()
    columns = [names.get(_plain(cell)) for cell in header]
    missing = [gettext(QUESTIONS[key]) for key in REQUIRED if key not in columns]
    if missing:
        message = N_("These columns are missing in the first line: %(columns)s.")
        raise DomainError(message, "file", columns=", ".join(missing))
    return columns


def _plain(text: str) -> str:
    return fold(text).replace("_", " ").replace("-", " ").replace("’", "'")


def _column_names() -> dict[str, str]:
    """Return every spelling under which a column is known: its label in each language, and its code."""
    names = {_plain(key): key for key in QUESTIONS}
    for environment in current_app.extensions["templates"].values():
        names.update({_plain(environment.catalog.ugettext(label)): key for key, label in QUESTIONS.items()})
    return names


def _answers(columns: list[str | None], cells: list[str], meant: dict[str, dict[str, str]]) -> dict[str, Any]:
    answers: dict[str, Any] = {**dict.fromkeys(QUESTIONS, ""), "licenses": ""}
    answers.update({key: cell for key, cell in zip(columns, cells, strict=False) if key})
    for key, spellings in meant.items():
        answers[key] = spellings.get(_plain(answers[key]), answers[key])
    answers["licenses"] = _licenses(answers["licenses"])
    return answers


def _licenses(text: str) -> int:
    """Return the number, the usual one where the cell is empty, or 0 where it holds something else."""
    if not text:
        return LICENSES_DEFAULT
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _meanings(programme: Programme) -> dict[str, dict[str, str]]:
    """Return for each column with choices: the spellings of a choice, and its code."""
    plans = {_plain(name): plan.code for plan in trial_plans(programme) for name in plan.name.values()}
    plans |= {_plain(plan.code): plan.code for plan in trial_plans(programme)}
    return {"language": _languages(), "country": _countries(), "plan": plans}


@cache
def _languages() -> dict[str, str]:
    found = {_plain(language.name): code for code, language in LANGUAGES.items()}
    for reader in LANGUAGES:
        found |= {_plain(str(Locale.parse(reader).languages[code])): code for code in LANGUAGES}
    return found | {code: code for code in LANGUAGES}


@cache
def _countries() -> dict[str, str]:
    found = {_plain(name): code for language in LANGUAGES for code, name in countries(language)}
    return found | {code.lower(): code for code, _name in countries("en")}
