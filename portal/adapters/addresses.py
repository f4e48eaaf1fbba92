"""Which network addresses the portal may dial when a stranger chose the host name."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_network

IP = IPv4Address | IPv6Address
Allowed = Callable[[IP], bool]

# `is_global` alone is not enough: it says yes to prefixes that carry an IPv4 address in their bits (translation,
# tunnels, IPv4-compatible) and to multicast, and each of these can lead back inside. IPv6 is therefore held to the one
# block that is handed out to networks, less the parts of it that are tunnels, protocol assignments or documentation.
_UNICAST = ip_network("2000::/3")
_DECEPTIVE = tuple(
    ip_network(network)
    for network in ("192.88.99.0/24", "224.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def is_public(address: IP) -> bool:
    """Tell whether `address` is on the public internet and nowhere else."""
    if isinstance(address, IPv6Address) and (address not in _UNICAST or address.scope_id):
        return False
    return address.is_global and not any(address in network for network in _DECEPTIVE)


def is_public_or_loopback(address: IP) -> bool:
    """Like `is_public`, and this machine too: for development, where the local DNS and web servers answer."""
    return address.is_loopback or is_public(address)
