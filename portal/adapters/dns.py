"""Asking the DNS: the zone's own servers answer, so that a record counts the moment it is published."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from ipaddress import ip_address
from typing import Literal, Protocol

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
from dns.message import QueryMessage
from dns.name import Name

from portal.adapters.addresses import IP, Allowed, is_public
from portal.adapters.dns_replies import (
    Zone,
    delegation,
    is_conclusive,
    is_of_zone,
    negative_ttl,
    plain,
    targets,
    values,
)

Kind = Literal["TXT", "CNAME"]
Server = tuple[str, int]
Accept = Callable[[QueryMessage], bool]

_ADDRESSES = (dns.rdatatype.A, dns.rdatatype.AAAA)
_MAX_HOPS = 4  # delegations and aliases followed before the answer is called broken


class Status(StrEnum):
    FOUND = "found"
    NO_DOMAIN = "no_domain"
    NO_RECORD = "no_record"
    FAILING = "failing"
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the servers of `zone` said. `negative_ttl`: seconds for which others may remember that there is nothing."""

    status: Status
    values: tuple[str, ...] = ()
    negative_ttl: int | None = None
    servers: tuple[str, ...] = ()
    zone: str = ""


class Dns(Protocol):
    def ask(self, name: str, kind: Kind, apex: str | None = None) -> Answer:
        """Look `name` up at its zone's own servers; `apex` is the domain whose absence makes the answer NO_DOMAIN."""

    def addresses(self, host: str) -> list[IP]:
        """Return the addresses of `host`, or nothing when it has none or nobody answers."""


class _NoReply(Exception):
    """Nobody gave a usable reply: FAILING or TIMEOUT."""

    def __init__(self, status: Status) -> None:
        self.status = status


class AuthoritativeDns:
    """Finds a zone's servers through recursive resolvers, then asks these servers directly."""

    def __init__(
        self,
        nameservers: Sequence[Server] | None = None,
        authoritative_port: int = 53,
        deadline: float = 5.0,
        allowed: Allowed = is_public,
    ) -> None:
        """`nameservers`: recursive resolvers (default: this machine's); `deadline`: seconds for one whole `ask`.

        `allowed` vets the addresses of a zone's servers: their owner is a stranger and may point them at our inside.
        """
        self._resolvers = tuple(system_nameservers() if nameservers is None else nameservers)
        self._port, self._deadline, self._allowed = authoritative_port, deadline, allowed

    def ask(self, name: str, kind: Kind, apex: str | None = None) -> Answer:
        """Return what the zone's own servers say. Never raises for what the DNS does.

        Without `apex` it is `name` less its leading underscore labels, which by custom never are a domain of their own.
        """
        try:
            owner, domain = dns.name.from_text(name), dns.name.from_text(apex or _without_underscores(name))
        except dns.exception.DNSException:
            return Answer(Status.NO_RECORD)  # longer than names can be: nothing can be published there
        return _Inquiry(self, time.monotonic() + self._deadline).ask(owner, kind, domain)

    def addresses(self, host: str) -> list[IP]:
        """Return the IPv4, then the IPv6 addresses of `host`, as the recursive resolvers know them."""
        try:
            return _Inquiry(self, time.monotonic() + self._deadline).addresses(dns.name.from_text(host))
        except (dns.exception.DNSException, _NoReply):
            return []


