"""`kill -9` at every step of money, with the sandbox gateway: nothing is taken twice, nothing is lost."""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from lxml import html

from portal.adapters.sandbox.models import SandboxCard, SandboxCharge, SandboxRefund
from portal.adapters.sandbox.numbers import SUCCEEDS
from portal.billing.models import Card, Charge, DayTotal, Invoice, Order, Refund
from portal.commissions.models import Entry
from portal.jobs.models import Job
from portal.storage import transaction
from portal.subscriptions.models import Subscription
from tests.billing.shop import Shop, charge_of, fresh, invoices
from tests.doubles import FixedClock
from tests.journeys import stopping
from tests.postgres import free_port

DEADLINE = 60.0
# A server that has read the portal once makes the processes: each is a process of its own, and starts at once.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.journeys.stopping", *(f"portal.web.{pages}" for pages in (
    "public", "account", "store", "console", "organization", "desk", "sandbox", "dev"))])


class Doomed:
    """Starts processes of the portal, waits until they stop at their step, and kills them."""

    def __init__(self, environment: Mapping[str, str], folder: Path, port: int) -> None:
        self.environment, self.folder, self.port = environment, folder, port
        self.running: list[Any] = []

    def worker(self, of: str = "", step: str = "") -> Path:
        """Start a worker; return the marker of its step."""
        return self._start(stopping.work, of, step)

    def web(self, step: str = "") -> Path:
        """Start a web server and wait until it listens; return the marker of its step."""
        marker = self._start(stopping.serve, self.port, step)
        until(marker.with_suffix(".up").exists, "the web server listens")
        return marker

    def _start(self, main: Any, *arguments: Any) -> Path:
        marker = self.folder / f"marker-{len(os.listdir(self.folder))}"
        self.running.append(PROCESSES.Process(target=main, args=(self.environment, *arguments, marker), daemon=True))
        self.running[-1].start()
        return marker

    def killed_at(self, marker: Path, what: str) -> None:
        """Kill the newest process when it has come to its step; its lease ends as if a minute had passed."""
        until(marker.exists, what)
        self.kill()
        with transaction():
            Job.update(run_at=datetime(2026, 1, 1, tzinfo=UTC)).where(Job.lease.is_null(False)).execute()

    def kill(self) -> None:
        process = self.running.pop()
        os.kill(process.pid, signal.SIGKILL)
        process.join()


def until(true: Any, what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not true():
        assert time.monotonic() < end, f"waited in vain until {what}"
        threading.Event().wait(0.01)


@pytest.fixture
def clock() -> FixedClock:
    """The processes read the real clock."""
    fixed = FixedClock()
    fixed.now = datetime.now(UTC)
    return fixed


@pytest.fixture
def doomed(settings, app, tmp_path) -> Iterator[Doomed]:
    port, folder = free_port(), tmp_path / "markers"
    folder.mkdir()
    made = Doomed({
        "PORTAL_DATABASE_URL": settings.database_url, "PORTAL_VAR": str(settings.var), "PORTAL_CARDS": "sandbox",
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}", "PORTAL_DEV_DNS_PORT": str(free_port()),
        "PORTAL_DEV_WEB_PORT": str(free_port()),
    }, folder, port)
    yield made
    while made.running:
        made.kill()


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


@pytest.fixture
def customer(cast):
    """A customer whose card the sandbox knows, and always charges."""
    made = cast.customer("Acme", "acme.example", standing="ended", country="US", language="en", time_zone="UTC")
    cast.card(made, token="pm_1")
    with transaction():
        Card.update(gateway="sandbox").execute()
        SandboxCard.create(token="pm_1", customer="payer", behavior=SUCCEEDS, brand="visa", last4="4242", exp_month=12,
                           exp_year=2040, created_at=cast.now)
    return made


