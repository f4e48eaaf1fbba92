"""`make run`: sets up a development portal with demo data and serves it, worker included, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from portal import create_app, demo
from portal.settings import ROOT
from portal.storage import database
from portal.storage.migrate import migrate
from portal.web.public.help_index import index_from_shell
from portal.web.wiring import dev_names


def prepare() -> str:
    """Migrate and fill the development database; return the demo accounts as text."""
    app = create_app()
    app.extensions["settings"].var.mkdir(parents=True, exist_ok=True)
    with app.app_context(), database.connection_context():
        migrate()
        told = demo.fill(app.extensions["make_ctx"](), dev_names(app.extensions["settings"]))
        index_from_shell(app)  # or the first reader who searches would wait for it
        return told


def commands(port: int) -> list[list[str]]:
    """Return the two processes of a portal: the worker and the web server."""
    binaries = Path(sys.executable).parent
    return [
        [str(binaries / "flask"), "portal", "work"],
        [str(binaries / "gunicorn"), "wsgi:app", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
         "--threads", "4", "--log-level", "warning"],
    ]


def port_fault(text: str) -> str | None:
    """Return why the portal cannot be served at this port, and what to do; None when it can."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        return f"PORT={text} is no port: use a number from 1 to 65535."
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", int(text)))
        except OSError as error:
            return f"Port {text} cannot be used ({error.strerror}). Choose another: make run PORT=8001"
    return None


def run_together(processes: list[subprocess.Popen[bytes]]) -> int:
    """Wait until one process ends or a signal comes, and end the others too.

    Return the worst exit code; being told to stop is no fault.
    A portal without its worker looks well and sends no mail: better none than half of it.
    """
    ended = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ended.append(True))
    while not ended and all(process.poll() is None for process in processes):
        time.sleep(0.2)
    for process in processes:
        process.terminate()
    codes = [abs(process.wait()) for process in processes]
    return 0 if ended else max(codes)


def main() -> int:
    os.chdir(ROOT)
    port = os.environ.get("PORT") or "8000"
    if fault := port_fault(port):
        sys.exit(fault)
    accounts = prepare()
    processes = [subprocess.Popen(command) for command in commands(int(port))]
    print(f"\n{accounts}\n\nThe portal is at http://127.0.0.1:{port}/ (its mails: /dev/mail, its DNS: /dev/dns, "
          "codes of its apps: /dev/codes). Ctrl-C stops it.\n", flush=True)
    return run_together(processes)


if __name__ == "__main__":
    sys.exit(main())
