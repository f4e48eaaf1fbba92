"""A small DNS server for development: recursive resolver and zone server at once, on this machine only."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.message import QueryMessage
from dns.name import Name

from portal.adapters.dev_names import Record

LOOPBACK = "127.0.0.1"
_TTL = 60
_UDP_SIZE = 512
_MAX_ALIASES = 8
_HOST = dns.name.from_text("ns1.dns.test")
_BIND_TRIES = 20


class DevDns:
    """Serves what `records()` returns at that moment, over UDP and TCP on one port. Port 0 takes a free one.

    Every name belongs to the nearest zone above it that a ZONE record declares, else to the root; TXT values longer
    than 255 bytes are cut into pieces as the format demands.
    """

    def __init__(self, records: Callable[[], Iterable[Record]], port: int = 0) -> None:
        self._records = records
        self._udp, self._tcp = _bind(self.respond, port)
        self.port: int = self._udp.server_address[1]

    def start(self) -> Self:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="dev-dns").start()
        return self

    def stop(self) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def respond(self, wire: bytes, max_size: int) -> bytes | None:
        """Return the reply to a query in wire format, or None where a zone's switch says to keep silent."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if not isinstance(query, QueryMessage) or len(query.question) != 1:
            return None
        reply = _Zones(self._records()).reply(query)
        return _to_wire(reply, max_size) if reply else None


class _Zones:
    """The records of one moment, by name."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._states = {dns.name.root: "answering"}
        self._values: dict[Name, list[tuple[str, str]]] = {_HOST: [("A", LOOPBACK)]}
        for text, kind, value in records:
            name = dns.name.from_text(text).canonicalize()
            if kind == "ZONE":
                self._states[name] = value
            else:
                self._values.setdefault(name, []).append((kind, value))

    def reply(self, query: QueryMessage) -> QueryMessage | None:
        question = query.question[0]
        name, kind = question.name.canonicalize(), dns.rdatatype.to_text(question.rdtype)
        state = self._states[self._zone_of(name)]
        if state == "timeout":
            return None
        reply = dns.message.make_response(query, recursion_available=True)
        assert isinstance(reply, QueryMessage)
        reply.flags |= dns.flags.AA
        if state == "servfail":
            reply.set_rcode(dns.rcode.SERVFAIL)
        else:
            self._fill(reply, name, kind)
        return reply

    def _fill(self, reply: QueryMessage, name: Name, kind: str) -> None:
        recursive = bool(reply.flags & dns.flags.RD)
        for _ in range(_MAX_ALIASES):
            found = self._found(name, kind)
            alias = None if found else self._found(name, "CNAME")
            reply.answer.extend(rrset for rrset in (found, alias) if rrset)
            if alias is None:
                break
            if not recursive:  # a zone's own server leaves it to the asker to go on
                return
            name = alias[0].target.canonicalize()
        if not found:
            self._deny(reply, name)

    def _deny(self, reply: QueryMessage, name: Name) -> None:
        reply.authority.append(self._soa(self._zone_of(name)))
        if not self._exists(name):
            reply.set_rcode(dns.rcode.NXDOMAIN)

    def _found(self, name: Name, kind: str) -> dns.rrset.RRset | None:
        if name in self._states and kind == "NS":
            return dns.rrset.from_text(name, _TTL, "IN", "NS", _HOST.to_text())
        if name in self._states and kind == "SOA":
            return self._soa(name)
        values = [_presented(kind, value) for type_, value in self._values.get(name, ()) if type_ == kind]
        return dns.rrset.from_text_list(name, _TTL, "IN", kind, values) if values else None

    def _exists(self, name: Name) -> bool:
        return any(other.is_subdomain(name) for other in (*self._states, *self._values))

    def _zone_of(self, name: Name) -> Name:
        while name not in self._states:
            name = name.parent()
        return name

    def _soa(self, zone: Name) -> dns.rrset.RRset:
        return dns.rrset.from_text(zone, _TTL, "IN", "SOA", f"{_HOST} hostmaster.dns.test. 1 3600 600 86400 {_TTL}")


def _presented(kind: str, value: str) -> str:
    """Return `value` as a zone file would have it."""
    if kind == "TXT":
        octets = value.encode()
        pieces = [octets[start : start + 255] for start in range(0, max(len(octets), 1), 255)]
        return " ".join('"' + "".join(f"\\{byte:03d}" for byte in piece) + '"' for piece in pieces)
    return value if kind != "CNAME" or value.endswith(".") else f"{value}."


def _to_wire(reply: QueryMessage, max_size: int) -> bytes:
    try:
        return reply.to_wire(max_size=max_size)
    except dns.exception.TooBig:
        reply.answer.clear()
        reply.authority.clear()
        reply.flags |= dns.flags.TC
        return reply.to_wire()


_Respond = Callable[[bytes, int], bytes | None]


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    respond: _Respond

    def finish_request(self, request: Any, client_address: Any) -> None:
        wire, endpoint = request
        reply = self.respond(wire, _UDP_SIZE)
        if reply:
            endpoint.sendto(reply, client_address)


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    respond: _Respond

    def finish_request(self, request: Any, client_address: Any) -> None:
        with request.makefile("rb") as incoming:
            while len(prefix := incoming.read(2)) == 2:
                reply = self.respond(incoming.read(*struct.unpack("!H", prefix)), 65535)
                if not reply:
                    break
                request.sendall(struct.pack("!H", len(reply)) + reply)


def _bind(respond: _Respond, port: int) -> tuple[_Udp, _Tcp]:
    """Bind the same port twice. A free one for UDP may be taken for TCP: then another is tried."""
    for tries_left in range(_BIND_TRIES - 1, -1, -1):
        udp = _Udp((LOOPBACK, port), socketserver.BaseRequestHandler)
        try:
            tcp = _Tcp((LOOPBACK, udp.server_address[1]), socketserver.BaseRequestHandler)
        except OSError:
            udp.server_close()
            if port or not tries_left:
                raise
        else:
            udp.respond = tcp.respond = respond
            return udp, tcp
    raise AssertionError("unreachable: the last try returns or raises")
