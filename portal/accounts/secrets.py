"""Seals what must be read again but not by whoever reads the database: with a key derived from the server's."""

from __future__ import annotations

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken

from portal.core.context import Ctx


def seal(ctx: Ctx, text: str) -> str:
    """Return `text` encrypted and signed."""
    return _box(ctx).encrypt(text.encode()).decode()


def unseal(ctx: Ctx, sealed: str) -> str:
    """Return what was sealed. Raises `ValueError` for anything else, and after a change of the server's key."""
    try:
        return _box(ctx).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ValueError("not sealed with this key") from error


def _box(ctx: Ctx) -> Fernet:
    key = hashlib.sha256(f"sealed:{ctx.secret}".encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
