"""Real questions to a real server on loopback: each way a domain can answer is told apart."""

import socketserver
import threading
import time

import dns.message
import dns.query
import dns.rrset
import pytest

from portal.adapters.addresses import is_public_or_loopback
from portal.adapters.dev_dns import DevDns
from portal.adapters.dev_names import DevNames
from portal.adapters.dns import Answer, AuthoritativeDns, FakeDns, Status

HOST = "_acme-challenge.andina.test"


@pytest.fixture
def names(tmp_path):
    names = DevNames(tmp_path / "names.json")
    names.place_zone("andina.test")
    return names


@pytest.fixture
def server(names):
    server = DevDns(names.records).start()
    yield server
    server.stop()


@pytest.fixture
def resolver(server):
    return asking(server.port)


def asking(*ports, deadline=3.0, authoritative_port=None, allowed=is_public_or_loopback):
    nameservers = [("127.0.0.1", port) for port in ports]
    return AuthoritativeDns(nameservers, authoritative_port or ports[-1], deadline, allowed)


@pytest.fixture
def silent_port():
    """A server that never answers."""
    server = socketserver.UDPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler)
    yield server.server_address[1]
    server.server_close()


def test_record_is_found_at_the_zones_own_server(names, resolver):
    names.place(HOST, "TXT", "acme-verification=abc")
    answer = resolver.ask(HOST, "TXT", "andina.test")
    assert answer == Answer(Status.FOUND, ("acme-verification=abc",), None, ("ns1.dns.test",), "andina.test")


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("two words", "two words"),
        ('with "quotes" and \\', 'with "quotes" and \\'),
        ("ñandú ไทย", "ñandú ไทย"),
        ("a" * 255 + "b" * 255 + "c", "a" * 255 + "b" * 255 + "c"),
        ("long " * 400, "long " * 400),  # does not fit one UDP packet: asked again over TCP
    ],
)
def test_text_arrives_whole(names, resolver, value, seen):
    names.place(HOST, "TXT", value)
    assert resolver.ask(HOST, "TXT").values == (seen,)


def test_several_texts_arrive(names, resolver):
    names.place(HOST, "TXT", "one", "two")
    assert set(resolver.ask(HOST, "TXT").values) == {"one", "two"}


def test_alias_is_lower_case_without_final_dot(names, resolver):
    names.place("acme-abc.andina.test", "CNAME", "Verify.Portal.Test.")
    assert resolver.ask("acme-abc.andina.test", "CNAME", "andina.test").values == ("verify.portal.test",)


def test_text_behind_an_alias_in_another_zone_is_found(names, resolver):
    names.place_zone("other.test")
    names.place(HOST, "CNAME", "proof.other.test")
    names.place("proof.other.test", "TXT", "acme-verification=abc")
    assert resolver.ask(HOST, "TXT").values == ("acme-verification=abc",)


def test_alias_to_nowhere_is_no_record(names, resolver):
    names.place(HOST, "CNAME", "proof.nowhere.test")
    assert resolver.ask(HOST, "TXT").status is Status.NO_RECORD


def test_aliases_in_a_circle_end(names, resolver):
    names.place("a.andina.test", "CNAME", "b.andina.test")
    names.place("b.andina.test", "CNAME", "a.andina.test")
    assert resolver.ask("a.andina.test", "TXT").status in (Status.NO_RECORD, Status.FAILING)


@pytest.mark.parametrize(
    ("name", "kind", "apex", "status", "zone"),
    [
        (HOST, "TXT", "andina.test", Status.NO_RECORD, "andina.test"),
        (HOST, "TXT", None, Status.NO_RECORD, "andina.test"),
        ("andina.test", "TXT", None, Status.NO_RECORD, "andina.test"),
        ("_a._b.andina.test", "TXT", None, Status.NO_RECORD, "andina.test"),
        ("acme-abc.andina.test", "CNAME", "andina.test", Status.NO_RECORD, "andina.test"),
        ("_acme-challenge.shop.andina.test", "TXT", "andina.test", Status.NO_RECORD, "andina.test"),
        ("_acme-challenge.nosuch.test", "TXT", "nosuch.test", Status.NO_DOMAIN, "."),
        ("_acme-challenge.nosuch.test", "TXT", None, Status.NO_DOMAIN, "."),
        ("nosuch.test", "CNAME", "nosuch.test", Status.NO_DOMAIN, "."),
    ],
)
def test_no_record_is_not_no_domain(resolver, name, kind, apex, status, zone):
    answer = resolver.ask(name, kind, apex)
    assert (answer.status, answer.negative_ttl, answer.zone) == (status, 60, zone)


def test_domain_that_lives_in_its_parents_zone_exists(names, resolver):
    names.place("www.plain.test", "A", "192.0.2.1")
    answer = resolver.ask("_acme-challenge.plain.test", "TXT", "plain.test")
    assert (answer.status, answer.zone) == (Status.NO_RECORD, ".")


def test_record_of_another_type_is_no_record(names, resolver):
    names.place(HOST, "A", "192.0.2.1")
    assert resolver.ask(HOST, "TXT").status is Status.NO_RECORD


@pytest.mark.parametrize("name", ["a" * 64 + ".test", ".".join(["a" * 60] * 5), "a..test"])
def test_impossible_name_has_no_record(resolver, name):
    assert resolver.ask(name, "TXT").status is Status.NO_RECORD


