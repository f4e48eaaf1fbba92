"""Bank accounts as people type them: one spelling, check digits where there are any, and how little is shown."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from portal.core.errors import DomainError
from portal.core.words import N_

_BETWEEN = re.compile(r"[\s.\-/]+")
_NUMBER = re.compile(r"[A-Z0-9]{5,34}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}")  # what only an international number begins with
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_SHORTEST_IBAN = 15
_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Details:
    """Where money goes: `number` is an IBAN, or what the country uses; `country` is the bank's, ISO 3166."""

    holder: str
    bank_name: str
    number: str
    bic: str
    country: str


def compact(text: str) -> str:
    """Return a number without what people set between its digits, in capitals; Thai digits are digits."""
    composed = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper()
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in composed)


def is_iban(number: str) -> bool:
    """Tell whether a compact number begins like an IBAN: then its check digits must be right."""
    return bool(_IBAN.match(number))


def check_digits_right(iban: str) -> bool:
    """Tell whether an IBAN's check digits are right (ISO 7064, mod 97-10)."""
    turned = iban[4:] + iban[:4]
    return len(iban) >= _SHORTEST_IBAN and int("".join(str(int(c, 36)) for c in turned)) % 97 == 1


def checked(details: Details) -> Details:
    """Return the details in one spelling. Raises `DomainError` on `number` or `bic`."""
    number, bic = compact(details.number), compact(details.bic)
    if not _NUMBER.fullmatch(number):
        raise DomainError(N_("An account number has 5 to 34 letters and digits."), field="number")
    if is_iban(number) and not check_digits_right(number):
        raise DomainError(N_("This IBAN is not right: compare it with your bank's papers."), field="number")
    if bic and not _BIC.fullmatch(bic):
        raise DomainError(N_("A BIC has 8 or 11 letters and digits."), field="bic")
    return replace(details, number=number, bic=bic)


def masked(number: str) -> str:
    """Return what pages, mails and the record show of an account number: its last four characters."""
    return f"•••• {number[-_SHOWN:]}"
