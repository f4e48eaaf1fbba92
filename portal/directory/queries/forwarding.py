"""Where mail goes that mail policies forward: whose is sent on, and whose mailboxes it reaches in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from peewee import Select, Table

from portal.directory.models import User
from portal.directory.queries.users import verified_domains
from portal.storage import database

# By name, and as a mail server reads them: the room of mail policies stands above this one.
_POLICY: Any = Table("mail_policy", ("id", "organization_id"))
_FORWARD: Any = Table("mail_policy_forward", ("policy_id", "address"))
_COUNTING: Any = Table("mail_effective", ("user_row", "policy_row"))
_ROUTE: Any = Table("mail_routes", ("address", "destination"))

Pairs = set[tuple[Any, str]]


def forwards(organization_id: int) -> set[str]:
    """Return the addresses to which the organization's mail policies forward, assigned to somebody or not."""
    query = _POLICY.select(_FORWARD.address).join(_FORWARD, on=_FORWARD.policy_id == _POLICY.id)
    return {address for (address,) in _rows(query.where(_POLICY.organization_id == organization_id))}


def sent_on(organization_id: int) -> Pairs:
    """Return (row number of a user, address to which the policy that counts for them forwards their mail)."""
    query: Any = User.select(User.id, _FORWARD.address).join(_COUNTING, on=_COUNTING.user_row == User.id)
    query = query.join(_FORWARD, on=_FORWARD.policy_id == _COUNTING.policy_row)
    return set(query.where(User.organization == organization_id).tuples())


def readers(organization_id: int) -> Pairs:
    """Return (address to which policies forward, mailbox that it reaches): through aliases, groups and catch-alls."""
    own, found = verified_domains(organization_id), Pairs()
    seen = ways = {(address, address) for address in forwards(organization_id)}
    while ways:
        routes, further = _routes({at for _first, at in ways}), Pairs()
        for first, at in ways:
            domain = at.rpartition("@")[2]
            onward = routes[at] or routes[f"@{domain}"]
            if at in onward or (not onward and domain not in own):
                found.add((first, at))
            further |= {(first, address) for address in onward if address != at}
        ways = further - seen
        seen = seen | ways
    return found


def _routes(addresses: Iterable[str]) -> defaultdict[str, set[str]]:
    """Return address -> where mail for it goes next; those of the catch-alls of their domains are there as well."""
    wanted = {text for address in addresses for text in (address, f"@{address.rpartition('@')[2]}")}
    routes = defaultdict[str, set[str]](set)
    for address, destination in _rows(
        _ROUTE.select(_ROUTE.address, _ROUTE.destination).where(_ROUTE.address.in_(sorted(wanted)))
    ):
        routes[address].add(destination)
    return routes


def _rows(query: Select) -> Iterable[tuple[Any, ...]]:
    return query.tuples().execute(database)  # type: ignore[no-any-return]
