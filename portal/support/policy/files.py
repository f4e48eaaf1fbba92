"""Rules of attached files: how their names are shown, how large they may be, and what is in them."""

from __future__ import annotations

import unicodedata

from portal.core.errors import DomainError
from portal.core.words import N_

_NAME_MAX = 120
MEGABYTE = 1024 * 1024
# What a file begins with -> its type. Anything else is offered as bytes: a name proves nothing.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"), (b"%PDF-", "application/pdf"), (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
BYTES, TEXT = "application/octet-stream", "text/plain"


def safe_name(name: str) -> str:
    """Return a file's name without path, control characters and marks that turn the direction of writing."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(c for c in unicodedata.normalize("NFC", last) if unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    plain = " ".join(plain.split()).strip(". ")
    stem, dot, ending = plain.rpartition(".")
    if dot and len(plain) > _NAME_MAX:
        plain = stem[: _NAME_MAX - len(ending[:10]) - 1] + dot + ending[:10]
    return plain[:_NAME_MAX] or "file"


def check_size(name: str, size: int, megabytes: int) -> None:
    """Raise a `DomainError` that names the file unless it is small enough, and not empty."""
    if size > megabytes * MEGABYTE:
        raise DomainError(N_("“%(file)s” is larger than %(count)s MB."), "attachments", file=name, count=megabytes)
    if size == 0:
        raise DomainError(N_("“%(file)s” is empty."), "attachments", file=name)


def media_type(content: bytes) -> str:
    """Return the type of a file by its content."""
    found = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), None)
    if found:
        return found
    try:
        text = content[:4096].decode("utf-8")
    except UnicodeDecodeError as fault:
        if fault.start < 4090 or len(content) <= 4096:
            return BYTES
        text = content[: fault.start].decode("utf-8")
    return BYTES if any(ord(c) < 32 and c not in "\t\n\r\f" for c in text) else TEXT
