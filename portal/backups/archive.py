"""Packs files into one archive that says what is in it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

MANIFEST = "manifest.json"


class Packing:
    """An archive in the making: each file is given in pieces, so that its size needs no memory.

    The same contents at the same instant are the same archive, byte for byte.
    """

    def __init__(self, file: BinaryIO, at: datetime) -> None:
        self._archive, self._at = ZipFile(file, "w"), at
        self._listed = list[dict[str, Any]]()

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write a file, and note its size and SHA-256."""
        size, digest = 0, hashlib.sha256()
        with self._archive.open(self._info(name), "w") as member:
            for piece in pieces:
                size += len(piece)
                digest.update(piece)
                member.write(piece)
        self._listed.append({"name": name, "size": size, "sha256": digest.hexdigest()})

    def close(self, **about: str) -> None:
        """Write the manifest: `about`, when, and what was noted of each file."""
        manifest = {**about, "made_at": self._at.isoformat(), "files": self._listed}
        with self._archive.open(self._info(MANIFEST), "w") as member:
            member.write(json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        self._archive.close()

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self._at.timetuple()[:6])
        info.compress_type = ZIP_DEFLATED
        return info


def packed(files: Mapping[str, bytes], at: datetime, **about: str) -> bytes:
    """Return a ZIP file of `files` and of a manifest."""
    buffer = io.BytesIO()
    packing = Packing(buffer, at)
    for name, data in files.items():
        packing.add(name, [data])
    packing.close(**about)
    return buffer.getvalue()
