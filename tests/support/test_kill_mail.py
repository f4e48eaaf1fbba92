"""The receiver and the worker are killed in the middle: no mail is lost, and none is filed twice."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.jobs.models import Job
from portal.storage import transaction
from portal.support.models import Event, Received, Ticket
from tests.doubles import FixedClock
from tests.postgres import free_port
from tests.support.mails import SUPPORT, mail

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60.0


class Processes:
    """Real processes on the test's database, ended without warning."""

    def __init__(self, settings: Any) -> None:
        self.environment = {
            **os.environ, "PORTAL_DATABASE_URL": settings.database_url, "PORTAL_VAR": str(settings.var),
            "PORTAL_BASE_URL": "http://portal.test", "PORTAL_DEV_DNS_PORT": str(free_port()),
            "PORTAL_DEV_WEB_PORT": str(free_port()),
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        started = subprocess.Popen([sys.executable, "-m", "flask", "portal", *command], cwd=ROOT, env=self.environment,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.running.append(started)
        return started

    def pipe(self, content: bytes, **environment: str) -> int:
        done = subprocess.run([sys.executable, "-m", "flask", "portal", "mail-in"], cwd=ROOT, input=content,
                              env={**self.environment, **environment}, timeout=DEADLINE, check=False,
                              capture_output=True)
        return done.returncode

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        process.send_signal(signal.SIGKILL)
        process.wait()


@pytest.fixture
def clock() -> FixedClock:
    """The processes read the real clock: what the test writes must not look months old to them."""
    fixed = FixedClock()
    fixed.now = datetime.now(UTC)
    return fixed


@pytest.fixture
def processes(settings, app) -> Iterator[Processes]:
    made = Processes(settings)
    yield made
    for process in made.running:
        if process.poll() is None:
            made.kill(process)


def until(true: Any, what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        threading.Event().wait(0.01)


def send(port: int, numbers: range, said_yes: set[int]) -> None:
    """Deliver mails as a mail server does: what is not answered with yes comes again, from the first."""
    end = time.monotonic() + DEADLINE
    while set(numbers) - said_yes:
        assert time.monotonic() < end, "the receiver takes nothing"
        try:
            with smtplib.LMTP("127.0.0.1", port, timeout=10) as server:
                for n in sorted(set(numbers) - said_yes):
                    server.sendmail("partner-admin@andina.example", [SUPPORT], numbered(n))
                    said_yes.add(n)
        except (OSError, smtplib.SMTPException):
            threading.Event().wait(0.05)


def numbered(n: int) -> bytes:
    return mail(f"Request {n}", subject=f"Request {n}", message_id=f"<{n}@mail.example>")


def test_a_killed_receiver_has_kept_what_it_said_yes_to(cast, processes):
    assert cast.admin
    port, said_yes = free_port(), set[int]()
    first = processes.start("mail-in", "--listen", f"127.0.0.1:{port}")
    sender = threading.Thread(target=send, args=(port, range(120), said_yes))
    sender.start()
    until(lambda: len(said_yes) > 20, "some mails are taken")
    processes.kill(first)
    stored = {row.subject or row.message_id for row in Received.select(Received.message_id)}
    assert {f"<{n}@mail.example>" for n in said_yes} <= stored
    assert len(said_yes) < 120, "it was killed too late to prove anything"
    second = processes.start("mail-in", "--listen", f"127.0.0.1:{port}")
    sender.join(DEADLINE)
    assert len(said_yes) == 120
    second.terminate()
    assert second.wait(20) == 0
    assert Received.select().count() == Job.select().where(Job.kind == "support.receive").count() == 120


def test_a_killed_worker_files_each_mail_once(cast, make_ctx, processes):
    from portal.support.commands.receiving import store

    assert cast.admin
    for n in range(40):
        store(make_ctx(), numbered(n), [SUPPORT])
    worker = processes.start("work")
    until(lambda: Ticket.select().count() > 5, "some tickets are opened")
    processes.kill(worker)
    assert Ticket.select().count() < 40, "it was killed too late to prove anything"
    with transaction():  # as a minute does: the dead worker's lease ends
        Job.update(run_at=datetime(2026, 1, 1, tzinfo=UTC)).where(Job.lease.is_null(False)).execute()
    processes.start("work")
    until(lambda: not Received.select().where(Received.state == "stored").exists(), "all mails are read")
    assert {row.state for row in Received.select(Received.state)} == {"filed"}
    assert sorted(row.subject for row in Ticket.select(Ticket.subject)) == sorted(f"Request {n}" for n in range(40))
    assert Event.select().where(Event.kind == "opened").count() == 40


@pytest.mark.parametrize(("content", "environment", "code"), [
    (mail(), {"RECIPIENT": SUPPORT, "SENDER": "a@b.example"}, 0),
    (b" \n", {}, 65),
    (mail(), {"RECIPIENT": "boss@zohocorp.com", "PORTAL_MAIL_IN_ADDRESSES": "help@portal.example"}, 67),
    (mail(), {"PORTAL_DATABASE_URL": "postgresql://x:y@127.0.0.1:1/none"}, 75),
    (mail(), {"PORTAL_DATABASE_URL": "nonsense"}, 75),
])
def test_a_mail_server_learns_from_the_exit_code_what_became_of_a_mail(processes, content, environment, code):
    assert processes.pipe(content, **environment) == code
    rows = [(row.mailbox, row.envelope_from, bytes(row.content)) for row in Received.select()]
    assert rows == ([(SUPPORT, "a@b.example", content)] if code == 0 else [])
