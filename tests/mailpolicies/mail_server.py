"""Postfix's and Dovecot's look-ups, from Debian's packages, with the very files that docs/operating.md shows."""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
PACKAGES = {
    "postfix": Path("/usr/sbin/postmap"), "postfix-pgsql": Path("/usr/lib/postfix/postfix-pgsql.so"),
    "dovecot-core": Path("/usr/bin/doveadm"),
    "dovecot-pgsql": Path("/usr/lib/dovecot/modules/auth/libdriver_pgsql.so"),
}
_FILE = re.compile(r"^`(/etc/[^`]+)`[^\n]*:\n```ini\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SQL = re.compile(r"^```sql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PATIENCE = 20  # seconds


def missing() -> list[str]:
    """Return the packages that are not installed here."""
    return [package for package, file in PACKAGES.items() if not file.exists()]


def documented_files() -> dict[str, str]:
    """Return path -> text of every file that the document shows."""
    return dict(_FILE.findall(_section()))


def documented_sql() -> str:
    """Return the statements that make the roles."""
    (found,) = _SQL.findall(_section())
    return str(found)


def _section() -> str:
    return DOCUMENT.read_text("utf-8").partition("\n## Mail server\n")[2].partition("\n## ")[0]


class MailServer:
    """The documented files in a folder of the test's own, speaking to the test's own database."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self._database = folder, urlsplit(url)
        for path, text in documented_files().items():
            file = self._here(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._filled(text))

    def _here(self, path: str) -> Path:
        return self.folder / path.removeprefix("/etc/")

    def _filled(self, text: str) -> str:
        """Put the test's server and places where the document has those of an example."""
        host, port = self._database.hostname, self._database.port
        replaced = {
            "hosts = db.example.com": f"hosts = {host}:{port}",
            "host=db.example.com": f"host={host} port={port}",
            "dbname = portal": f"dbname = {self._database.path[1:]}",
            "dbname=portal": f"dbname={self._database.path[1:]}",
            "/etc/": f"{self.folder}/",
            "/var/spool/postfix/": f"{self.folder}/",
        }
        for old, new in replaced.items():
            text = text.replace(old, new)
        return text

    # ---- Postfix ----
    def postfix(self, parameter: str, key: str) -> list[str]:
        """Return what Postfix finds for a key in the table that `parameter` of main.cf names."""
        table = self._run("postconf", "-c", self.folder / "postfix", "-h", parameter).strip()
        return sorted(filter(None, self._run("postmap", "-c", self.folder / "postfix", "-q", key, table)
                             .strip().split(",")))

    # ---- Dovecot ----
    @contextlib.contextmanager
    def dovecot(self) -> Iterator[None]:
        """Run an instance of Dovecot that only answers who is who, and knows nothing of the system's."""
        config = self.folder / "dovecot" / "dovecot.conf"
        config.write_text(self._frame())
        process = subprocess.Popen(["dovecot", "-F", "-c", str(config)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.STDOUT)
        try:
            self._wait_for(self.folder / "run" / "auth-userdb", process)
            yield
        finally:
            process.terminate()
            process.wait(_PATIENCE)

    def _frame(self) -> str:
        """What Debian's own dovecot.conf says around local.conf, in other places."""
        root = os.getuid() == 0
        user = "dovecot" if root else pwd.getpwuid(os.getuid()).pw_name
        group = "dovecot" if root else grp.getgrgid(os.getgid()).gr_name
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/dovecot.log
protocols =
ssl = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
service anvil {{
  chroot =
  # Without it, whoever fails waits longer each time.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
!include {self.folder}/dovecot/local.conf
"""

    def _wait_for(self, socket: Path, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + _PATIENCE
        while not socket.exists():
            log = self.folder / "dovecot.log"
            assert process.poll() is None, log.read_text() if log.exists() else "Dovecot does not start"
            assert time.monotonic() < until, "Dovecot does not listen"
            time.sleep(0.05)

    def signs_in(self, address: str, password: str) -> bool:
        """Tell whether Dovecot lets somebody in."""
        done = self._doveadm("auth", "test", address, password)
        assert "auth succeeded" in done.stdout or "auth failed" in done.stdout, done.stdout + done.stderr
        return "auth succeeded" in done.stdout

    def user(self, address: str) -> dict[str, str] | None:
        """Return what Dovecot knows of a mailbox, or None."""
        done = self._doveadm("user", address)
        if done.returncode:
            assert "doesn't exist" in done.stdout + done.stderr, done.stdout + done.stderr
            return None
        return dict(line.split("\t", 1) for line in done.stdout.splitlines()[1:] if "\t" in line)

    def users(self) -> list[str]:
        """Return every mailbox that Dovecot would walk through."""
        return sorted(self._doveadm("user", "*").stdout.split())

    def doveconf(self, file: str, name: str) -> str:
        """Return one setting as Dovecot reads it from a documented file."""
        return self._run("doveconf", "-c", self._here(file), "-h", name).strip()

    def _doveadm(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        config = str(self.folder / "dovecot" / "dovecot.conf")
        return subprocess.run(["doveadm", "-c", config, *arguments], capture_output=True, text=True,
                              timeout=_PATIENCE, check=False)

    def _run(self, program: str, *arguments: object) -> str:
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, timeout=_PATIENCE,
                              check=False)
        assert done.returncode == 0 or not done.stderr, done.stderr  # 1 and silence: not found
        return done.stdout


@contextlib.contextmanager
def mail_server(url: str) -> Iterator[MailServer]:
    """Make a mail server's settings for the database at `url`; skips where the packages are not installed."""
    if missing():
        pytest.skip(f"Mail servers are not installed: apt-get install {' '.join(missing())}")
    folder = Path(tempfile.mkdtemp(prefix="portal-mail-"))  # not the test's own: a socket's path must be short
    folder.chmod(0o755)
    try:
        yield MailServer(folder, url)
    finally:
        shutil.rmtree(folder)
