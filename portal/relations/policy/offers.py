"""Codes, tokens and requests by which customers come to partners: their form, their pace, what becomes of them."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import datetime, timedelta

from portal.accounts.policy import Limit
from portal.core.errors import DomainError, Stale
from portal.core.ids import digest
from portal.core.words import N_

# Capitals and digits that nobody mixes up, without U so that they spell no words. 16 of 30 are 78 bits.
ALPHABET = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
LENGTH, _GROUP = 16, 4
HINT = 4  # how many of the last characters its owner sees again

OPEN_CODES = 10  # of a partner
OPEN_TOKENS = 3  # of an organization
OPEN_REQUESTS = 20  # of a partner
_ASKS, _ASKS_WITHIN = 3, timedelta(days=30)  # of one partner for one domain
HEARD, HEARD_WITHIN = 5, timedelta(days=30)  # requests of all partners that reach one organization
MESSAGE_MAX = 500

# Tries of codes and tokens, right ones too. The narrowest comes first: who guesses from one account is stopped before
# they use up what their organization or their office has.
TRIES_PER_ACCOUNT = Limit(10, timedelta(hours=1))
TRIES_PER_SIDE = Limit(30, timedelta(hours=1))  # of an organization's, or of a partner's people
TRIES_PER_ADDRESS = Limit(60, timedelta(hours=1))


class OfferUnknown(DomainError):
    """A code or token that is unknown, used, withdrawn, expired, or for somebody else: one answer for all."""

    def __init__(self, field: str) -> None:
        super().__init__(N_("This is not valid. It may have a typing error, or it was used, withdrawn or is too old."),
                         field)


class OfferClosed(DomainError):
    """What the page was about has been answered or withdrawn, or nobody answered in time."""

    def __init__(self) -> None:
        super().__init__(N_("This is no longer open. Nothing was done."))


class PartnerUnavailable(DomainError):
    """A partner that is suspended or terminated gets no customers."""

    def __init__(self, partner: str) -> None:
        super().__init__(N_("%(partner)s cannot take customers at present. Nothing was done."), partner=partner)


class SamePartner(DomainError):
    """The organization is this partner's already."""

    def __init__(self, partner: str, field: str | None = None) -> None:
        super().__init__(N_("%(partner)s is already the partner of this organization."), field, partner=partner)


class TermsChanged(Stale):
    """What the consent page said is no longer so: nobody agrees to what they have not read."""


class TooManyOpen(DomainError):
    """There are as many open ones as anybody can keep in mind."""

    def __init__(self, limit: int) -> None:
        super().__init__(N_("At most %(limit)s can be open at a time. Withdraw one that is not needed any more."),
                         limit=limit)


class AskedTooOften(DomainError):
    """A partner must not pester an organization, whether it is here or not."""

    def __init__(self) -> None:
        super().__init__(N_("You have asked for this domain several times lately. Ask again in some weeks."), "domain")


def spelled(secret: str, purpose: str, once: str) -> str:
    """Return the code that a form makes, without hyphens: the same form sent twice makes and shows the same one."""
    number = int.from_bytes(hmac.new(secret.encode(), f"{purpose}:{once}".encode(), hashlib.sha256).digest())
    base = len(ALPHABET)
    return "".join(ALPHABET[number // base**place % base] for place in range(LENGTH))


def grouped(code: str) -> str:
    """Return a code as people read it aloud: K7MP-3QXW-9TFA-H2RD."""
    return "-".join(code[place : place + _GROUP] for place in range(0, len(code), _GROUP))


def read(typed: str) -> str:
    """Return what was typed as a code: no blanks or hyphens, capitals, digits of any script as ASCII ones."""
    return "".join(_letter(char) for char in unicodedata.normalize("NFKC", typed)).upper()


def _letter(char: str) -> str:
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    return char if char.isalpha() else ""


def kept(kind: str, code: str) -> str:
    """Return what the database keeps of a code or token; one is never good for the other."""
    return digest(f"relation-{kind}:{code}")


def standing(state: str, expires_at: datetime, now: datetime) -> str:
    """Return what has become of an offer: its state, or `expired` when nobody used it in time."""
    return "expired" if state == "open" and now >= expires_at else state


def as_told(kind: str, state: str, expires_at: datetime, now: datetime) -> str:
    """Return how an offer stands as its partner is told: of a request, no more than whether it was accepted.

    Whether the organization is here, and whether somebody has declined, both look like no answer.
    """
    if kind == "request" and state == "declined":
        state = "open"
    return standing(state, expires_at, now)


def check_request_pace(asked: list[datetime], now: datetime) -> None:
    """Raise `AskedTooOften` if `asked`, when this partner asked for this domain before, leave no room for another."""
    if sum(now - at < _ASKS_WITHIN for at in asked) >= _ASKS:
        raise AskedTooOften
