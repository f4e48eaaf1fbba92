"""CSV files, read and written as the spreadsheets of all our languages do it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from babel import Locale
from babel.numbers import get_decimal_symbol
from flask import Response, current_app, stream_with_context
from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField

from portal.core.errors import DomainError
from portal.core.folding import fold
from portal.core.ids import digest, random_token
from portal.core.locales import LANGUAGES
from portal.core.sheets import Style, csv_text
from portal.core.words import N_
from portal.web import formats
from portal.web.access import ctx
from portal.web.forms import Form
from portal.web.i18n import current_language

Line = tuple[int, dict[str, str]]
_SEPARATORS = (";", ",", "\t")
_SEPARATOR_LINE = re.compile(r"sep=.\r?\n", re.IGNORECASE)  # what spreadsheets write to tell themselves
_THAI_RUN = re.compile(rb"[\xa1-\xfb]{3,}")


class CsvForm(Form):
    """The upload; `once` names it, so that sending it twice is the same as once."""

    once = HiddenField()
    file = FileField(N_("CSV file"), [FileRequired()], render_kw={"accept": ".csv,.txt,text/csv"})

    def __init__(self) -> None:
        super().__init__(data={"once": random_token()})

    @property
    def name(self) -> str:
        """What jobs call this upload."""
        return digest(self.once.data or random_token())


# ---- Reading ----

def contents(upload: Any, megabytes: int) -> bytes:
    """Return what was uploaded; raise a `DomainError` on field `file` where it is more than so many megabytes."""
    data: bytes = upload.stream.read(megabytes * 1024 * 1024 + 1)
    if len(data) > megabytes * 1024 * 1024:
        raise DomainError(N_("The file has more than %(size)s MB. Split it and try again."), "file", size=megabytes)
    return data


def rows(data: bytes, labels: Mapping[str, str], required: Collection[str], none: str) -> list[Line]:
    """Return (line number, cells by column) of each line below the first that holds something.

    `labels`: the columns by their code, each with the message that names it; a column that the file does not have is
    empty. Raises a `DomainError` on field `file`: `none` is what it says of a file that has only its first line.
    """
    text = _SEPARATOR_LINE.sub("", decoded(data), count=1)
    try:
        lines = list(_lines(text))
    except csv.Error as error:
        raise _not_csv() from error
    if not lines:
        raise DomainError(N_("The file is empty."), "file")
    columns = _columns(lines[0][1], labels, required)
    if not lines[1:]:
        raise DomainError(none, "file")
    blank = dict.fromkeys(labels, "")
    return [
        (line, blank | {key: cell for key, cell in zip(columns, cells, strict=False) if key})
        for line, cells in lines[1:]
    ]


def decoded(data: bytes) -> str:
    """Return the text of a file: UTF-8, UTF-16 with its mark, or what Windows writes in Thai and in Western Europe."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(data, "utf-16").replace("\0", "")  # PostgreSQL keeps no such letter
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


def _columns(header: list[str], labels: Mapping[str, str], required: Collection[str]) -> list[str | None]:
    """Return which column of ours each one of the file is; those that nobody asked for are None."""
    names = spellings(labels)
    columns = [names.get(plain(cell)) for cell in header]
    missing = [gettext(labels[key]) for key in required if key not in columns]
    if missing:
        message = N_("These columns are missing in the first line: %(columns)s.")
        raise DomainError(message, "file", columns=", ".join(missing))
    return columns


# ---- Words that people write ----

def plain(text: str) -> str:
    """Return a word as it is compared: how it is spelled does not matter."""
    return fold(text).replace("_", " ").replace("-", " ").replace("’", "'")


def spellings(labels: Mapping[str, str]) -> dict[str, str]:
    """Return every spelling under which a code is known: its label in each language, and itself."""
    names = {plain(key): key for key in labels}
    for language in LANGUAGES:
        catalog = current_app.extensions["templates"][language].catalog
        names.update({plain(catalog.ugettext(label)): key for key, label in labels.items()})
    return names


@cache
def languages() -> dict[str, str]:
    """Return every spelling of our languages' names, and the code of each."""
    found = {plain(language.name): code for code, language in LANGUAGES.items()}
    for reader in LANGUAGES:
        found |= {plain(str(Locale.parse(reader).languages.get(code, code))): code for code in LANGUAGES}
    return found | {code: code for code in LANGUAGES}


# ---- Writing ----

def download(name: str, heading: Iterable[str], lines: Iterable[Iterable[object]], words: str = "") -> Response:
    """Answer with a file called `name`, or `words` where the browser knows more than ASCII; written line by line."""
    response = Response(stream_with_context(csv_text(heading, lines, style())), mimetype="text/csv")
    return attached(response, name, words)


def attached(response: Response, name: str, words: str = "") -> Response:
    """Make an answer a file to keep, called `name`, or `words` where the browser knows more than ASCII."""
    localized = f"; filename*=UTF-8''{quote(words)}" if words else ""
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"{localized}'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def style() -> Style:
    """Return how the reader's spreadsheet separates cells and writes decimals."""
    decimal = get_decimal_symbol(formats.locale_for(current_language(), ctx().actor.country))
    comma_is_decimal = get_decimal_symbol(formats.locale_for(current_language())) == ","
    return Style(";" if comma_is_decimal else ",", decimal)
