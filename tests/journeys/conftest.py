"""The world of the journeys: the portal on real SMTP and real DNS, everything on loopback."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from portal import create_app
from portal.adapters.addresses import is_public_or_loopback
from portal.adapters.dev_dns import DevDns
from portal.adapters.dev_names import DevNames
from portal.adapters.dev_web import DevWeb
from portal.adapters.dns import AuthoritativeDns
from portal.adapters.mailer import SmtpMailer
from portal.adapters.sandbox.models import SandboxCard
from portal.adapters.sandbox.numbers import SUCCEEDS
from portal.adapters.web_fetch import GuardedFetch
from portal.core.context import Ports
from portal.customers.models import Organization
from portal.jobs.worker import run_due
from portal.programme import Programme
from portal.storage import database, transaction
from portal.web import wiring
from tests.cast import Cast
from tests.client import CheckedClient
from tests.doubles import outside_transactions
from tests.no_js import NoJs
from tests.postgres import free_port
from tests.servers import Mailbox, mail_server

_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass
class World:
    """One portal with its mail server, its names and its people."""

    app: Any
    box: Mailbox
    names: DevNames
    clock: Any
    cast: Cast

    def work(self) -> None:
        """Let the worker do what is due."""
        with self.app.app_context():
            run_due(self.app.extensions["make_ctx"])

    def card(self, organization: Organization) -> None:
        """Let a customer pay with a card of its own that the sandbox gateway has taken."""
        card = self.cast.card(organization)
        with transaction():
            SandboxCard.create(token=card.token, customer=card.customer, behavior=SUCCEEDS, brand="visa", last4="4242",
                               exp_month=12, exp_year=2030, created_at=self.clock.now)

    def programme(self, change: Callable[[Programme], Programme]) -> None:
        """Let the vendor have another programme from now on."""
        make_ctx, changed = self.app.extensions["make_ctx"], change(self.app.extensions["programme"])
        self.app.extensions["make_ctx"] = lambda *args: replace(make_ctx(*args), programme=changed)

    def browser(self, language: str) -> NoJs:
        """A signed-out browser without JavaScript, asking for a language by its header."""
        client: CheckedClient = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        return NoJs(client)

    def link(self, address: str, holding: str = "") -> str:
        """Return the newest link that was mailed to `address`, as a path."""
        mail = self.box.to(address)[-1]
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        links = [link for link in _LINK.findall(text) if holding in link]
        assert links, text
        return links[0].replace(self.app.extensions["settings"].base_url, "")


@pytest.fixture
def base_port() -> int:
    return free_port()


@pytest.fixture
def host() -> str:
    """What the portal of the journeys is reached by."""
    return "127.0.0.1"


@pytest.fixture
def world(settings, clock, tmp_path, base_port, host, signon) -> Iterator[World]:
    names = DevNames(tmp_path / "names.json")
    dns_server, web_server = DevDns(names.records), DevWeb(names.files)
    dns_server.start(), web_server.start()
    dns = AuthoritativeDns([("127.0.0.1", dns_server.port)], authoritative_port=dns_server.port,
                           allowed=is_public_or_loopback, deadline=2.0)
    web = GuardedFetch(dns.addresses, is_public_or_loopback, {"http": web_server.port})
    settings = replace(settings, base_url=f"http://{host}:{base_port}")
    with mail_server() as box:
        cards = wiring.sandbox(settings, clock)
        ports = Ports(*(outside_transactions(port) for port in (dns, web, SmtpMailer(box.url), cards, signon)))
        app = create_app(settings, ports, clock)
        app.test_client_class = CheckedClient
        with database.connection_context():
            yield World(app, box, names, clock, Cast(app, app.extensions["make_ctx"]))
    dns_server.stop(), web_server.stop()