def test_a_worker_is_killed_at_every_step_of_charges_refunds_and_renewals(shop, customer, doomed) -> None:
    order = shop.buy(customer)
    for what in stopping.CHARGE:
        doomed.killed_at(doomed.worker("charge", what), what)
        last = what == "before its job is done"
        assert (charge_of(order).state, fresh(order).state) == (
            ("succeeded", "done") if last else ("pending", "pending")), what
        assert Invoice.select().count() == int(last), what
        assert SandboxCharge.select().count() == int(what != "before the gateway is asked"), what
        assert shop.faults() == [], what
    owned, [invoice] = fresh(order).subscription, list(Invoice.select())
    refund = shop.refund(invoice, 1234)
    for what in stopping.REFUND:
        doomed.killed_at(doomed.worker("refund", what), what)
        assert fresh(refund).state == ("succeeded" if what == "before its job is done" else "pending"), what
        assert SandboxRefund.select().count() == int(what != "before the gateway is asked"), what
        assert shop.faults() == [], what
    falls_due(owned)
    for what in stopping.RENEWAL:
        doomed.killed_at(doomed.worker("renewal", what), what)
        assert len(invoices(owned)) == (2 if what == "before its charge" else 1), what
        assert shop.faults() == [], what
    doomed.worker()
    until(lambda: len(invoices(owned)) == 2 and invoices(owned)[-1].state == "paid", "the renewal is paid")
    doomed.kill()
    assert [(row.amount, row.refunded) for row in SandboxCharge.select().order_by(SandboxCharge.id)] == [
        (20000, 1234), (20000, 0)]
    assert [row.amount for row in SandboxRefund.select()] == [1234]
    assert [row.state for row in Charge.select()] == ["succeeded"] * 2
    assert [row.state for row in Refund.select()] == ["succeeded"]
    assert [invoice.code for invoice in Invoice.select().order_by(Invoice.number)] == [
        "US-000001", "US-000002", "US-000003"]
    assert sorted(entry.kind for entry in Entry.select()) == ["accrual", "accrual", "clawback"]
    assert {row.state: row.count for row in DayTotal.select()} == {"succeeded": 2, "refunded": 1}
    assert shop.faults() == []


def falls_due(owned: Subscription) -> None:
    """Let a subscription renew today, and the hourly job come again within this hour."""
    today = datetime.now(UTC).date()
    with transaction():
        Subscription.update(period_from=today - timedelta(days=28), renews_on=today).where(
            Subscription.id == owned.id).execute()
        Job.delete().where(Job.kind == "billing.renew").execute()


# ---- The web server, between the click and the answer ----

class Person:
    """Somebody at a browser: looks at a page, and sends its form."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie

    def ask(self, method: str, path: str, values: Mapping[str, str] | None = None) -> tuple[int, str]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)) as line:
            line.request(method, path, urlencode(values) if values else None, {
                "Cookie": f"portal={self.cookie}", "Content-Type": "application/x-www-form-urlencoded"})
            answer = line.getresponse()
            for name, value in answer.getheaders():
                if name == "Set-Cookie" and value.startswith("portal="):
                    self.cookie = value.partition(";")[0].removeprefix("portal=")
            return answer.status, answer.read().decode()

    def filled_in(self, path: str, button: str) -> dict[str, str]:
        """Return what the form with such a button sends."""
        status, page = self.ask("GET", path)
        assert status == 200, page
        [form] = [form for form in html.fromstring(page).forms if form.method == "POST" and button in form.fields]
        return {name: str(value) for name, value in form.form_values()}

    def is_cut_off(self, path: str, values: Mapping[str, str]) -> threading.Thread:
        """Send a form to a server that will not answer."""
        def send() -> None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.ask("POST", path, values)

        thread = threading.Thread(target=send)
        thread.start()
        return thread


def test_the_web_server_is_killed_between_the_click_and_the_answer(shop, cast, customer, doomed) -> None:
    path = f"/en/store/customers/{customer.public_id}/services/crm-standard"
    wanted = urlencode({"plan": "crm-standard", "licenses": 10, "period": "monthly", "extra_storage_gb": 0,
                        "mode": "buy", "preview": 1})
    person = Person(doomed.port, cast.admin.cookie)

    marker = doomed.web(next(iter(stopping.ORDER)))
    values = person.filled_in(f"{path}?{wanted}", "total")
    sent = person.is_cut_off(path, values)
    doomed.killed_at(marker, "the order is written")
    sent.join(DEADLINE)
    assert (Order.select().count(), Charge.select().count()) == (0, 0)

    marker = doomed.web(stopping.UNHEARD)
    sent = person.is_cut_off(path, values)
    doomed.killed_at(marker, "the order is committed")
    sent.join(DEADLINE)
    [order] = list(Order.select())
    assert (order.state, order.total, Charge.select().count()) == ("pending", 20000, 1)

    doomed.web()
    status, page = person.ask("POST", path, values)  # they have seen no answer, and try again
    assert (status, "still being paid" in page) == (409, True)
    web = doomed.running.pop()
    doomed.worker()
    until(lambda: fresh(order).state == "done", "the order is done")
    doomed.kill()
    doomed.running.append(web)
    status, _page = person.ask("POST", path, values)
    assert status == 409
    assert (Order.select().count(), Invoice.select().count(), SandboxCharge.select().count()) == (1, 1, 1)
    assert shop.faults() == []
