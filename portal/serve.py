"""`make run`: sets up a development portal with demo data and serves it, worker included, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from portal import create_app, demo
from portal.settings import ROOT
from portal.storage import database
from portal.storage.migrate import migrate
from portal.web.wiring import dev_names


def prepare() -> str:
    """Migrate and fill the development database; return the demo accounts as text."""
    app = create_app()
    app.extensions["settings"].var.mkdir(parents=True, exist_ok=True)
    with app.app_context(), database.connection_context():
        migrate()
        return demo.fill(app.extensions["make_ctx"](), dev_names(app.extensions["settings"]))


def commands(port: int) -> list[list[str]]:
    """Return the two processes of a portal: the worker and the web server."""
    binaries = Path(sys.executable).parent
    return [
        [str(binaries / "flask"), "portal", "work"],
        [str(binaries / "gunicorn"), "wsgi:app", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread",
         "--threads", "4", "--log-level", "warning"],
    ]


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()


def main() -> int:
    os.chdir(ROOT)
    port = int(os.environ.get("PORT") or 8000)
    accounts = prepare()
    processes = [subprocess.Popen(command) for command in commands(port)]
    print(f"\n{accounts}\n\nThe portal is at http://127.0.0.1:{port}/ (its mails: /dev/mail, its DNS: /dev/dns). "
          "Ctrl-C stops it.\n", flush=True)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: _stop(processes))
    codes = [process.wait() for process in processes]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
