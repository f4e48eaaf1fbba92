"""Rules of a customer's details, and how it is found and put in order: the folded words and the key of a row."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache

import idna
from email_validator import EmailNotValidError, validate_email

from portal.core.countries import time_zones, zones
from portal.core.errors import DomainError
from portal.core.folding import fold
from portal.core.locales import LANGUAGES
from portal.core.words import N_

NAME_MAX = 120

# Thai writes these vowels before the consonant that they are spoken after, and dictionaries sort by the consonant.
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e])")
_TONES = re.compile("[\u0e47-\u0e4c]")
_MAX_SEARCH = 1000
_MAX_KEY = 255  # some letters fold into many


def sort_key(name: str) -> str:
    """Return what lists sort a name by: no case, no accents, Thai by consonants and without tones."""
    return _TONES.sub("", _LEADING_VOWEL.sub(r"\2\1", fold(name)))[:_MAX_KEY]


def search_text(name: str, domain: str, display: str, admin_name: str, admin_email: str) -> str:
    """Return the folded words that a customer is found by; `display` is the domain as people write it."""
    words = dict.fromkeys((name, domain, display, admin_name, admin_email))
    return fold(" ".join(words))[:_MAX_SEARCH]


@lru_cache(maxsize=8192)
def spelled(domain: str) -> str:
    """Return an ASCII domain as people write it."""
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain


def check_details(name: str, country: str, time_zone: str, language: str) -> None:
    """Raise a `DomainError` beside the first field that is wrong; `name` is normalized."""
    for fault in _faults(name, country, time_zone, language):
        raise fault


def _faults(name: str, country: str, time_zone: str, language: str) -> Iterator[DomainError]:
    if not name:
        yield DomainError(N_("This field is required."), "name")
    if len(name) > NAME_MAX:
        yield DomainError(N_("Use at most %(count)s characters."), "name", count=NAME_MAX)
    yield from unknown("country", country, zones())
    yield from unknown("time_zone", time_zone, time_zones())
    yield from unknown("language", language, LANGUAGES)


def unknown(field: str, value: str, known: Collection[str]) -> Iterator[DomainError]:
    """Yield a refusal beside `field` unless its value is a known one."""
    if value not in known:
        yield DomainError(N_("Not a valid choice."), field)


def require_email(address: str, field: str) -> None:
    """Raise a `DomainError` beside `field` unless a mail can be sent to such an address."""
    try:
        validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise DomainError(N_("Invalid email address."), field) from error
