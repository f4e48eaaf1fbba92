"""The internet of a development machine: a JSON file of DNS records and web files that a page may change any time."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Record = tuple[str, str, str]
"""Name, type and value. Type ZONE declares a zone; its value says how the zone behaves: see `ZONE_STATES`."""

ZONE_STATES = ("answering", "servfail", "timeout")


class DevNames:
    """Keeps records and files in one JSON file; reads it again whenever another process has changed it."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.RLock()
        self._seen: tuple[int, int] | None = None
        self._data: dict[str, list[list[str]]] = {}

    def records(self) -> list[Record]:
        return [(name, kind, value) for name, kind, value in self._fresh().get("records", [])]

    def files(self) -> dict[tuple[str, str], str]:
        """Return the text by host and path."""
        return {(host, path): text for host, path, text in self._fresh().get("files", [])}

    def place(self, name: str, kind: str, *values: str) -> None:
        """Replace the records of that name and type; without values they are removed."""
        with self._lock:
            kept = [record for record in self.records() if record[:2] != (name, kind)]
            self._write("records", [*kept, *((name, kind, value) for value in values)])

    def place_zone(self, zone: str, state: str = "answering") -> None:
        """Declare `zone`, or change how it behaves."""
        if state not in ZONE_STATES:
            raise ValueError(f"{state!r} is not one of {', '.join(ZONE_STATES)}")
        self.place(zone, "ZONE", state)

    def place_file(self, host: str, path: str, text: str | None) -> None:
        """Put a file on the host's website; None removes it."""
        with self._lock:
            files = self.files()
            files.pop((host, path), None)
            if text is not None:
                files[host, path] = text
            self._write("files", [(*place, content) for place, content in files.items()])

    def _fresh(self) -> dict[str, list[list[str]]]:
        with self._lock:
            try:
                stat = self._path.stat()
            except FileNotFoundError:
                return {}
            # Each write makes a new file, so the inode tells changes apart even within one tick of the clock.
            if self._seen != (stat.st_ino, stat.st_mtime_ns):
                self._data = json.loads(self._path.read_text("utf-8"))
                self._seen = (stat.st_ino, stat.st_mtime_ns)
            return self._data

    def _write(self, key: str, rows: Iterable[Any]) -> None:
        content = json.dumps({**self._fresh(), key: list(rows)}, ensure_ascii=False, indent=1)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}.{threading.get_ident()}")
        draft.write_text(content, "utf-8")
        draft.replace(self._path)  # readers see the old file or the new one, never half of it
