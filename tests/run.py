"""`make test`: the whole suite on SQLite, then on PostgreSQL, and a word about what this machine could not run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

from portal.web.pdf import available
from tests import postgres
from tests.mailpolicies import mail_server

_WANTED = {
    "Chromium (pages as a browser shows them)": (bool(shutil.which("chromium")), "chromium"),
    "PostgreSQL (everything on the second engine)": (postgres.installed(), "postgresql"),
    "Poppler (what is copied from a PDF)": (bool(shutil.which("pdftotext")), "poppler-utils"),
    "Pango (invoices as PDF)": (
        available(), "fonts-noto-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0"),
    "Hunspell (spelling of what is shown)": (
        bool(shutil.which("hunspell")), "hunspell hunspell-en-us hunspell-es hunspell-fr"),
    "w3m (the main jobs in a text browser)": (bool(shutil.which("w3m")), "w3m"),
    "Postfix and Dovecot (what they look up)": (not mail_server.missing(), " ".join(mail_server.missing())),
}


def run(engine: str) -> int:
    strict = ["--no-skips"] if os.environ.get("PORTAL_TEST_NO_SKIPS") else []
    # More runs than cores: browsers and servers make tests wait.
    options = ["-n", "4", "--dist", "worksteal", "--engine", engine, *strict, *sys.argv[1:]]
    print(f"== {engine}", flush=True)
    return subprocess.run([sys.executable, "-m", "pytest", *options], check=False).returncode


def main() -> int:
    begin = time.monotonic()
    missing = {name: package for name, (there, package) in _WANTED.items() if not there}
    engines = ["sqlite", "postgresql"] if postgres.installed() else ["sqlite"]
    codes = [run(engine) for engine in engines]
    print(f"== {time.monotonic() - begin:.0f} s on {' and '.join(engines)}")
    for name, package in missing.items():
        print(f"Not run here: {name}. To get it: apt-get install {package}")
    if missing and os.environ.get("PORTAL_TEST_NO_SKIPS"):
        return 1
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
