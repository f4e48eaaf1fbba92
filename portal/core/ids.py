"""Public ids, secrets for one use, and their digests."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


def public_id() -> str:
    """Return a short random id for URLs: 12 letters that nobody mixes up, about 59 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def named_id(secret: str, purpose: str, name: str) -> str:
    """Return a public id that the same name always gets, so that doing something twice finds the first time's row."""
    number = int.from_bytes(hmac.new(secret.encode(), f"{purpose}:{name}".encode(), hashlib.sha256).digest())
    return "".join(_ALPHABET[number // len(_ALPHABET) ** place % len(_ALPHABET)] for place in range(12))


def random_token() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def salt() -> str:
    """Return 128 random bits as text, for a digest whose content could be guessed."""
    return secrets.token_hex(16)


def digest(token: str) -> str:
    """Return what the database keeps of a token: enough to recognize it, useless to present it."""
    return hashlib.sha256(token.encode()).hexdigest()


def derive(secret: str, purpose: str, handle: str) -> str:
    """Return the secret half of a one-time token.

    It is derived from the server's key, so that the queue of mails holds only the handle and no row of the
    database opens a door.
    """
    return hmac.new(secret.encode(), f"{purpose}:{handle}".encode(), hashlib.sha256).hexdigest()[:40]
