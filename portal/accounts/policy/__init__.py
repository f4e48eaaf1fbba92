"""Rules about addresses, passwords, tokens and throttling, without a database."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network

import idna

from portal.core.errors import DomainError
from portal.core.ids import digest
from portal.core.words import N_

SESSION_LIFETIME = timedelta(days=30)
SESSION_IDLE = timedelta(days=7)  # without a visit; what weighs more asks for a fresh proof long before
SESSION_TOUCH = timedelta(minutes=10)  # a visit is noted at most this often
NAME_MAX = 80
_JOINERS = "\u200c\u200d"
HALF_SESSION = timedelta(minutes=10)  # the password was right: how long we wait for the second factor
DEVICE_LIFETIME = timedelta(days=365)  # of the cookie, from the last sign-in
DEVICE_ACCOUNTS = 5  # that one browser is remembered for
APP_WAIT = timedelta(hours=1)  # from the QR code to the first right code
CODE_DIGITS = 6
RECOVERY_CODES = 10
PASSKEY_WAIT = timedelta(minutes=5)
PASSKEYS_MAX = 20
QUESTION_LIFETIME = timedelta(minutes=10)  # from the way to an identity provider to the way back
CLAIM_LIFETIME = timedelta(minutes=30)  # to prove that an account is one's own, so that a provider can be linked to it
_ADDRESS = re.compile(r"[!-?A-~]+@[^@\s.]+(\.[^@\s.]+)+")
CALENDARS = ("", "gregorian", "buddhist")  # eras of years; the first: as usual in the language
STAFF_ROLES = ("reviewer", "support", "support-lead", "finance", "admin")
PASSWORD_MIN = 10
PASSWORD_MAX = 200  # argon2 takes any length; a megabyte of password is an attack


class Purpose(StrEnum):
    """What a one-time link is for; a link for one purpose never serves another."""

    VERIFY_EMAIL = "verify-email"
    RESET_PASSWORD = "reset-password"
    INVITATION = "invitation"
    CLAIM = "claim"


TOKEN_LIFETIME = {
    Purpose.VERIFY_EMAIL: timedelta(days=2),
    Purpose.RESET_PASSWORD: timedelta(hours=2),
    Purpose.INVITATION: timedelta(days=15),
    Purpose.CLAIM: timedelta(minutes=30),
}

# A new invitation must not spoil the one from another organization; other links are replaced by their successor.
REPLACES_ITSELF = frozenset({Purpose.VERIFY_EMAIL, Purpose.RESET_PASSWORD, Purpose.CLAIM})


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `tries` in each `window` (whole minutes). A full window ends by itself: nobody is locked out."""

    tries: int
    window: timedelta


_QUARTER, _HOUR = timedelta(minutes=15), timedelta(hours=1)
# The narrowest bucket comes first: one noisy address is stopped before it uses up the account's own tries.
SIGN_IN_HERE = Limit(10, _QUARTER)
SIGN_IN_ADDRESS = Limit(50, _QUARTER)
SIGN_IN_ACCOUNT = Limit(100, _QUARTER)
# A browser that the account has signed in with counts by itself, so that nobody else can use up its tries.
SIGN_IN_DEVICE = Limit(10, _QUARTER)
# Who proves once more that an account is theirs is signed in: nobody else can use these up either.
PROOF_HERE = Limit(10, _QUARTER)
PROOF_ACCOUNT = Limit(50, _QUARTER)
# Codes have a million values, three of which are right at a time; who tries one knows the password already.
CODE_HERE = Limit(10, _QUARTER)
CODE_ACCOUNT = Limit(30, _HOUR)
CODE_DEVICE = Limit(10, _QUARTER)
PASSKEY_ADDRESS = Limit(60, _QUARTER)
SIGN_ON_ADDRESS = Limit(100, _QUARTER)
MAIL_ADDRESS = Limit(30, _HOUR)
MAIL_ACCOUNT = Limit(5, _HOUR)


def device_digests(cookie: str) -> list[str]:
    """Return what the database knows the tokens by that a browser keeps, one for each account that has used it."""
    return [digest(token) for token in cookie.split(".")[:DEVICE_ACCOUNTS] if token]


