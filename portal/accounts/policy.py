"""Rules about addresses, passwords, tokens and throttling, without a database."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from enum import StrEnum

from portal.core.errors import DomainError
from portal.core.words import N_

SESSION_LIFETIME = timedelta(days=30)
SESSION_TOUCH = timedelta(minutes=10)  # a visit is noted at most this often
PASSWORD_MIN = 10
PASSWORD_MAX = 200  # argon2 takes any length; a megabyte of password is an attack


class Purpose(StrEnum):
    """What a one-time link is for; a link for one purpose never serves another."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"
    INVITATION = "invitation"


TOKEN_LIFETIME = {
    Purpose.VERIFY_EMAIL: timedelta(days=2),
    Purpose.RESET_PASSWORD: timedelta(hours=2),
    Purpose.INVITATION: timedelta(days=15),
}


class TooManyAttempts(DomainError):
    """The limit of tries in this window is used up."""

    def __init__(self, minutes: int) -> None:
        super().__init__(N_("Too many attempts. Please wait %(minutes)s minutes and try again."), minutes=minutes)


class TokenRefused(DomainError):
    """A link that is unknown, used, expired or for something else: one answer for all four."""

    def __init__(self) -> None:
        super().__init__(N_("This link is no longer valid. Ask for a new one."))


def normalize_email(address: str) -> str:
    """Return the one spelling under which an address is stored: NFKC, trimmed, lower case throughout.

    Local parts are case-sensitive on paper only; two accounts that differ in case would be one person twice.
    """
    return unicodedata.normalize("NFKC", address).strip().lower()


def normalize_password(password: str) -> str:
    """Return the password as it is hashed: composed and decomposed accents and Thai vowels are the same keys."""
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, email: str = "") -> None:
    """Raise `DomainError` on field `password` when it is too short, too long or the address itself."""
    if len(password) < PASSWORD_MIN:
        raise DomainError(N_("Use at least %(count)s characters."), field="password", count=PASSWORD_MIN)
    if len(password) > PASSWORD_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), field="password", count=PASSWORD_MAX)
    if email and normalize_email(password) in {email, email.partition("@")[0]}:
        raise DomainError(N_("Your address is too easy to guess as a password."), field="password")
