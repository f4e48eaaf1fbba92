"""Writes what a subscription is: bought, changed, renewed, scheduled. Who pays for it is decided a floor above."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.audit import record
from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.subscriptions.commands.keeping import change, keep
from portal.subscriptions.models import Scheduled, Subscription
from portal.subscriptions.policy import Terms


def values_of(terms: Terms) -> dict[str, Any]:
    """Return the columns that hold these terms."""
    return {
        "plan": terms.plan, "licenses": terms.licenses, "period": terms.period, "unit_price": terms.unit_price,
        "extra_storage_gb": terms.extra_storage_gb, "storage_price": terms.storage_price,
    }


def begin(
    ctx: Ctx, organization: Organization, service: str, currency: str, terms: Terms, starts_on: date, renews_on: date
) -> Subscription:
    """Start a paid subscription of a service that the organization does not have, in the caller's transaction."""
    bought: Subscription = Subscription.create(
        organization=organization, service=service, state="paid", currency=currency, started_on=starts_on,
        period_from=starts_on, renews_on=renews_on, anchor_day=starts_on.day, created_at=ctx.now, **values_of(terms),
    )
    keep(ctx, organization.id)
    record(ctx, "subscription.bought", subject=bought.public_id, organization_id=organization.id, name=terms.plan,
           after=values_of(terms), currency=bought.currency)
    return bought


def become(
    ctx: Ctx, owned: Subscription, verb: str, terms: Terms, later: Terms | None, **columns: Any
) -> None:
    """Give a subscription new terms now, and others at its next renewal (none: what it has now stays).

    Raises `Stale` when the row has changed since it was read. `columns` are further values of the row.
    """
    before = {name: getattr(owned, name) for name in values_of(terms)}
    after = values_of(terms)
    changed = {name for name in after if after[name] != before[name]}
    change(owned, **after, **columns)
    schedule(ctx, owned, later)
    keep(ctx, owned.organization_id)
    record(
        ctx, verb, subject=owned.public_id, organization_id=owned.organization_id, name=terms.plan,
        before={name: before[name] for name in sorted(changed)}, after={name: after[name] for name in sorted(changed)},
        currency=owned.currency, **({"later": values_of(later)} if later else {}),
    )


def schedule(ctx: Ctx, owned: Subscription, later: Terms | None) -> None:
    """Set what a subscription becomes at its next renewal; None leaves it as it is."""
    Scheduled.delete().where(Scheduled.subscription == owned.id).execute()
    if later:
        Scheduled.create(
            subscription=owned.id, decided_by_name=ctx.actor.name, created_at=ctx.now, **values_of(later)
        )
