"""Holds rows in one order for all of billing, so that nobody waits in a circle: organization, subscription, cause."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.customers.models import Organization
from portal.customers.queries import visible_to
from portal.storage import locked
from portal.subscriptions.models import Subscription


def held_organization(organization_id: int) -> Organization:
    """Return an organization's row, held until the transaction ends."""
    return locked(Organization.select().where(Organization.id == organization_id)).get()  # type: ignore[no-any-return]


def held_subscription(subscription_id: int) -> Subscription:
    """Return a subscription's row, held; its organization is held before."""
    return locked(Subscription.select().where(Subscription.id == subscription_id)).get()  # type: ignore[no-any-return]


def own_customer(ctx: Ctx, customer: str) -> Organization:
    """Return a customer of the actor's partner (public id), held, or raise `NotFound`."""
    found = locked(visible_to(ctx.actor).where(Organization.public_id == customer)).first()
    if found is None:
        raise NotFound(customer)
    return found  # type: ignore[no-any-return]


def own_subscription(ctx: Ctx, subscription: str) -> tuple[Organization, Subscription]:
    """Return a subscription of a customer of the actor's partner, and that customer, both held, or raise `NotFound`."""
    customers = visible_to(ctx.actor).select(Organization.id)
    found = Subscription.select().where(
        Subscription.public_id == subscription, Subscription.organization.in_(customers)
    ).first()
    if found is None:
        raise NotFound(subscription)
    organization = held_organization(found.organization_id)
    return organization, held_subscription(found.id)
