"""What every test stands on: a fresh database, a fixed clock, fake ports, the cast, and no network beyond loopback."""

from __future__ import annotations

import functools
import ipaddress
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher
from flask import Flask

from portal import create_app
from portal.accounts import passwords
from portal.adapters.cards import FakeGateway
from portal.adapters.dns import FakeDns
from portal.adapters.mailer import FakeMailer
from portal.adapters.sandbox.gateway import SandboxGateway
from portal.adapters.signon import FakeSignOn
from portal.adapters.web_fetch import FakeWebFetch
from portal.catalogs import compile_stale
from portal.core.context import Ports
from portal.programme import load as load_programme
from portal.settings import Settings, load
from portal.storage import connect, database
from portal.storage.migrate import migrate
from portal.web import contexts, render, wiring
from portal.web.templating import Environments, environments
from tests import postgres
from tests.cast import Cast
from tests.client import CheckedClient
from tests.databases import emptied
from tests.doubles import FixedClock, outside_transactions

# The same examples on every run, however busy the machine is.
hypothesis.settings.register_profile("house", deadline=None, max_examples=50, derandomize=True, database=None)
hypothesis.settings.load_profile("house")

# Stages of an application, for its room and its pages; the demo, for who looks at all of it; one Chromium for all.
pytest_plugins = ["tests.applications.stages", "tests.filled", "tests.browser.chromium"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=("sqlite", "postgresql"), default="sqlite", help="database of the run")
    parser.addoption("--no-skips", action="store_true", help="a skipped test fails: the machine must have everything")


def pytest_configure() -> None:
    compile_stale()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The second engine is for what asks the database: rules, catalogs and looks have had their run on the first."""
    if config.getoption("--engine") == "sqlite":
        return
    again, once = [], []
    for item in items:
        asks = "migrated" in item.fixturenames and not item.get_closest_marker("looks")  # type: ignore[attr-defined]
        (again if asks else once).append(item)
    config.hook.pytest_deselected(items=once)
    items[:] = again


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and item.config.getoption("--no-skips"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {report.longrepr}"


programme_at = functools.cache(load_programme)


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    """Templates and programme files are compiled once per run instead of once per application."""
    made: list[Environments] = []

    def shared(app: Flask) -> Environments:
        made.append(environments(app))
        return made[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "environments", shared)
        patch.setattr("portal.web.load", programme_at)
        yield


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any connection that leaves this machine fails the test that made it."""
    connect_ = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and host != "localhost" and not ipaddress.ip_address(host).is_loopback:
            raise AssertionError(f"a test connected to {host}")
        connect_(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def cheap_passwords() -> None:
    """Real parameters cost a fifth of a second for each sign-in."""
    passwords.use(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture(scope="session")
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a migrated, empty database: made once, emptied or copied for each test."""
    if request.config.getoption("--engine") == "postgresql":
        with postgres.server(tmp_path_factory.mktemp("postgresql")) as url:
            _migrate(url)
            yield url
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('database') / 'empty.db'}"
        _migrate(url)
        yield url


def _migrate(url: str) -> None:
    connect(url)
    with database.connection_context():
        migrate()
        if url.startswith("sqlite"):
            database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")


@pytest.fixture
def database_url(migrated: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """A database of the test's own: empty, or with the demo in it for who asks for `filled`."""
    if "filled" in request.fixturenames:
        return str(request.getfixturevalue("demo_url"))
    return emptied(migrated, tmp_path)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return replace(load({}), database_url=database_url, var=tmp_path, base_url="http://portal.test", testing=True)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def mailer() -> FakeMailer:
    return FakeMailer()


@pytest.fixture
def dns() -> FakeDns:
    return FakeDns()


@pytest.fixture
def web() -> FakeWebFetch:
    return FakeWebFetch()


@pytest.fixture
def gateway() -> FakeGateway:
    """The payment gateway, in memory."""
    return FakeGateway()


@pytest.fixture
def signon() -> FakeSignOn:
    """The identity providers, in memory: none unless a test adds one."""
    return FakeSignOn()


@pytest.fixture
def sandbox(settings: Settings, clock: FixedClock) -> SandboxGateway:
    """The built-in payment gateway; a module whose portal is to use it has a fixture `gateway` that returns it.

    Its webhooks reach nobody unless the test says whom.
    """
    def nobody(*_message: object) -> int:
        raise ConnectionRefusedError

    made = wiring.sandbox(settings, clock)
    made.send = nobody
    return made


@pytest.fixture(scope="session")
def built() -> Flask:
    """The application of the whole run: its hundreds of addresses are compiled once."""
    app = create_app(replace(load({}), base_url="http://portal.test", testing=True))
    app.test_client_class = CheckedClient
    return app


@pytest.fixture
def app(built: Flask, settings: Settings, clock: FixedClock, mailer: FakeMailer, dns: FakeDns, web: FakeWebFetch,
        gateway: FakeGateway, signon: FakeSignOn):
    """The portal on a fresh database, with its connection open for the test itself."""
    ports = Ports(
        dns=outside_transactions(dns), web=outside_transactions(web), mailer=outside_transactions(mailer),
        cards=outside_transactions(gateway), signon=outside_transactions(signon),
    )
    before = dict(built.config), dict(built.extensions)
    connect(settings.database_url, settings.database_pool)
    programme = programme_at(settings.programme)
    make_ctx = contexts(settings, programme, ports, clock)
    built.extensions.update(settings=settings, programme=programme, make_ctx=make_ctx)
    with database.connection_context():
        yield built
    for kept, values in zip((built.config, built.extensions), before, strict=True):
        kept.clear()
        kept.update(values)


@pytest.fixture
def make_ctx(app):
    """Build a context for an actor: `make_ctx(cast.admin.actor)`; without one, the worker's."""
    return app.extensions["make_ctx"]


@pytest.fixture
def cast(app, make_ctx) -> Cast:
    return Cast(app, make_ctx)


@pytest.fixture
def client(app) -> CheckedClient:
    """A browser that is signed out."""
    return app.test_client()


@pytest.fixture
def run_jobs(app, make_ctx):
    """Let the worker do what is due."""
    from portal.jobs.worker import run_due

    def run() -> int:
        with app.app_context():
            return run_due(make_ctx)

    return run
