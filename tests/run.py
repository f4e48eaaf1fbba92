"""`make test`: the whole suite on SQLite, then on PostgreSQL, and a word about what this machine could not run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from portal.web.pdf import available
from tests import postgres
from tests.mailpolicies import mail_server

_APT = "apt-get install "
_NPM = "npm ci (Node's, as .ci/run calls it) in "
_HERE = Path(__file__).parent


def left_out() -> dict[str, str]:
    """Return what tests want that is not here, and what brings it."""
    wanted = {
        "Chromium (pages as a browser shows them)": (shutil.which("chromium"), f"{_APT}chromium"),
        "PostgreSQL (everything on the second engine)": (postgres.installed(), f"{_APT}postgresql"),
        "Poppler (what is copied from a PDF)": (shutil.which("pdftotext"), f"{_APT}poppler-utils"),
        "Pango (invoices as PDF)": (
            available(), f"{_APT}fonts-noto-core libharfbuzz-subset0 libpango-1.0-0 libpangoft2-1.0-0"),
        "Hunspell (spelling of what is shown)": (
            shutil.which("hunspell"), f"{_APT}hunspell hunspell-en-us hunspell-es hunspell-fr"),
        "gettext (catalogs as its own program checks them)": (shutil.which("msgfmt"), f"{_APT}gettext"),
        "w3m (the main jobs in a text browser)": (shutil.which("w3m"), f"{_APT}w3m"),
        "Postfix and Dovecot (what they look up)": (not mail_server.missing(), _APT + " ".join(mail_server.missing())),
        "html-validate (pages are valid HTML)": ((_HERE / "html/node_modules").is_dir(), f"{_NPM}tests/html"),
        "oidc-provider (a real identity provider)": ((_HERE / "oidc/node_modules").is_dir(), f"{_NPM}tests/oidc"),
    }
    return {name: source for name, (there, source) in wanted.items() if not there}


def run(engine: str) -> int:
    strict = ["--no-skips"] if os.environ.get("PORTAL_TEST_NO_SKIPS") else []
    # More runs than cores: browsers and servers make tests wait.
    options = ["-n", "4", "--dist", "worksteal", "--engine", engine, *strict, *sys.argv[1:]]
    print(f"== {engine}", flush=True)
    return subprocess.run([sys.executable, "-m", "pytest", *options], check=False).returncode


def main() -> int:
    begin = time.monotonic()
    engines = ["sqlite", "postgresql"] if postgres.installed() else ["sqlite"]
    codes = [run(engine) for engine in engines]
    missing = left_out()
    print(f"== {time.monotonic() - begin:.0f} s on {' and '.join(engines)}")
    for name, source in missing.items():
        print(f"Not run here: {name}. To get it: {source}")
    if missing and os.environ.get("PORTAL_TEST_NO_SKIPS"):
        return 1
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
