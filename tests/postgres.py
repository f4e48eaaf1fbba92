"""A PostgreSQL server of the tests' own, from Debian's packages, on loopback."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
MISSING = "PostgreSQL is not installed: apt-get install postgresql"


def installed() -> bool:
    return bool(_BINARIES)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a server in `folder`; yield the address of its empty database."""
    if not installed():
        pytest.skip(MISSING)
    base = Path("/tmp") / f"portal-pg-{os.getpid()}"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(mode=0o755)
    who = _unprivileged(base)
    data, port = base / "data", free_port()
    options = (f"-p {port} -k {base} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off "
               "-c max_connections=60")
    _run(who, "initdb", "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    _run(who, "pg_ctl", "-D", data, "-w", "-l", base / "log", "-o", options, "start")
    try:
        yield f"postgresql://portal@127.0.0.1:{port}/postgres"
    finally:
        _run(who, "pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(base, ignore_errors=True)


def _unprivileged(base: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root; continuous integration often is."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(base, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(who: dict[str, object], program: str, *arguments: object) -> None:
    command = [str(_BINARIES[-1] / program), *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, cwd="/", **who)  # type: ignore[call-overload]