class _Inquiry:
    """One question and the time left for it."""

    def __init__(self, dns_: AuthoritativeDns, until: float) -> None:
        self._resolvers, self._port, self._allowed = dns_._resolvers, dns_._port, dns_._allowed
        # A quarter each: a dead first server must not eat the time of the second.
        self._until, self._patience = until, dns_._deadline / 4

    def ask(self, name: Name, kind: Kind, apex: Name, hops: int = _MAX_HOPS) -> Answer:
        zone = None
        try:
            zone = self._zone_of(name)
            zone, reply = self._authoritative(name, kind, zone)
            chain = reply.resolve_chaining()
            if chain.answer is not None:
                return _answer(zone, Status.FOUND, values(chain.answer))
            if chain.canonical_name != name and hops:
                return self.ask(chain.canonical_name, kind, dns.name.root, hops - 1)
            exists = reply.rcode() != dns.rcode.NXDOMAIN or self._exists(apex, zone)
        except _NoReply as silence:
            return _answer(zone, silence.status)
        except dns.exception.DNSException:
            return _answer(zone, Status.FAILING)
        return _answer(zone, Status.NO_RECORD if exists else Status.NO_DOMAIN, negative_ttl=negative_ttl(reply))

    def addresses(self, host: Name) -> list[IP]:
        replies = (self._answered(host, "A"), self._answered(host, "AAAA"))
        rrsets = [rrset for reply in replies if reply for rrset in reply.answer if rrset.rdtype in _ADDRESSES]
        return [ip_address(record.address) for rrset in rrsets for record in rrset]

    def _zone_of(self, name: Name) -> Zone:
        """Climb from `name` to the first ancestor that has servers of its own."""
        while True:
            hosts = self._hosts(name)
            if hosts:
                return Zone(name, hosts)
            if name == dns.name.root:
                raise _NoReply(Status.FAILING)
            name = name.parent()

    def _hosts(self, name: Name) -> tuple[Name, ...]:
        # No reply means a broken zone: its parent still tells who its servers are, see `_authoritative`.
        reply = self._answered(name, "NS")
        return targets(reply.get_rrset(reply.answer, name, dns.rdataclass.IN, dns.rdatatype.NS)) if reply else ()

    def _answered(self, name: Name, kind: str) -> QueryMessage | None:
        """Return the resolvers' reply, or None when all of them fail; silence is still a timeout."""
        try:
            return self._exchange(dns.message.make_query(name, kind), self._resolvers, is_conclusive)
        except _NoReply as silence:
            if silence.status is Status.TIMEOUT:
                raise
            return None

    def _authoritative(self, name: Name, kind: str, zone: Zone) -> tuple[Zone, QueryMessage]:
        """Ask the servers of `zone`, going down where they delegate `name` to others."""
        query = dns.message.make_query(name, kind, flags=0)
        for _ in range(_MAX_HOPS):
            reply = self._exchange(query, self._servers(zone), partial(is_of_zone, zone=zone))
            child = delegation(reply, zone)
            if child is None:
                return zone, reply
            zone = child
        raise _NoReply(Status.FAILING)

    def _servers(self, zone: Zone) -> list[Server]:
        found = [address for host in zone.hosts for address in self.addresses(host)]
        found.sort(key=lambda address: address.version)  # IPv6 second: many networks have none
        return [(str(address), self._port) for address in found if self._allowed(address)]

    def _exists(self, apex: Name, zone: Zone) -> bool:
        if zone.name.is_subdomain(apex):
            return True
        return self._authoritative(apex, "SOA", zone)[1].rcode() != dns.rcode.NXDOMAIN

    def _exchange(self, query: QueryMessage, servers: Sequence[Server], accept: Accept) -> QueryMessage:
        """Return the first acceptable reply. A silent server is asked again while time lasts, a failing one is not."""
        left = list(servers)
        while left:
            for server in tuple(left):
                try:
                    reply = self._send(query, server)
                except dns.exception.Timeout:
                    continue
                except (OSError, EOFError, dns.exception.DNSException):
                    left.remove(server)
                    continue
                if isinstance(reply, QueryMessage) and accept(reply):
                    return reply
                left.remove(server)
        raise _NoReply(Status.FAILING)

    def _send(self, query: QueryMessage, server: Server) -> dns.message.Message:
        host, port = server
        try:
            return dns.query.udp(
                query, host, self._time(), port, ignore_unexpected=True, ignore_errors=True, raise_on_truncation=True
            )
        except dns.message.Truncated:
            return dns.query.tcp(query, host, self._time(), port)

    def _time(self) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise _NoReply(Status.TIMEOUT)
        return min(left, self._patience)


@dataclass
class FakeDns:
    """Answers from memory; whatever was not placed is NO_RECORD. `asked` keeps the questions."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    hosts: dict[str, list[IP]] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def place(self, name: str, kind: Kind, *values: str) -> None:
        self.answers[name, kind] = Answer(Status.FOUND, values)

    def spoil(self, name: str, kind: Kind, status: Status) -> None:
        self.answers[name, kind] = Answer(status)

    def ask(self, name: str, kind: Kind, apex: str | None = None) -> Answer:
        self.asked.append((name, kind))
        return self.answers.get((name, kind), Answer(Status.NO_RECORD, negative_ttl=60))

    def addresses(self, host: str) -> list[IP]:
        return self.hosts.get(host, [])


def system_nameservers() -> tuple[Server, ...]:
    """Return this machine's recursive resolvers; none when it has no resolver configuration."""
    try:
        return tuple((str(server), 53) for server in dns.resolver.Resolver().nameservers)
    except dns.resolver.NoResolverConfiguration:
        return ()


def _answer(zone: Zone | None, status: Status, found: tuple[str, ...] = (), negative_ttl: int | None = None) -> Answer:
    if zone is None:
        return Answer(status)
    return Answer(status, found, negative_ttl, tuple(plain(host) for host in zone.hosts), plain(zone.name))


def _without_underscores(name: str) -> str:
    while name.startswith("_") and "." in name:
        name = name.partition(".")[2]
    return name
