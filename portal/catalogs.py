"""`make catalogs`: extracts messages, brings every language's catalog in line with them, and compiles them."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import wtforms
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from portal.core.locales import COMPLETE, DEFAULT, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
KEYWORDS = {
    "_": None, "gettext": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "NP_": ((1, "c"), 2),
    "notify": (2,),
}
# Fixed dates keep the catalogs free of noise in the history.
_HEADER: dict[str, Any] = {
    "project": "partner-portal", "version": "1", "charset": "utf-8", "fuzzy": False, "header_comment": "",
    "creation_date": datetime(2026, 1, 1, tzinfo=UTC), "revision_date": datetime(2026, 1, 1, tzinfo=UTC),
    "last_translator": "", "language_team": "", "msgid_bugs_address": "", "copyright_holder": "",
}


def extracted() -> Catalog:
    """Return every message that templates and code mark, WTForms' own included (it has no Thai)."""
    found = Catalog(**_HEADER)
    with open(ROOT / "babel.cfg") as file:
        methods, options = parse_mapping_cfg(file)
    for folder in (ROOT / "portal", ROOT / "templates", Path(wtforms.__file__).parent):
        for _file, _line, message, comments, context in extract_from_dir(
            str(folder), methods, options, keywords=KEYWORDS, comment_tags=("L10n:",), strip_comment_tags=True
        ):
            found.add(message, context=context, auto_comments=comments)
    return found


def path_of(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """Return a language's catalog; an empty one when it has none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(language, **_HEADER)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def template() -> Catalog:
    """Return every message as `make catalogs` found them last."""
    with (TRANSLATIONS / "messages.pot").open("rb") as file:
        return read_po(file)


def aligned(template: Catalog, old: Catalog, language: str) -> Catalog:
    """Return `old`'s translations of exactly the messages of `template`; nothing is guessed, nothing kept beside."""
    new = Catalog(language, **_HEADER)
    for message in sorted(filter(_has_id, template), key=_order):
        known = old.get(message.id, message.context)
        new.add(message.id, known.string if known else None, context=message.context,
                auto_comments=message.auto_comments, flags=message.flags)
    return new


def _has_id(message: Message) -> bool:
    return bool(message.id)


def _order(message: Message) -> tuple[str, str]:
    return (message.id if isinstance(message.id, str) else message.id[0]).casefold(), message.context or ""


def write(catalog: Catalog, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, no_location=True, omit_header=False, ignore_obsolete=True)


def compile_stale() -> None:
    """Compile every catalog that is newer than its compiled form; processes that start together may all do it."""
    for source in TRANSLATIONS.glob("*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as file:
            catalog = read_po(file)
        for message in untranslated(catalog):  # a plural that has some of its forms would count wrongly in English
            catalog.delete(message.id, message.context)
        draft = target.with_suffix(f".{os.getpid()}")
        with draft.open("wb") as file:
            write_mo(file, catalog)
        draft.replace(target)


def untranslated(catalog: Catalog) -> list[Message]:
    """Return the messages without a whole translation."""
    return [m for m in catalog if m.id and not (all(m.string) if isinstance(m.string, list | tuple) else m.string)]


def main() -> int:
    os.chdir(ROOT)
    found = extracted()
    write(aligned(found, Catalog(), DEFAULT), TRANSLATIONS / "messages.pot")
    missing = 0
    for language in LANGUAGES:
        if language == DEFAULT:
            continue
        catalog = aligned(found, read(language), language)
        write(catalog, path_of(language))
        empty = untranslated(catalog)
        missing += len(empty) if language in COMPLETE else 0
        print(f"{language}: {len(catalog) - len(empty)} of {len(catalog)} messages")
    compile_stale()
    return 1 if missing else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["compile"]:
        compile_stale()
    else:
        sys.exit(main())
