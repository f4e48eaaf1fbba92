"""Reads of what customers ask to change, for both sides, and of the subscriptions that it is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import ModelSelect

from portal.core.context import Actor
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.customers.models import Organization
from portal.customers.queries import visible_to
from portal.storage.paging import keyset
from portal.subscriptions.models import ChangeRequest, Subscription

PAGE_SIZE = 50
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Change:
    """A request with what the subscription is at present."""

    id: int
    public_id: str
    kind: str
    plan: str | None
    licenses: int | None
    storage_gb: int | None
    note: str
    state: str
    answer: str
    asked_by_name: str
    answered_by_name: str
    created_at: datetime
    answered_at: datetime | None
    present_plan: str
    present_licenses: int
    present_storage_gb: int
    currency: str
    period: str
    unit_price: int
    owned: str  # public id of the subscription
    on_trial: bool
    customer: str  # public id
    name: str
    users: int


def changes_of(organization_id: int, after: str | None = None, is_open: bool | None = None) -> Page[Change]:
    """Return one page of what an organization has asked for, newest first; all, open ones, or answered ones."""
    query = _changes().where(ChangeRequest.organization == organization_id)
    if is_open is not None:
        query = query.where(ChangeRequest.state == "open" if is_open else ChangeRequest.state != "open")
    return _page(query, after, SHOWN)


def open_changes(actor: Actor, after: str | None = None) -> Page[Change]:
    """Return one page of what the customers of the actor's partner wait for, newest first.

    Whether the partner may enter their consoles does not matter: subscriptions are commercial.
    """
    customers = visible_to(actor).select(Organization.id)
    waiting = (ChangeRequest.state == "open") & ChangeRequest.organization.in_(customers)
    return _page(_changes().where(waiting), after, PAGE_SIZE)


def find_change(actor: Actor, public_id: str) -> Change:
    """Return a request of one of the customers of the actor's partner, or raise `NotFound`."""
    customers = visible_to(actor).select(Organization.id)
    query = _changes().where(ChangeRequest.public_id == public_id, ChangeRequest.organization.in_(customers))
    row = query.objects().first()
    if row is None:
        raise NotFound(public_id)
    return _change(row)


def _changes() -> ModelSelect[ChangeRequest]:
    columns = (
        ChangeRequest, Subscription.plan.alias("present_plan"), Subscription.licenses.alias("present_licenses"),
        Subscription.extra_storage_gb.alias("present_storage_gb"), Subscription.currency, Subscription.period,
        Subscription.unit_price, Subscription.public_id.alias("owned"),
        Subscription.trial_days.is_null(False).alias("on_trial"), Organization.public_id.alias("customer"),
        Organization.name, Organization.users,
    )
    return (
        ChangeRequest.select(*columns).join(Subscription)
        .join(Organization, on=(Organization.id == ChangeRequest.organization))
    )


def _page(query: ModelSelect[ChangeRequest], after: str | None, size: int) -> Page[Change]:
    found: Any = query.objects()
    read = keyset(found, [ChangeRequest.id], lambda row: [row.id], after, size, descending=True)
    return Page([_change(row) for row in read.rows], read.previous, read.next)


def _change(row: Any) -> Change:
    return Change(**{name: getattr(row, name) for name in Change.__slots__})
