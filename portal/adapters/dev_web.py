"""A tiny web server for development: the websites of the demo's domains, told apart by their host name."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

Files = Callable[[], Mapping[tuple[str, str], str]]
"""Returns the text by host and path."""


class DevWeb:
    """Serves what `files()` returns at that moment, on this machine only. Port 0 takes a free one."""

    def __init__(self, files: Files, port: int = 0) -> None:
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.files = files
        self.port: int = self._server.server_address[1]

    def start(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="dev-web").start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    files: Files


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        host = self.headers.get("Host", "").partition(":")[0].lower()
        text = self.server.files().get((host, self.path))
        body = (text or "").encode()
        self.send_response(HTTPStatus.NOT_FOUND if text is None else HTTPStatus.OK)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the portal's own log tells what was fetched."""
