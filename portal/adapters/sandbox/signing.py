"""Signatures of webhooks: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`, the scheme that Stripe uses too."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from portal.adapters.cards import BadSignature

HEADER = "Sandbox-Signature"
TOLERANCE = timedelta(minutes=5)  # between signing and reading: who has overheard a message cannot send it again later


def signature(secret: str, body: bytes, at: datetime) -> str:
    """Return the header that goes with a message sent at `at`."""
    seconds = int(at.timestamp())
    return f"t={seconds},v1={_mac(secret, seconds, body)}"


def check(secret: str, header: str, body: bytes, now: datetime) -> None:
    """Raise `BadSignature` unless the header belongs to the message and was made with this secret, lately."""
    parts = [part.partition("=")[::2] for part in header.split(",")]
    times = [value for name, value in parts if name.strip() == "t"]
    if len(times) != 1 or not times[0].isdecimal() or len(times[0]) > 12:
        raise BadSignature
    expected = _mac(secret, int(times[0]), body)
    given = [value for name, value in parts if name.strip() == "v1"]
    if not any(hmac.compare_digest(expected.encode(), value.encode()) for value in given):
        raise BadSignature
    if abs(now - datetime.fromtimestamp(int(times[0]), UTC)) > TOLERANCE:
        raise BadSignature


def _mac(secret: str, seconds: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
