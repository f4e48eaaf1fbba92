"""Static files: addresses that change with the file, so that browsers may keep it for a year; compression of texts."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import brotli


def version_of(folder: Path) -> Callable[[str], str]:
    """Return a function from a file's name to its address with a digest of its content."""

    @functools.cache
    def asset(name: str) -> str:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:10]
        return f"/static/{name}?v={digest}"

    return asset


class Compressed:
    """Compresses texts among the static files, each once for a process, as tightly as can be."""

    _TEXTS = (".css", ".js", ".svg")

    def __init__(self, files: Any) -> None:
        self._files = files
        self._kept: dict[tuple[str, str], bytes] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        accepted = "br" in environ.get("HTTP_ACCEPT_ENCODING", "").replace(" ", "").split(",")
        if not (path.startswith("/static/") and path.endswith(self._TEXTS) and accepted):
            return self._files(environ, start_response)  # type: ignore[no-any-return]
        environ.pop("HTTP_RANGE", None)  # of what is compressed nobody wants a part
        answer: list[Any] = []
        body = self._files(environ, lambda *told: answer.extend(told))
        status, headers = answer[0], dict(answer[1])
        headers["Vary"] = "Accept-Encoding"
        if status.startswith("200") and environ.get("REQUEST_METHOD") == "GET":
            packed = self._packed(path, headers.get("Last-Modified", ""), body)
            if hasattr(body, "close"):
                body.close()  # the file: nobody reads on
            headers |= {"Content-Encoding": "br", "Content-Length": str(len(packed))}
            body = [packed]
        start_response(status, list(headers.items()))
        return body  # type: ignore[no-any-return]

    def _packed(self, path: str, changed: str, body: Iterable[bytes]) -> bytes:
        if (path, changed) not in self._kept:
            self._kept[path, changed] = brotli.compress(b"".join(body))
        return self._kept[path, changed]
