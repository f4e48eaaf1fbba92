"""Reading DNS replies: whether one counts, what it holds, where it sends us on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dns.flags
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.message import QueryMessage
from dns.name import Name

_MAX_HOSTS = 4  # a zone may list thirteen servers; the deadline is better spent on asking a few of them twice


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone and the hosts that serve it."""

    name: Name
    hosts: tuple[Name, ...]


def is_conclusive(reply: QueryMessage) -> bool:
    return reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)


def is_of_zone(reply: QueryMessage, zone: Zone) -> bool:
    """Tell whether the reply speaks for `zone`: servers that never heard of it refer upwards instead."""
    speaks = bool(reply.flags & dns.flags.AA or reply.answer or delegation(reply, zone))
    return is_conclusive(reply) and speaks


def delegation(reply: QueryMessage, zone: Zone) -> Zone | None:
    name = reply.question[0].name
    for rrset in reply.authority:
        below = rrset.name != zone.name and rrset.name.is_subdomain(zone.name) and name.is_subdomain(rrset.name)
        if rrset.rdtype == dns.rdatatype.NS and below and not reply.answer:
            return Zone(rrset.name, targets(rrset))
    return None


def targets(rrset: dns.rrset.RRset | None) -> tuple[Name, ...]:
    return tuple(sorted(record.target for record in rrset or ())[:_MAX_HOSTS])


def values(rrset: dns.rrset.RRset) -> tuple[str, ...]:
    if rrset.rdtype == dns.rdatatype.CNAME:
        return tuple(plain(record.target) for record in rrset)
    return tuple(_text(record.strings) for record in rrset)


def _text(strings: Sequence[bytes]) -> str:
    # A TXT record comes in pieces of 255 bytes. NUL is legal there, but not in a PostgreSQL text column.
    return b"".join(strings).decode("utf-8", "replace").replace("\0", "\ufffd")


def negative_ttl(reply: QueryMessage) -> int | None:
    for rrset in reply.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return int(min(rrset.ttl, *(record.minimum for record in rrset)))
    return None


def plain(name: Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
