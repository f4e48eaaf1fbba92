"""The worker is killed in the middle of its jobs: nothing is lost, nothing happens twice that a person would notice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.audit.models import Event
from portal.customers.models import Organization
from portal.directory.commands.organizations import ask_check as ask_import_check
from portal.directory.commands.organizations import ask_import
from portal.directory.commands.user_imports import ask_user_check, ask_user_import
from portal.directory.jobs.imports import CHUNK
from portal.directory.models import User
from portal.domains.commands import ask_check
from portal.domains.models import Domain
from portal.domains.policy import Method
from portal.jobs.models import Job
from portal.mail import post
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from portal.web.wiring import dev_names
from tests.doubles import FixedClock
from tests.inside import inside
from tests.postgres import free_port
from tests.servers import Mailbox, mail_server

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60.0


class Workers:
    """Starts real worker processes and kills them without warning."""

    def __init__(self, settings: Any, box: Mailbox, names: Any) -> None:
        self.environment = {
            **os.environ, "PORTAL_DATABASE_URL": settings.database_url, "PORTAL_SMTP_URL": box.url,
            "PORTAL_VAR": str(settings.var), "PORTAL_BASE_URL": "http://portal.test",
            "PORTAL_DEV_DNS_PORT": str(free_port()), "PORTAL_DEV_WEB_PORT": str(free_port()),
        }
        self.names = names
        self.running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "flask", "portal", "work"]
        self.running = subprocess.Popen(command, cwd=ROOT, env=self.environment)

    def kill(self) -> None:
        assert self.running is not None
        self.running.send_signal(signal.SIGKILL)
        self.running.wait()
        self._a_minute_later()

    def _a_minute_later(self) -> None:
        """Let the dead worker's lease end, as it would by itself after a minute."""
        with transaction():
            Job.update(run_at=datetime(2026, 1, 1, tzinfo=UTC)).where(Job.lease.is_null(False)).execute()


@pytest.fixture
def clock() -> FixedClock:
    """The worker processes read the real clock: what the test writes must not look months old to them."""
    fixed = FixedClock()
    fixed.now = datetime.now(UTC)
    return fixed


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as mailbox:
        yield mailbox


@pytest.fixture
def workers(settings, app, box) -> Iterator[Workers]:
    made = Workers(settings, box, dev_names(settings))
    yield made
    if made.running and made.running.poll() is None:
        made.running.kill()
        made.running.wait()


def until(true: Any, what: str) -> None:
    """Look again and again until something is so; give up after a minute."""
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        threading.Event().wait(0.01)


@contextmanager
def holding(box: Mailbox, count: int) -> Iterator[threading.Event]:
    """Hold the mail server's answer to its `count`-th mail; the event tells when that mail is in its hands."""
    reached, release, seen = threading.Event(), threading.Event(), iter(range(1, 10_000))

    def hold(_mail: Any) -> None:
        if next(seen) == count:
            reached.set()
            release.wait(DEADLINE)

    box.before = hold
    try:
        yield reached
    finally:
        release.set()
        box.before = None


def all_done(kind: str) -> bool:
    return not Job.select().where(Job.kind == kind, Job.state == "ready").exists()


def test_mails_are_neither_lost_nor_doubled(cast, make_ctx, workers, box) -> None:
    with transaction():
        for n in range(12):
            post(make_ctx(), "password-changed", f"test:{n}", f"person-{n}@andina.example", f"Person {n}", "es")
    with holding(box, 5) as reached:
        workers.start()
        assert reached.wait(DEADLINE)
        workers.kill()
    workers.start()
    until(lambda: all_done("mail.send"), "all mails are sent")
    copies = Counter(str(mail["Message-ID"]) for mail in box.mails)
    assert len(copies) == 12, "every mail arrived"
    assert sum(copies.values()) <= 13, "at most the mail in flight went out again, under the same Message-ID"


def answers(n: int) -> dict[str, Any]:
    domain = f"client-{n}.example"
    return {"name": f"Client {n}", "domain": domain, "admin_name": "Boss", "admin_email": f"boss@{domain}",
            "language": "fr", "country": "FR", "plan": "workplace-standard", "licenses": 5}


def test_an_import_continues_where_it_was_cut(cast, make_ctx, run_jobs, workers, box) -> None:
    lines = 2 * CHUNK + 20
    check = ask_import_check(cast.admin.ctx, [[n + 2, answers(n)] for n in range(lines)], "upload")
    run_jobs()
    job = ask_import(cast.admin.ctx, check)
    workers.start()
    until(lambda: Organization.select().count() > CHUNK + 5, "the import is in the middle of its second piece")
    workers.kill()
    assert Organization.select().count() < lines, "it was killed too late to prove anything"
    workers.start()
    until(lambda: all_done("directory.import") and all_done("mail.send"), "the import has ended")
    result = Job.get(Job.public_id == job).result
    assert (len(result["added"]), result["refused"]) == (lines, [])
    assert Organization.select().count() == Domain.select().count() == lines
    assert len({str(mail["To"]) for mail in box.mails}) == lines
    assert len({str(mail["Message-ID"]) for mail in box.mails}) == lines


def person(n: int) -> dict[str, Any]:
    return {"name": f"Person {n}", "email": f"person-{n}@siam.example", "role": "member", "title": "", "phone": "",
            "language": "th"}


def test_an_import_of_users_continues_without_doubles(cast, run_jobs, workers, box) -> None:
    lines = 2 * CHUNK + 20
    ctx = inside(cast.siam_admin, cast.siam)
    with transaction():
        Subscription.update(licenses=lines + 1).where(Subscription.organization == cast.siam).execute()
    before = User.select().count()
    check = ask_user_check(ctx, [[n + 2, person(n)] for n in range(lines)], "upload")
    run_jobs()
    job = ask_user_import(ctx, check)
    workers.start()
    until(lambda: User.select().count() > before + CHUNK + 5, "the import is in the middle of its second piece")
    workers.kill()
    assert User.select().count() < before + lines, "it was killed too late to prove anything"
    workers.start()
    until(lambda: all_done("directory.user-import") and all_done("mail.send"), "the import has ended")
    assert Job.get(Job.public_id == job).result == {"added": lines, "refused": [], "stopped": False}
    assert User.select().count() == before + lines == Organization.get_by_id(cast.siam.id).users
    assert len({str(mail["To"]) for mail in box.mails}) == lines
    assert len({str(mail["Message-ID"]) for mail in box.mails}) == lines
    assert Event.select().where(Event.verb == "user.added").count() == lines


def test_a_domain_check_is_done_again(cast, make_ctx, workers, box, settings) -> None:
    customer = cast.customer("Nube", "nube.example", verified=False)
    names = workers.names
    names.place_zone("nube.example", "timeout")
    ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    workers.start()
    until(lambda: Job.select().where(Job.kind == "domains.check", Job.lease.is_null(False)).exists(), "it is asking")
    workers.kill()
    domain = Domain.get(Domain.organization == customer)
    names.place_zone("nube.example")
    names.place("_zoho-challenge.nube.example", "TXT", f"zoho-verification={domain.token}")
    workers.start()
    until(lambda: Domain.get_by_id(domain.id).verified_at, "the domain is verified")
    until(lambda: all_done("mail.send"), "the partner has been told")
    assert len(box.to(cast.admin.email)) == 1
    assert Event.select().where(Event.verb.contains("verified")).count() == 1