def window_start(now: datetime, window: timedelta) -> int:
    """Return when the present window began, in minutes since 1970 (fits 32 bits for 4,000 years)."""
    minutes = int(now.timestamp()) // 60
    return minutes - minutes % (window // timedelta(minutes=1))


def minutes_left(now: datetime, window: timedelta) -> int:
    """Return how many minutes of the present window are left, in steps of five that are never too short."""
    end = window_start(now, window) + window // timedelta(minutes=1)
    left = end - int(now.timestamp()) // 60
    return -(-left // 5) * 5


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv6 subscriber owns a whole /64."""
    try:
        version = ip_address(address).version
    except ValueError:
        return address
    return str(ip_network(f"{address}/64", strict=False)) if version == 6 else address


class TooManyAttempts(DomainError):
    """The limit of tries in this window is used up. `everywhere`: by many browsers together, for one account."""

    def __init__(self, minutes: int, everywhere: bool = False) -> None:
        super().__init__(N_("Too many attempts. Please wait %(minutes)s minutes and try again."), minutes=minutes)
        self.everywhere = everywhere


class TokenRefused(DomainError):
    """A link that is unknown, used, expired or for something else: one answer for all four."""

    def __init__(self) -> None:
        super().__init__(N_("This link is no longer valid. Ask for a new one."))


class WrongCredentials(DomainError):
    """Unknown address or wrong password: nobody learns which."""

    def __init__(self) -> None:
        super().__init__(N_("The e-mail address or the password is not right."))


class WrongPassword(DomainError):
    """The password that should prove who is sitting there does not."""

    def __init__(self, field: str) -> None:
        super().__init__(N_("This is not the password of this account."), field=field)


class WrongCode(DomainError):
    """Neither a code of the app nor a recovery code, or one that was used before: one answer for all."""

    def __init__(self) -> None:
        super().__init__(N_("This code is not right, or it was used already. Wait for the next one and try again."),
                         field="otp")


class SignInExpired(DomainError):
    """The password was right too long ago, or somebody has come in with this half of a sign-in already."""

    def __init__(self) -> None:
        super().__init__(N_("That took too long. Please sign in again."))


class PasskeyRefused(DomainError):
    """A passkey that is unknown or somebody else's, or an answer that does not fit the question: one answer for all."""

    def __init__(self) -> None:
        super().__init__(N_("This passkey was not accepted. Try again, or use another way."))


class NotVerified(DomainError):
    """The password was right, but the address is not confirmed. `chosen` recognizes the password's owner."""

    def __init__(self, chosen: str) -> None:
        super().__init__(N_("Check your mail: open the link that we have sent you, then you can sign in."))
        self.chosen = chosen


class LastWayIn(DomainError):
    """Nothing else would let the person in."""

    def __init__(self) -> None:
        super().__init__(N_("This is your only way to sign in. Set a password or link another service first."))


class SignOnRefused(Exception):
    """A provider has told who somebody is, and they are not let in or linked; `reason` names the page that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def vouched_email(address: str, verified: bool) -> str:
    """Return the address that a provider vouches for, as accounts have it; raise `SignOnRefused` if it does not.

    Only case and the spelling of the domain may differ: whoever owns a mailbox with look-alike letters, which would be
    normalized into somebody else's, has proved another one.
    """
    normal = normalize_email(address)
    if not verified or len(normal) > 254 or not _ADDRESS.fullmatch(address.strip()) or not normal.isascii():
        raise SignOnRefused("unverified")
    return normal


def normalize_email(address: str) -> str:
    """Return the one spelling under which an address is stored: NFKC, trimmed, lower case, the domain in ASCII.

    Local parts are case-sensitive on paper only; two accounts that differ in case would be one person twice.
    """
    local, at, domain = unicodedata.normalize("NFKC", address).strip().lower().rpartition("@")
    with suppress(idna.IDNAError):  # not an address: the form says so
        domain = idna.encode(domain, uts46=True).decode()
    return local + at + domain


def normalize_name(name: str) -> str:
    """Return a name on one line, composed, without control characters: it stands in mail headers.

    Invisible characters go as well: some turn the rest of a line around, and a name of nothing else is none. The two
    joiners stay, because some scripts spell with them.
    """
    composed = unicodedata.normalize("NFC", name)
    printable = "".join(
        c for c in composed if c.isspace() or c in _JOINERS or unicodedata.category(c) not in {"Cc", "Cf"}
    )
    return " ".join(printable.split()).strip(_JOINERS)


def normalize_password(password: str) -> str:
    """Return the password as it is hashed: composed and decomposed accents and Thai vowels are the same keys."""
    return unicodedata.normalize("NFKC", password)


def normalize_code(code: str) -> str:
    """Return a code as it is compared: digits of any script are digits, and hyphens, blanks and case do not count."""
    composed = unicodedata.normalize("NFKC", code).lower()
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in composed)
    return "".join(c for c in digits if c.isascii() and c.isalnum())


def grouped(text: str, size: int) -> str:
    """Return a secret in groups, as people type it from paper or screen."""
    return " ".join(text[start:start + size] for start in range(0, len(text), size))
