"""Debian's Postfix, an instance of the test's own, with the settings that docs/operating.md shows."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mailpolicies.mail_server import DOCUMENT
from tests.postgres import free_port

PROGRAMS = Path("/usr/lib/postfix/sbin")
_PATIENCE = 30  # seconds
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def documented_settings() -> str:
    """Return the lines of main.cf that the document shows for mail to Partner Support."""
    section = DOCUMENT.read_text("utf-8").partition("\n## Mail to Partner Support\n")[2].partition("\n## ")[0]
    (found,) = re.findall(r"^`/etc/postfix/main.cf`[^\n]*\n```ini\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return str(found)


class Postfix:
    """Postfix in a folder: `port` takes mails by SMTP, and support's are delivered by LMTP to `lmtp`."""

    def __init__(self, folder: Path, domain: str, lmtp: int) -> None:
        self.folder, self.port = folder, free_port()
        for name in ("config", "queue", "data"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        support = documented_settings().replace("support.example.com", domain).replace(":8024", f":{lmtp}")
        assert f":{lmtp}" in support
        assert domain in support
        (folder / "config/main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {PROGRAMS}
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mx.portal.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = loopback-only
inet_protocols = ipv4
alias_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
default_transport = error:no mail leaves this test
minimal_backoff_time = 1s
maximal_backoff_time = 1s
queue_run_delay = 1s
transport_retry_time = 1s
lmtp_connect_timeout = 5s
{support}""")
        (folder / "config/master.cf").write_text(_MASTER.format(port=self.port))

    def __enter__(self) -> Postfix:
        self._run("start")
        until = time.monotonic() + _PATIENCE
        while not self.log().count("daemon started"):
            assert time.monotonic() < until, self.log()
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._run("stop")

    def log(self) -> str:
        file = self.folder / "postfix.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""

    def queued(self) -> int:
        """Return how many mails wait to be delivered."""
        folders = [self.folder / "queue" / name for name in ("incoming", "active", "deferred")]
        return sum(file.is_file() for folder in folders for file in folder.rglob("*"))

    def try_again(self) -> None:
        """Deliver what waits, as Postfix does by itself after some minutes."""
        self._run("flush")

    def _run(self, command: str) -> None:
        done = subprocess.run(["postfix", "-c", str(self.folder / "config"), command], capture_output=True, text=True,
                              timeout=_PATIENCE, check=False)
        assert done.returncode == 0, done.stderr + self.log()


@contextlib.contextmanager
def postfix(domain: str, lmtp: int) -> Iterator[Postfix]:
    """Run Postfix for a domain; skips where it is not installed, or may not be run."""
    if not PROGRAMS.exists() or os.getuid() != 0:
        pytest.skip("Postfix is not installed (apt-get install postfix), or only root may run it")
    folder = Path(tempfile.mkdtemp(prefix="portal-postfix-"))
    folder.chmod(0o755)
    try:
        with Postfix(folder, domain, lmtp) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)