def test_failing_zone(names, resolver):
    names.place(HOST, "TXT", "acme-verification=abc")
    names.place_zone("andina.test", "servfail")
    assert resolver.ask(HOST, "TXT").status is Status.FAILING


def test_silent_zone_is_a_timeout_within_the_deadline(names, server):
    names.place_zone("andina.test", "timeout")
    began = time.monotonic()
    assert asking(server.port, deadline=0.2).ask(HOST, "TXT").status is Status.TIMEOUT
    assert time.monotonic() - began < 2


def test_zone_server_that_is_silent_is_named(names, server, silent_port):
    answer = asking(server.port, deadline=0.2, authoritative_port=silent_port).ask(HOST, "TXT")
    assert (answer.status, answer.servers, answer.zone) == (Status.TIMEOUT, ("ns1.dns.test",), "andina.test")


def test_next_resolver_is_asked_when_the_first_is_silent(names, server, silent_port):
    names.place(HOST, "TXT", "here")
    assert asking(silent_port, server.port, deadline=1).addresses("ns1.dns.test")


def test_no_resolver_is_failing():
    assert AuthoritativeDns([]).ask(HOST, "TXT").status is Status.FAILING


def test_zone_server_inside_a_private_network_is_not_asked(names, server):
    names.place(HOST, "TXT", "here")
    resolver = asking(server.port, allowed=lambda address: False)
    assert resolver.ask(HOST, "TXT").status is Status.FAILING


class Delegating(socketserver.BaseRequestHandler):
    """A parent zone that knows nothing itself but whom to ask, and a resolver that fails on the zone below."""

    def handle(self):
        query = dns.message.from_wire(self.request[0])
        reply = dns.message.make_response(query)
        name, kind = query.question[0].name.to_text(), query.question[0].rdtype
        if name == "ns.child.test." and kind == 1:
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "127.0.0.1"))
        elif name == "test." and kind == 2:
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "NS", "ns.child.test."))
        elif kind == 2:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif kind == 16:
            self.server.delegate(reply)
        self.request[1].sendto(reply.to_wire(), self.client_address)


@pytest.fixture
def delegating():
    server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Delegating)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_delegation_is_followed_to_the_zone_that_knows(delegating):
    steps = iter(["delegation", "answer"])

    def delegate(reply):
        if next(steps) == "delegation":
            reply.authority.append(dns.rrset.from_text("child.test.", 60, "IN", "NS", "ns.child.test."))
        else:
            reply.answer.append(dns.rrset.from_text("_x.child.test.", 60, "IN", "TXT", '"here"'))

    delegating.delegate = delegate
    answer = asking(delegating.server_address[1]).ask("_x.child.test", "TXT")
    assert (answer.status, answer.values, answer.zone) == (Status.FOUND, ("here",), "child.test")


def test_server_that_refers_upwards_does_not_count_as_an_answer(delegating):
    def delegate(reply):
        reply.authority.append(dns.rrset.from_text(".", 60, "IN", "NS", "ns.child.test."))

    delegating.delegate = delegate
    assert asking(delegating.server_address[1]).ask("_x.child.test", "TXT").status is Status.FAILING


def test_undecodable_text_is_shown_and_not_fatal(delegating):
    def delegate(reply):
        reply.answer.append(dns.rrset.from_text("_x.child.test.", 60, "IN", "TXT", r'"a\255\000b"'))

    delegating.delegate = delegate
    assert asking(delegating.server_address[1]).ask("_x.child.test", "TXT").values == ("a\ufffd\ufffdb",)


def test_addresses_of_both_kinds(names, resolver):
    names.place("www.andina.test", "A", "192.0.2.1")
    names.place("www.andina.test", "AAAA", "2001:db8::1")
    names.place("alias.andina.test", "CNAME", "www.andina.test")
    assert [str(address) for address in resolver.addresses("alias.andina.test")] == ["192.0.2.1", "2001:db8::1"]
    assert resolver.addresses("nosuch.test") == []
    assert resolver.addresses("a..b") == []


def test_page_may_place_and_spoil_a_record_while_the_server_runs(names, resolver, tmp_path):
    page = DevNames(tmp_path / "names.json")  # another process
    seen = []
    for values in (("one",), ("two",), ()):
        page.place(HOST, "TXT", *values)
        seen.append(resolver.ask(HOST, "TXT").values)
    assert seen == [("one",), ("two",), ()]


def test_unknown_zone_state_is_refused(names):
    with pytest.raises(ValueError, match="answering, servfail, timeout"):
        names.place_zone("andina.test", "slow")


def test_development_server_answers_over_tcp_on_the_same_port(names, server):
    names.place("andina.test", "TXT", "here")
    query = dns.message.make_query("andina.test", "TXT")
    assert "here" in dns.query.tcp(query, "127.0.0.1", 2, server.port).answer[0].to_text()


def test_development_server_survives_rubbish(names, server):
    assert server.respond(b"rubbish", 512) is None
    assert server.respond(dns.message.make_query("andina.test", "SOA").to_wire(), 512)


def test_fake_says_what_was_placed():
    fake = FakeDns()
    fake.place(HOST, "TXT", "here")
    fake.spoil("broken.test", "TXT", Status.FAILING)
    asked = [fake.ask(name, "TXT").status for name in (HOST, "broken.test", "other.test")]
    assert asked == [Status.FOUND, Status.FAILING, Status.NO_RECORD]
    assert fake.asked == [(HOST, "TXT"), ("broken.test", "TXT"), ("other.test", "TXT")]
