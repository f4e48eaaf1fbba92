"""The tools of a development machine: the mailbox, the DNS, and that neither exists elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from portal import create_app
from portal.adapters.addresses import is_public_or_loopback
from portal.adapters.cards import FakeGateway
from portal.adapters.dev_dns import LOOPBACK, DevDns
from portal.adapters.dns import AuthoritativeDns, Status
from portal.adapters.mailer import FolderMailer
from portal.adapters.signon import FakeSignOn
from portal.core.context import Ports
from portal.domains import commands, queries
from portal.domains.jobs import look
from portal.domains.models import Domain
from portal.domains.policy import Method, Outcome
from portal.jobs.worker import run_due
from portal.settings import load
from portal.storage import database
from portal.web import wiring
from tests.postgres import free_port


@pytest.fixture
def customer(cast):
    return cast.customer("Lima Textiles", "lima.example", verified=False)


@pytest.fixture
def names(settings):
    return wiring.dev_names(settings)


def post(client, form, **data):
    return client.post(f"/dev/dns/{form}", data={"csrf_token": client.csrf("/dev/dns"), **data})


def test_a_mail_can_be_read_and_its_link_clicked(app, cast, customer, client, settings, mailer, run_jobs):
    commands.send_domain_link(cast.admin.ctx, customer.public_id, "Nok", "dns@lima.example", "th")
    run_jobs()
    FolderMailer(settings.var / "mail").send(mailer.sent[0])
    listed = client.get("/dev/mail").text
    assert "dns@lima.example" in listed
    assert mailer.sent[0]["Subject"] in listed
    (mail,) = (settings.var / "mail").glob("*.eml")
    assert '<a href="http://portal.test/th/domain/' in client.get(f"/dev/mail/{mail.stem}").text


@pytest.mark.parametrize("name", ["nothing", "..%2Fportal", "%2e%2e"])
def test_only_mails_are_shown(client, name):
    assert client.get(f"/dev/mail/{name}").status_code in {404, 308}


def test_an_empty_mailbox_says_so(client):
    assert "No mail yet" in client.get("/dev/mail").text


@pytest.mark.parametrize("method", list(Method))
def test_one_click_places_what_a_domain_needs(app, customer, client, settings, make_ctx, method):
    small = replace(settings, dev_dns_port=free_port(), dev_web_port=free_port())
    domain = Domain.get(Domain.organization == customer)
    with wiring.dev_internet(small):
        ports, wanted = wiring.ports(small), queries.expectation(make_ctx(), domain, method)
        assert look(ports, wanted).outcome is not Outcome.VERIFIED
        post(client, "needed", domain=domain.public_id, method=method.value)
        assert look(ports, wanted).outcome is Outcome.VERIFIED


def test_zones_and_records_are_placed_spoiled_and_removed(client, names):
    server = DevDns(names.records).start()
    dns = AuthoritativeDns([(LOOPBACK, server.port)], server.port, 0.5, is_public_or_loopback)

    def status():
        return dns.ask("_x.lima.example", "TXT", "lima.example").status

    try:
        post(client, "zones", zone="lima.example", state="answering")
        post(client, "records", name="_x.lima.example", kind="TXT", value="one\r\ntwo")
        assert dns.ask("_x.lima.example", "TXT").values in {("one", "two"), ("two", "one")}
        post(client, "zones", zone="lima.example", state="servfail")
        assert status() is Status.FAILING
        post(client, "zones", zone="lima.example", state="timeout")
        assert status() is Status.TIMEOUT
        post(client, "zones", zone="lima.example", state="answering")
        post(client, "records", name="_x.lima.example", kind="TXT", value="")
        assert status() is Status.NO_RECORD
        post(client, "zones", zone="lima.example", state="absent")
        assert status() is Status.NO_DOMAIN
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("records", {"name": "a..b", "kind": "TXT", "value": "x"}),
        ("records", {"name": "lima.example", "kind": "MX", "value": "x"}),
        ("records", {"name": "x.lima.example", "kind": "CNAME", "value": "not a..name"}),
        ("zones", {"zone": "lima.example", "state": "on fire"}),
        ("zones", {"zone": "ñ.example", "state": "answering"}),
        ("files", {"host": "", "path": "/x", "text": "x"}),
        ("files", {"host": "lima.example", "path": "x", "text": "x"}),
    ],
)
def test_what_the_servers_could_not_read_is_not_written(client, names, form, data):
    post(client, form, **data)
    assert "that the local servers know" in client.get("/dev/dns").text
    assert (names.records(), names.files()) == ([], {})


def test_files_are_placed_and_removed(client, names):
    post(client, "files", host="lima.example", path="/x.txt", text="hello")
    assert names.files() == {("lima.example", "/x.txt"): "hello"}
    post(client, "files", host="lima.example", path="/x.txt")
    assert names.files() == {}


def test_the_pages_speak_the_readers_language(cast):
    assert '<html lang="es"' in cast.admin.browser().get("/dev/dns").text


def test_a_second_worker_leaves_the_servers_to_the_first(app, settings, make_ctx):
    small = replace(settings, dev_dns_port=free_port(), dev_web_port=free_port())
    with wiring.dev_internet(small), wiring.dev_internet(small):
        assert wiring.ports(small).dns.ask("lima.example", "TXT").status is Status.NO_DOMAIN


def test_configured_dns_servers_are_asked_instead(settings):
    assert settings.dev_internet
    assert not load({"PORTAL_DNS_SERVERS": "192.0.2.53"}).dev_internet


def test_outside_development_there_is_none_of_it(settings, dns, web, mailer):
    production = replace(settings, development=False)
    client = create_app(production, Ports(dns, web, mailer, FakeGateway(), FakeSignOn())).test_client()
    with database.connection_context():
        for path in ("/dev/mail", "/dev/dns"):
            assert client.get(path).status_code == 404
    assert not production.dev_internet


def test_the_worker_checks_against_the_local_dns(app, cast, customer, settings, make_ctx):
    small = replace(settings, dev_dns_port=free_port(), dev_web_port=free_port())
    domain = Domain.get(Domain.organization == customer)
    wanted = queries.expectation(make_ctx(), domain, Method.TXT)
    wiring.dev_names(small).place_zone(wanted.apex)
    wiring.dev_names(small).place(wanted.host, "TXT", wanted.value)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    with wiring.dev_internet(small), app.app_context():
        run_due(lambda: replace(make_ctx(), ports=wiring.ports(small)))
    assert Domain.get(Domain.id == domain.id).verified_by == "txt"
