"""Hashes passwords with argon2id, and keeps the clock from telling whether an account exists."""

from __future__ import annotations

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.accounts.policy import normalize_password
from portal.core.ids import digest

_hasher = PasswordHasher()  # RFC 9106, low memory: 64 MiB and three passes
# A burst of sign-ins waits here instead of taking 64 MiB for each of its threads.
_places = BoundedSemaphore(4)


def use(hasher: PasswordHasher) -> None:
    """Hash with other parameters from now on; stored hashes keep theirs until their owner signs in."""
    global _hasher
    _hasher = hasher


def hashed(password: str) -> str:
    """Return what is stored of a password. Slow on purpose: never call it inside a transaction."""
    with _places:
        return _hasher.hash(normalize_password(password))


def matches(stored: str | None, password: str) -> bool:
    """Tell whether `password` is the stored one. Without a stored one the answer takes as long, and is no."""
    if stored is None:
        hashed(password)
        return False
    try:
        with _places:
            return _hasher.verify(stored, normalize_password(password))
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def mark(stored: str) -> str:
    """Return a sign of having chosen exactly this password; a browser may keep it, it opens nothing by itself."""
    return digest(stored)
