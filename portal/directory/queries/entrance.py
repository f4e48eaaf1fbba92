"""Who may enter which organization."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from peewee import JOIN

from portal.core.context import Actor
from portal.core.errors import NotFound
from portal.core.permissions import P, Role
from portal.customers.models import Organization
from portal.customers.queries import assigned
from portal.delegation.models import Access
from portal.directory.models import User
from portal.directory.policy.entrance import role_in
from portal.domains.models import Domain
from portal.partners.models import Partner
from portal.subscriptions.models import Subscription


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
    partner: str  # the commercial one, by name; empty for none
    access: str  # of that partner, as `Organization.access`
    language: str
    users: int
    licenses: int  # of the subscription that lists show; 0 without one
    tfa_required: bool
    contacts_sync: str
    widgets: list[str] | None
    version: int
    role: Role

    @property
    def on_behalf(self) -> bool:
        """Whether this is the partner in its customer's console."""
        return self.role is Role.ON_BEHALF


def entrance(actor: Actor, public_id: str) -> Entrance:
    """Return the organization if the actor may enter its console, else raise `NotFound`; one statement (S3.2-7)."""
    row = _with_surroundings(actor).where(Organization.public_id == public_id).objects().first()
    if row is None:
        raise NotFound
    enters, verified = actor.can(P.CUSTOMER_ENTER), row.domain_verified_at is not None
    role = role_in(row.own_role, row.access_state == "active" and row.assigned, enters, verified)
    if role is None:
        raise NotFound
    return Entrance(
        row.id, row.public_id, row.name, row.display or row.domain, row.domain_verified_at, row.admin_name,
        row.admin_email, row.country, row.time_zone, row.created_at, row.partner_name or "", row.access,
        row.language, row.users, row.licenses or 0, row.tfa_required, row.contacts_sync, row.widgets, row.version, role,
    )


def inside(actor: Actor, found: Entrance) -> Actor:
    """Return the actor as that organization knows them: the rights of one role, nothing of what they may elsewhere."""
    return replace(
        actor, roles=frozenset({Role.ACCOUNT, found.role}), organization_id=found.id, time_zone=found.time_zone,
        country=found.country,
    )


def _with_surroundings(actor: Actor) -> Any:
    """Select organizations with what decides about the actor's entrance, and what every page of theirs shows."""
    named = (Domain.organization == Organization.id) & (Domain.name == Organization.domain)
    me = (User.organization == Organization.id) & (User.account == actor.account_id) & (User.state == "active")
    ours = (Access.organization == Organization.id) & (Access.partner == actor.partner_id)
    columns = (
        Organization, Domain.display, Partner.name.alias("partner_name"), User.role.alias("own_role"),
        Access.state.alias("access_state"), Subscription.licenses, assigned(actor).alias("assigned"),
    )
    query: Any = Organization.select(*columns).join(Partner, JOIN.LEFT_OUTER)
    main = Subscription.id == Organization.main_subscription
    for table, condition in ((Domain, named), (User, me), (Access, ours), (Subscription, main)):
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
