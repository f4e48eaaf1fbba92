"""Addresses of static files that change when the file does, so that browsers may keep them for a year."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path


def version_of(folder: Path) -> Callable[[str], str]:
    """Return a function from a file's name to its address with a digest of its content."""

    @functools.cache
    def asset(name: str) -> str:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]
        return f"/static/{name}?v={digest}"

    return asset
