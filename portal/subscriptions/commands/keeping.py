"""Writes subscriptions; the one place that keeps the customer lists' copies of plan, standing and renewal."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core.context import Ctx
from portal.core.errors import Stale
from portal.customers.models import NEVER, Organization
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import console_services, rank


def change(subscription: Subscription, **values: object) -> None:
    """Store new values unless somebody else has changed the row since it was read: then raise `Stale`."""
    changed = (
        Subscription.update(version=Subscription.version + 1, **values)
        .where(Subscription.id == subscription.id, Subscription.version == subscription.version)
        .execute()
    )
    if not changed:
        raise Stale


def main_of(ctx: Ctx, rows: Iterable[Subscription]) -> Subscription | None:
    """Return which of an organization's subscriptions, oldest first, the lists show: the one whose users count."""
    console = console_services(ctx.programme)
    return min(rows, key=lambda row: rank(row.service, row.state, row.renews_on, console), default=None)


def keep(ctx: Ctx, organization_id: int) -> None:
    """Copy what the lists show of an organization's subscriptions; part of every change of one of them."""
    rows = Subscription.select().where(Subscription.organization == organization_id).order_by(Subscription.id)
    main = main_of(ctx, rows)
    if main is not None:
        Organization.update(
            main_subscription=main.id, standing=main.state, renews_on=main.renews_on or NEVER
        ).where(Organization.id == organization_id).execute()
