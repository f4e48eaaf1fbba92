"""What a customer has and how it pays: subscriptions with what is planned, suspended or unpaid, and open orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN, ModelSelect, fn

from portal.billing.models import Card, Charge, Invoice, Order
from portal.core.context import Actor
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.queries import visible_to
from portal.subscriptions.models import Scheduled, Subscription, Suspension


@dataclass(frozen=True, slots=True)
class Owned:
    """A subscription with what it becomes at its renewal, and why it is suspended or about to be."""

    row: Subscription
    planned: Scheduled | None
    suspensions: tuple[Suspension, ...]
    unpaid_on: date | None  # since when an invoice of it is open, after its due day

    @property
    def reasons(self) -> frozenset[str]:
        return frozenset(suspension.reason for suspension in self.suspensions)


@dataclass(frozen=True, slots=True)
class Holding:
    """One subscription with its organization, the card that pays for it, and a change that is still being paid."""

    owned: Owned
    organization: Organization
    card: Card | None
    order: Order | None


@dataclass(frozen=True, slots=True)
class Holder:
    """A customer with the card that pays for it, and its orders that are still being paid."""

    organization: Organization
    card: Card | None
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order with its customer, what it is about and what became of its money."""

    order: Order
    organization: Organization
    subscription: Subscription | None  # none: it was to be bought
    charge: Charge | None
    card: Card | None
    invoice: Invoice | None


def holder(actor: Actor, customer: str) -> Holder:
    """Return a customer of the actor's partner (public id), or raise `NotFound`; one statement."""
    rows = list(_with_money(
        visible_to(actor).select(Organization, Card, Order).where(Organization.public_id == customer)
    ).order_by(Order.id))
    if not rows:
        raise NotFound(customer)
    orders = tuple(order for row in rows if (order := _joined(row, "order")))
    return Holder(rows[0], _joined(rows[0], "card"), orders)


def owned_by(organization_id: int) -> list[Owned]:
    """Return what an organization subscribes to, oldest first; one statement."""
    query = _owned(Subscription, Scheduled, Suspension).where(Subscription.organization == organization_id)
    return list(_grouped(query.order_by(Subscription.id, Suspension.id)))


def holding(actor: Actor, subscription: str) -> Holding:
    """Return a subscription of a customer of the actor's partner, or raise `NotFound`; one statement."""
    return _holding(visible_to(actor), subscription)


def any_holding(actor: Actor, subscription: str) -> Holding:
    """Return anybody's subscription, for the vendor's staff."""
    actor.require(P.SUBSCRIPTION_SUSPEND)
    return _holding(Organization.select(), subscription)


def find_order(actor: Actor, order: str) -> Ordered:
    """Return an order of a customer of the actor's partner, or raise `NotFound`; one statement."""
    customers = visible_to(actor).select(Organization.id)
    query = (
        Order.select(Order, Organization, Subscription, Charge, Card, Invoice)
        .join(Organization, attr="customer")
        .switch(Order).join(Subscription, JOIN.LEFT_OUTER, attr="owned")
        .switch(Order).join(Card, JOIN.LEFT_OUTER, attr="paying")
        .switch(Order).join(Charge, JOIN.LEFT_OUTER, on=(Charge.order == Order.id), attr="payment")
        .switch(Order).join(Invoice, JOIN.LEFT_OUTER, on=(Invoice.order == Order.id), attr="document")
        .where(Order.public_id == order, Order.organization.in_(customers)).order_by(Charge.id.desc())
    )
    row = query.first()
    if row is None:
        raise NotFound(order)
    return Ordered(row, row.customer, _joined(row, "owned"), _joined(row, "payment"), _joined(row, "paying"),
                   _joined(row, "document"))


def _holding(customers: ModelSelect[Organization], subscription: str) -> Holding:
    query = _owned(Subscription, Organization, Scheduled, Suspension, Card, Order).join_from(
        Subscription, Organization, attr="customer"
    )
    there = Organization.id.in_(customers.select(Organization.id))
    rows = list(_with_money(query).where(
        Subscription.public_id == subscription, there, Order.service.is_null() | (Order.service == Subscription.service)
    ).order_by(Suspension.id))
    if not rows:
        raise NotFound(subscription)
    owned, organization = next(_grouped(rows)), rows[0].customer
    return Holding(owned, organization, _joined(organization, "card"), _joined(organization, "order"))


def _with_money(query: ModelSelect[Any]) -> ModelSelect[Any]:
    """Add the card that an organization pays with, and its orders that wait for their money."""
    waiting = (Order.organization == Organization.id) & (Order.state == "pending")
    return (
        query.join_from(Organization, Card, JOIN.LEFT_OUTER, on=(Card.id == Organization.card_id), attr="card")
        .join_from(Organization, Order, JOIN.LEFT_OUTER, on=waiting, attr="order")
    )


def _owned(*columns: Any) -> ModelSelect[Subscription]:
    """Select subscriptions, one row per open suspension, or one without."""
    late = Invoice.alias()
    unpaid = late.select(fn.MIN(late.due_on)).where(late.subscription == Subscription.id, late.state == "open")
    planned, standing = Scheduled.subscription == Subscription.id, Suspension.subscription == Subscription.id
    return (
        Subscription.select(*columns, unpaid.alias("unpaid_on"))
        .join(Scheduled, JOIN.LEFT_OUTER, on=planned, attr="planned")
        .join_from(Subscription, Suspension, JOIN.LEFT_OUTER, on=standing & Suspension.lifted_at.is_null(),
                   attr="suspension")
    )


def _grouped(rows: Iterable[Subscription]) -> Any:
    """Yield each subscription with all its suspensions."""
    together: dict[int, list[Subscription]] = {}
    for row in rows:
        together.setdefault(row.id, []).append(row)
    for same in together.values():
        reasons = tuple(reason for row in same if (reason := _joined(row, "suspension")))
        first: Any = same[0]
        unpaid = date.fromisoformat(first.unpaid_on) if isinstance(first.unpaid_on, str) else first.unpaid_on
        yield Owned(first, _joined(first, "planned"), reasons, unpaid)


def _joined(row: Any, name: str) -> Any:
    """Return the row that an outer join found beside this one, if any."""
    return getattr(row, name, None)
