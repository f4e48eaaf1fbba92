"""Reads about organizations from inside: who may enter, their users, and the imports under way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import JOIN

from portal.accounts.models import Account
from portal.core.context import Actor
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import Role
from portal.customers.models import Organization
from portal.customers.policy import sort_key
from portal.delegation.models import Access
from portal.directory.models import User
from portal.directory.policy import role_in
from portal.domains.models import Domain
from portal.jobs.models import Job
from portal.partners.models import Member, Partner
from portal.storage.paging import keyset
from portal.subscriptions.models import Subscription

PAGE_SIZE = 50
IMPORT_KINDS = ("directory.import-check", "directory.import")


@dataclass(frozen=True, slots=True)
class Entrance:
    """An organization, seen by someone who may enter it, and the role in which they do."""

    id: int
    public_id: str
    name: str
    domain: str  # as people write it
    verified_at: datetime | None
    admin_name: str
    admin_email: str
    country: str
    time_zone: str
    created_at: datetime
    partner: str
    role: Role


def entrance(actor: Actor, public_id: str) -> Entrance:
    """Return the organization if the actor may enter its console, else raise `NotFound`; one statement (S3.2-7)."""
    row = _with_surroundings(actor).where(Organization.public_id == public_id).objects().first()
    if row is None:
        raise NotFound
    console, verified = Role.CONSOLE_PARTNER in actor.roles, row.domain_verified_at is not None
    role = role_in(row.own_role, row.access_state == "active", console, verified)
    if role is None:
        raise NotFound
    return Entrance(
        row.id, row.public_id, row.name, row.display or row.domain, row.domain_verified_at, row.admin_name,
        row.admin_email, row.country, row.time_zone, row.created_at, row.partner_name or "", role,
    )


def _with_surroundings(actor: Actor) -> Any:
    """Select organizations with what decides about the actor's entrance, and what every page of theirs shows."""
    named = (Domain.organization == Organization.id) & (Domain.name == Organization.domain)
    me = (User.organization == Organization.id) & (User.account == actor.account_id) & (User.state == "active")
    ours = (Access.organization == Organization.id) & (Access.partner == actor.partner_id)
    columns = (
        Organization, Domain.display, Partner.name.alias("partner_name"), User.role.alias("own_role"),
        Access.state.alias("access_state"),
    )
    query: Any = Organization.select(*columns).join(Partner, JOIN.LEFT_OUTER)
    for table, condition in ((Domain, named), (User, me), (Access, ours)):
        query = query.switch(Organization).join(table, JOIN.LEFT_OUTER, on=condition)
    return query


def _tuples(query: Any) -> Iterable[tuple[Any, ...]]:
    return query.tuples()  # type: ignore[no-any-return]


def own_organizations(account_id: int | None) -> list[tuple[str, str]]:
    """Return (public id, name) of the organizations that a person administers."""
    query = (
        User.select(Organization.public_id, Organization.name).join(Organization)
        .where(User.account == account_id, User.state == "active", User.role.in_(["super-admin", "admin"]))
        .order_by(Organization.name_key, Organization.id).limit(10)
    )
    return [(public_id, name) for public_id, name in _tuples(query)]


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription as the organization's overview shows it."""

    plan: str
    state: str
    licenses: int
    period: str
    started_on: date
    renews_on: date | None
    trial_days: int | None


def subscriptions(organization_id: int) -> list[Held]:
    """Return what the organization has, oldest first."""
    columns = (Subscription.plan, Subscription.state, Subscription.licenses, Subscription.period,
               Subscription.started_on, Subscription.renews_on, Subscription.trial_days)
    query = Subscription.select(*columns).where(Subscription.organization == organization_id).order_by(Subscription.id)
    return [Held(*row) for row in _tuples(query)]


def users(organization_id: int, search: str, after: str | None) -> Page[User]:
    """Return one page of the organization's people by name; `search` looks in names and addresses."""
    query = User.select().where(User.organization == organization_id)
    for word in sort_key(search).split():
        query = query.where(User.name_key.contains(word) | User.email.contains(word))
    return keyset(query, [User.name_key, User.id], lambda user: [user.name_key, user.id], after, PAGE_SIZE)


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import, or the check before it, as the person who asked for it sees it."""

    public_id: str
    kind: str
    state: str
    done: int
    total: int
    result: dict[str, Any]

    @property
    def is_check(self) -> bool:
        return self.kind == "directory.import-check"

    @property
    def may_be_added(self) -> bool:
        """Whether this is a finished check that found lines without fault."""
        return self.is_check and self.state == "done" and bool(self.result["good"])


def job_key(kind: str, actor: Actor, once: str) -> str:
    """Return the key of an import job; it holds the partner, so that a person who changes partner loses sight of it."""
    return f"{kind}:{actor.partner_id}:{once}"


def import_job(actor: Actor, public_id: str) -> ImportJob:
    """Return the actor's own import for their present partner, or raise `NotFound`."""
    return _import_job(actor, Job.public_id == public_id)


def import_job_by_key(actor: Actor, key: str) -> ImportJob:
    return _import_job(actor, Job.key == key)


def _import_job(actor: Actor, condition: Any) -> ImportJob:
    # Without the payload: a page that asks every other second must not read a file of two megabytes each time.
    row = (
        Job.select(Job.public_id, Job.kind, Job.state, Job.done, Job.total, Job.result, Job.key)
        .where(condition, Job.kind.in_(IMPORT_KINDS), Job.account_id == actor.account_id)
        .first()
    )
    if row is None or not row.key.startswith(job_key(row.kind, actor, "")):
        raise NotFound
    return ImportJob(row.public_id, row.kind, row.state, row.done, row.total, row.result or {})


def rows_of(check: str) -> list[Any]:
    """Return the lines that a check was made of."""
    payload: dict[str, Any] = Job.get(Job.public_id == check).payload
    return list(payload["rows"])


def importer(account_id: int | None, partner_id: int) -> Actor:
    """Return the person who asked for an import as they are now: without rights if they have left the partner."""
    row = (
        Account.select(Account, Partner.name.alias("partner_name"), Partner.console)
        .join(Member).join(Partner)
        .where(Account.id == account_id, Partner.id == partner_id)
        .objects().first()
    )
    if row is None:
        return Actor(account_id=account_id)
    roles = frozenset({Role.CONSOLE_PARTNER} if row.console else ())
    return Actor(roles, row.id, row.name, row.email, row.language, row.country, row.time_zone, partner_id,
                 row.partner_name)


def own_domains(partner_id: int, names: set[str]) -> set[str]:
    """Return which of these domains the partner has added already."""
    query = Organization.select(Organization.domain).where(
        Organization.partner == partner_id, Organization.domain.in_(names)
    )
    return {row.domain for row in query}


def verified_domains(names: set[str]) -> set[str]:
    """Return which of these domains somebody has proved."""
    query = Domain.select(Domain.name).where(Domain.name.in_(names), Domain.verified_at.is_null(False))
    return {row.name for row in query}
