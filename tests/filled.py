"""The demo, filled once by each process of a run, and a copy of its database for every test that asks for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from portal import demo
from portal.adapters.cards import FakeGateway
from portal.adapters.dev_names import DevNames
from portal.adapters.dns import FakeDns
from portal.adapters.mailer import FakeMailer
from portal.adapters.signon import FakeSignOn
from portal.adapters.web_fetch import FakeWebFetch
from portal.core.context import Ports
from portal.programme import load as load_programme
from portal.settings import load
from portal.storage import connect, database
from portal.web import contexts
from tests.databases import copied, emptied, kept
from tests.doubles import FixedClock


@dataclass(frozen=True)
class Demo:
    """The demo's database, its names for the local DNS, and what is told of it."""

    address: str
    names: Path
    told: str


@pytest.fixture(scope="session")
def demo_database(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    folder = tmp_path_factory.mktemp("demo")
    settings = replace(load({}), database_url=emptied(migrated, folder), var=folder, base_url="http://portal.test",
                       testing=True)
    connect(settings.database_url)
    ports = Ports(dns=FakeDns(), web=FakeWebFetch(), mailer=FakeMailer(), cards=FakeGateway(), signon=FakeSignOn())
    with database.connection_context():
        ctx = contexts(settings, load_programme(settings.programme), ports, FixedClock())()
        told = demo.fill(ctx, DevNames(folder / "dns.json"))
    with kept(settings.database_url) as address:
        yield Demo(address, folder / "dns.json", told)


@pytest.fixture
def demo_url(demo_database: Demo, tmp_path: Path) -> Iterator[str]:
    """A database with the demo in it, of the test's own."""
    with copied(demo_database.address, tmp_path) as address:
        yield address


@pytest.fixture
def names(demo_database: Demo, tmp_path: Path) -> DevNames:
    return DevNames(Path(shutil.copy(demo_database.names, tmp_path / "dns.json")))


@pytest.fixture
def filled(app, demo_database: Demo) -> str:  # type: ignore[no-untyped-def]
    """The portal with the demo in it; what is told of it."""
    return demo_database.told
