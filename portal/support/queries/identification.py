"""Which customers tickets may be about: any number of tickets in a constant number of statements (S4.4-5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from peewee import fn

from portal.accounts.policy import normalize_code
from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.directory.models import Group, User
from portal.domains.models import Domain
from portal.storage.sets import among
from portal.subscriptions.models import Subscription
from portal.support.models import Ticket
from portal.support.policy.classification import COUNTED, Candidate

Found = dict[int, set[str]]  # rows of organizations -> what led to each


@dataclass(frozen=True, slots=True)
class Named:
    """What a ticket of a partner says about whose it is, as it is compared. `chosen`: a person said which customer."""

    partner_id: int
    email: str = ""
    user: str = ""
    organization: str = ""
    chosen: int | None = None

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(way for way in ("email", "user", "organization") if getattr(self, way))


def named_by(ticket: Ticket, fresh: bool = True) -> Named:
    """Return what a ticket names; unless it is judged `fresh`, a choice that a person has made stands (G17)."""
    chosen = None if fresh or not (ticket.verdict_params or {}).get("chosen") else ticket.organization_id
    return Named(ticket.partner_id, ticket.customer_email, normalize_code(ticket.service_user),
                 normalize_code(ticket.service_org), chosen)


def candidates_of(ctx: Ctx, all_named: Iterable[Named]) -> dict[Named, list[Candidate]]:
    """Return for each the customers of its partner that it may be about, each once, with what led to it."""
    asked = list(dict.fromkeys(all_named))
    found = _found(asked)
    rows = _rows({row for ways in found.values() for row in ways})
    licenses = licenses_of(rows)
    region_of = ctx.programme.region_for_country
    return {
        named: [
            Candidate(row.id, row.name, region_of(row.country).code, frozenset(found[named][row.id]), licenses[row.id])
            for row in (rows[row_id] for row_id in sorted(found[named]) if row_id in rows)
            if row.partner == named.partner_id  # another partner's is the same as none
        ]
        for named in asked
    }


def _found(asked: list[Named]) -> dict[Named, Found]:
    """Return what each names, of any partner."""
    ways = [(way, column, _meant(table, {getattr(named, column) for named in asked} - {""}))
            for way, column, table in _TABLES]
    domains = _meant(_domains, {_domain_of(named.email) for named in asked} - {""})
    found: dict[Named, Found] = {}
    for named in asked:
        mine = found[named] = defaultdict[int, set[str]](set)
        for way, column, meant in ways:
            for row in meant.get(getattr(named, column), ()):
                mine[row].add(way)
        for row in domains.get(_domain_of(named.email), ()):
            mine[row].add("domain")
        if named.chosen:
            mine[named.chosen].add("person")
    return found


def _domain_of(email: str) -> str:
    return email.rpartition("@")[2]


def _meant(read: Callable[[set[str]], Any], values: set[str]) -> Mapping[str, list[int]]:
    """Return for each value the organizations that it means; who names nothing is not looked up."""
    meant = defaultdict[str, list[int]](list)
    for value, row in read(values).tuples() if values else ():
        meant[value].append(row)
    return meant


def _super_admins(emails: set[str]) -> Any:
    return Organization.select(Organization.admin_email, Organization.id).where(among(Organization.admin_email, emails))


def _domains(names: set[str]) -> Any:
    return Domain.select(Domain.name, Domain.organization).where(
        among(Domain.name, names), Domain.verified_at.is_null(False))


def _users(ids: set[str]) -> Any:
    return User.select(User.public_id, User.organization).where(among(User.public_id, ids))


def _organizations(ids: set[str]) -> Any:
    return Organization.select(Organization.public_id, Organization.id).where(among(Organization.public_id, ids))


def _groups(ids: set[str]) -> Any:
    return Group.select(Group.public_id, Group.organization).where(among(Group.public_id, ids))


# What leads to a customer, the field that says so, and where it is looked up. The number of a group (ZGID) stands in
# the same field as that of an organization (S4.30).
_TABLES = (("email", "email", _super_admins), ("user", "user", _users),
           ("organization", "organization", _organizations), ("organization", "organization", _groups))


def _rows(ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    columns = (Organization.id, Organization.partner, Organization.name, Organization.country)
    query: Any = Organization.select(*columns).where(among(Organization.id, ids))
    return {row.id: row for row in query.namedtuples()}


def licenses_of(organizations: Collection[int]) -> dict[int, dict[str, int]]:
    """Return for each organization how many licenses it has bought of each service."""
    found = defaultdict[int, dict[str, int]](dict)
    if not organizations:
        return found
    total = fn.SUM(Subscription.licenses)
    query: Any = Subscription.select(Subscription.organization, Subscription.service, total).where(
        among(Subscription.organization, organizations), Subscription.state.in_(COUNTED)
    ).group_by(Subscription.organization, Subscription.service)
    for organization, service, count in query.tuples():
        found[organization][service] = int(count)
    return found
