"""A copy of the project in which a fifth language has been begun, from right to left, and its portal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from portal.settings import ROOT
from tests.fifth import pseudo

_LEFT = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "__pycache__", ".*_cache", ".hypothesis", ".env")


@dataclass
class Copy:
    """The project with its fifth language; `words` are its messages without gaps, each with its translation."""

    root: Path
    words: dict[str, str] = field(default_factory=dict)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.root, env=environment(self.root), capture_output=True, text=True)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, *arguments)


@dataclass
class Served:
    """The portal of the copy."""

    process: subprocess.Popen[str]
    address: str
    cookies: dict[str, str]
    emails: dict[str, str]
    things: dict[str, str]
    mailbox: str

    def mails_to(self, address: str) -> list[EmailMessage]:
        """Let the worker do what is due; return the mails to an address, the newest last."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("work\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"
        files = sorted(Path(self.mailbox).glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        mails = [message_from_bytes(path.read_bytes(), EmailMessage, policy=default) for path in files]
        return [mail for mail in mails if address in str(mail["To"])]


def environment(root: Path) -> dict[str, str]:
    """Return the environment in which `portal` is the copy's, with settings and data of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return {**kept, "PYTHONPATH": str(root), "PORTAL_VAR": str(root / "var")}


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    root = tmp_path_factory.mktemp("fifth") / "project"
    shutil.copytree(ROOT, root, ignore=_LEFT)
    made = Copy(root)
    begun = made.run("make", "-o", "setup", f"BIN={Path(sys.executable).parent}", "language", f"L={pseudo.CODE}")
    assert begun.returncode == 0, begun.stderr
    made.words = pseudo.fill(root / f"translations/{pseudo.CODE}/LC_MESSAGES/messages.po")
    (root / f"portal/help/articles/{pseudo.CODE}/priority-support.md").write_text(pseudo.ARTICLE, encoding="utf-8")
    compiled = made.python("-m", "portal.catalogs", "compile")
    assert compiled.returncode == 0, compiled.stderr
    return made


@pytest.fixture(scope="session")
def served(copy: Copy) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.fifth.portal_of_copy"], cwd=copy.root, env=environment(copy.root),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )
    assert process.stdout
    line = process.stdout.readline()
    assert line, "the portal of the copy did not start: it says why above"
    told: dict[str, Any] = json.loads(line)
    assert Path(told.pop("portal")).is_relative_to(copy.root)
    yield Served(process, **told)
    assert process.stdin
    process.stdin.close()
    process.wait(30)
