"""The whole way through a real DNS server and a real web server on loopback, every outcome and the success after it."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from portal.adapters.addresses import is_public_or_loopback
from portal.adapters.dev_dns import LOOPBACK, DevDns
from portal.adapters.dev_names import DevNames
from portal.adapters.dev_web import DevWeb
from portal.adapters.dns import AuthoritativeDns
from portal.adapters.web_fetch import GuardedFetch
from portal.domains import commands, queries
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Method, Outcome

ZONE = "lima.example"


@pytest.fixture
def names(tmp_path):
    return DevNames(tmp_path / "names.json")


@pytest.fixture
def dns(names):
    server = DevDns(names.records).start()
    yield AuthoritativeDns([(LOOPBACK, server.port)], server.port, deadline=0.8, allowed=is_public_or_loopback)
    server.stop()


@pytest.fixture
def web(names, dns):
    server = DevWeb(names.files).start()
    yield GuardedFetch(dns.addresses, is_public_or_loopback, {"http": server.port}, deadline=2)
    server.stop()


def _nothing(names, _proof):
    pass


def _empty_zone(names, _proof):
    names.place_zone(ZONE)


def _another_value(names, proof):
    names.place_zone(ZONE)
    names.place(proof.host, "TXT", "zoho-verification=of-somebody-else")


def _doubled(names, proof):
    names.place_zone(ZONE)
    names.place(proof.doubled_host, "TXT", proof.value)


def _servfail(names, proof):
    names.place(proof.host, "TXT", proof.value)
    names.place_zone(ZONE, "servfail")


def _silent(names, proof):
    names.place(proof.host, "TXT", proof.value)
    names.place_zone(ZONE, "timeout")


CASES = [
    (_nothing, Outcome.NO_DOMAIN, "No such domain exists"),
    (_empty_zone, Outcome.NO_RECORD, "some servers may remember for up to 1 min"),
    (_another_value, Outcome.DIFFERENT, "zoho-verification=of-somebody-else"),
    (_doubled, Outcome.HOST_DOUBLED, "ends with the domain twice"),
    (_servfail, Outcome.FAILING, "answer with errors"),
    (_silent, Outcome.TIMEOUT, "No answer came in time"),
]


@pytest.mark.parametrize(("spoil", "outcome", "words"), CASES, ids=[str(case[1]) for case in CASES])
def test_each_answer_is_told_apart_and_mended(cast, names, run_jobs, clock, mailer, spoil, outcome, words):
    customer = cast.customer("Lima Textiles", ZONE, verified=False)
    proof = queries.expectation(cast.admin.ctx, Domain.get(Domain.name == ZONE), Method.TXT)
    spoil(names, proof)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.TXT)
    run_jobs()
    assert DomainCheck.get().finding["outcome"] == outcome
    assert words in cast.admin.browser().get(f"/en/console/customers/{customer.public_id}/domain").text

    names.place_zone(ZONE)
    names.place(proof.host, "TXT", proof.value)
    clock.now = DomainCheck.get().next_at
    run_jobs()
    assert Domain.get(Domain.name == ZONE).verified_by == "txt"
    assert len(mailer.sent) == 1


def test_a_name_in_letters_of_any_script_is_verified_by_cname(cast, names, run_jobs):
    customer = cast.customer("Siam", "ร้านค้า.example", verified=False)
    domain = Domain.get(Domain.organization == customer)
    proof = queries.expectation(cast.admin.ctx, domain, Method.CNAME)
    names.place_zone(domain.name)
    names.place(proof.host, "CNAME", proof.value)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.CNAME)
    run_jobs()
    assert Domain.get(Domain.organization == customer).verified_by == "cname"


def test_a_file_is_missed_and_then_found(cast, names, run_jobs, clock):
    customer = cast.customer("Lima Textiles", ZONE, verified=False)
    proof = queries.expectation(cast.admin.ctx, Domain.get(Domain.name == ZONE), Method.FILE)
    names.place_zone(ZONE)
    names.place(ZONE, "A", LOOPBACK)
    commands.ask_check(cast.admin.ctx, customer.public_id, Method.FILE)
    run_jobs()
    assert DomainCheck.get().finding["outcome"] == Outcome.NOT_FOUND
    names.place_file(ZONE, urlsplit(proof.url).path, proof.value)
    clock.now = DomainCheck.get().next_at
    run_jobs()
    assert Domain.get(Domain.name == ZONE).verified_by == "file"
