"""Packs files into one archive that says what is in it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

MANIFEST = "manifest.json"


def packed(files: Mapping[str, bytes], at: datetime, **about: str) -> bytes:
    """Return a ZIP file of `files` and of a manifest: `about`, when, and size and SHA-256 of each file.

    The same contents at the same instant are the same archive, byte for byte.
    """
    listed = [_listed(name, data) for name, data in files.items()]
    manifest = json.dumps({**about, "made_at": at.isoformat(), "files": listed}, ensure_ascii=False, indent=1)
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, data in {MANIFEST: manifest.encode(), **files}.items():
            archive.writestr(ZipInfo(name, at.timetuple()[:6]), data, ZIP_DEFLATED)
    return buffer.getvalue()


def _listed(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
