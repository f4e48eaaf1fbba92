"""The one list of languages, and the choice among them."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language that pages are served in; `name` is written in the language itself.

    While it is in preparation, what has no translation yet is shown in English: nobody gets it who has not chosen it.
    """

    code: str
    name: str
    direction: str = "ltr"
    preparing: bool = False


LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("en", "English"),
        Language("es", "Español"),
        Language("fr", "Français"),
        Language("th", "ไทย"),
    )
}
DEFAULT = "en"
COMPLETE = tuple(code for code, language in LANGUAGES.items() if not language.preparing)
PREPARING = tuple(code for code, language in LANGUAGES.items() if language.preparing)

_RANGE = re.compile(r"\*|[a-z]{1,8}(?:[-_][a-z0-9]{1,8})*", re.IGNORECASE)
_WEIGHT = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.IGNORECASE)


def supported(tag: str | None) -> str | None:
    """Return our code for a language tag by RFC 4647 look-up (`fr-CA`, `ES`, `es_MX`), or None."""
    if not tag or not _RANGE.fullmatch(tag):
        return None
    primary = re.split("[-_]", tag, maxsplit=1)[0].lower()
    return primary if primary in LANGUAGES else None


def whole(tag: str | None) -> str:
    """Return the language in which a reader of `tag` gets what cannot be half in another: mails, files, documents.

    That is English while theirs is in preparation.
    """
    code = supported(tag)
    return code if code in COMPLETE else DEFAULT


def _ranges(header: str) -> list[tuple[str, float]]:
    """Read an Accept-Language header into (range, weight), skipping what is malformed."""
    found = []
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        weight = _WEIGHT.fullmatch(parameter.strip())
        if _RANGE.fullmatch(tag.strip()) and (weight or not parameter.strip()):
            found.append((tag.strip().lower(), float(weight.group(1)) if weight else 1.0))
    return found


def negotiate(header: str) -> str:
    """Return the best of our complete languages for an Accept-Language header.

    Higher weights win, equal weights go by the order of the header; `*` stands for the default language, or for the
    first of the list that the header does not exclude.
    """
    ranges = _ranges(header)
    banned = {supported(tag) for tag, weight in ranges if weight == 0}
    for tag, weight in sorted(ranges, key=lambda item: -item[1]):
        if weight == 0:
            continue
        if tag == "*":
            return next((code for code in (DEFAULT, *COMPLETE) if code not in banned), DEFAULT)
        code = supported(tag)
        if code in COMPLETE and code not in banned:
            return code
    return DEFAULT
