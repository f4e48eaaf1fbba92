"""`make language L=pt` begins a language; `make check` lists what those in preparation still lack."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from babel import Locale, UnknownLocaleError

from portal import catalogs
from portal.core.locales import DEFAULT, LANGUAGES, PREPARING
from portal.help.collection import ARTICLES, library

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "portal/core/locales.py"
PROGRAMME = ROOT / "portal/programme/default.toml"
_LINE = re.compile(r'^        Language\("[a-z]+", .*\),\n', re.MULTILINE)


class Unfit(Exception):
    """A language that cannot be begun; the message says why and what to do."""


def known(code: str) -> Locale:
    """Return what CLDR knows of a language that is not in the list yet."""
    if not re.fullmatch(r"[a-z]{2,3}", code):
        raise Unfit(f"{code!r} is not the code of a language alone: write L=pt, not L=pt-BR or L=Portuguese")
    try:
        locale = Locale.parse(code)
    except UnknownLocaleError:
        raise Unfit(f"CLDR knows no language {code!r}: use its ISO 639 code, such as pt for Portuguese") from None
    if locale.language != code:
        raise Unfit(f"{code!r} is an old code: use L={locale.language}")
    if code in LANGUAGES:
        raise Unfit(f"{LANGUAGES[code].name} ({code}) is there already: see {_short(LIST)}")
    return locale


def line_of(locale: Locale) -> str:
    """Return the language's line in the list: its name as it writes it itself, its direction, in preparation."""
    name = locale.get_display_name() or locale.language
    parts = [f'"{locale.language}"', f'"{name[0].upper()}{name[1:]}"']
    parts += ['"rtl"'] if locale.text_direction == "rtl" else []
    return f"        Language({', '.join(parts)}, preparing=True),\n"


def begin(code: str) -> list[Path]:
    """Write the language's line, its empty catalog and its folder of articles; return where."""
    locale = known(code)
    catalog = catalogs.aligned(catalogs.template(), catalogs.read(code), code)
    source = LIST.read_text(encoding="utf-8")
    end = list(_LINE.finditer(source))[-1].end()
    LIST.write_text(source[:end] + line_of(locale) + source[end:], encoding="utf-8")
    catalogs.write(catalog, catalogs.path_of(code))
    folder = ARTICLES / code
    folder.mkdir(exist_ok=True)
    (folder / ".gitkeep").touch()
    return [LIST, catalogs.path_of(code), folder]


def missing(code: str) -> Iterator[str]:
    """Yield what a language lacks: messages, articles, texts of the programme file."""
    catalog = catalogs.aligned(catalogs.template(), catalogs.read(code), code)
    lacking = len(catalogs.untranslated(catalog))
    if lacking:
        yield f"{lacking} of {len(catalog)} messages in {_short(catalogs.path_of(code))}"
    keys = [article.key for article in library().shelf(DEFAULT, staff=True)]
    absent = [key for key in keys if code not in library().translations(key)]
    if absent:
        yield f"{len(absent)} of {len(keys)} articles in {_short(ARTICLES / code)}: {', '.join(absent)}"
    texts = list(_texts(tomllib.loads(PROGRAMME.read_text(encoding="utf-8")), ""))
    blank = [path for path, words in texts if code not in words]
    if blank:
        yield f"{len(blank)} of {len(texts)} texts in {_short(PROGRAMME)}: {', '.join(blank[:5])} …"


def _texts(value: Any, path: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield every text of a programme file that is written in several languages, and its place."""
    if isinstance(value, dict) and DEFAULT in value:
        yield path, value
    elif isinstance(value, dict | list):
        for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _texts(entry, f"{path}.{key}".lstrip("."))


def _short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def main(codes: list[str]) -> int:
    """Begin the language of this code; without one, list what is missing."""
    if not codes:
        for code in PREPARING:
            found = list(missing(code)) or ["nothing: take preparing=True out of its line"]
            print(f"{LANGUAGES[code].name} ({code}) is in preparation and lacks", *found, sep="\n  ")
        return 0
    try:
        written = begin(codes[0])
    except Unfit as why:
        print(why, file=sys.stderr)
        return 2
    print("Written:", *map(_short, written), "Translate there; `make check` tells what is missing.", sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main([code for code in sys.argv[1:] if code]))
