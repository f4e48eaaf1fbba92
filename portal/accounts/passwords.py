"""Hashes passwords with argon2id, and keeps the clock from telling whether an account exists."""

from __future__ import annotations

from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.accounts.policy import normalize_password
from portal.accounts.policy.passwords import check_password, folded, words_of
from portal.core.context import Ctx
from portal.core.ids import digest

_hasher = PasswordHasher()  # RFC 9106, low memory: 64 MiB and three passes
# A burst of sign-ins waits here instead of taking 64 MiB for each of its threads.
_places = BoundedSemaphore(4)
# The lists are of English; "password" is the first that is tried in any language.
_COMMON_ELSEWHERE = (
    "contraseña", "contraseñas", "contrasena", "mot de passe", "mots de passe", "bienvenido", "bienvenue", "รหัสผ่าน",
)


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


def check_choice(ctx: Ctx, password: str, email: str, name: str = "") -> None:
    """Raise `DomainError` on field `password` unless the person with this name and address may choose it."""
    vendor = ctx.programme.vendor
    names = {vendor.name, vendor.product, vendor.suite, vendor.legal_name, *vendor.name.split(),
             *(word for service in ctx.programme.services.values() for word in service.name.values())}
    check_password(password, words_of(name, email) | names, _common())


@cache
def _common() -> frozenset[str]:
    """Return passwords and words that are tried first, folded. Read when somebody first chooses a password."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # a megabyte, which no other page needs

    listed = {word for words in FREQUENCY_LISTS.values() for word in words}
    return frozenset(listed | {folded(word) for word in _COMMON_ELSEWHERE})


def mark(stored: str) -> str:
    """Return a sign of having chosen exactly this password; a browser may keep it, it opens nothing by itself."""
    return digest(stored)
