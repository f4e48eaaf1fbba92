"""Reminds both sides of trials that end, and of renewals that somebody has to decide about or that will not come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.queries import Addressee, as_addressees, customer_addressees, told_about
from portal.mail import Letter, post_all
from portal.storage import command
from portal.storage.paging import beyond
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import threshold

BATCH = 200
_ZONES_BEHIND = timedelta(days=1)  # where on earth it is still yesterday
_EVENTS = {"trial": "trial-ending", "paid": "renewal-coming"}
Place = tuple[date, int]  # in the order of days, then rows


@command(P.JOB_RUN)
def send_reminders(ctx: Ctx, state: str, after: Place | None = None) -> Place | None:
    """Write the reminders of one batch of subscriptions beyond `after`: trials (`trial`), or renewals that are not
    automatic (`paid`). Return where the next batch begins, or None when there is none.

    Each person reads of each day once per threshold, in their own language; days count where the organization is. The
    number of statements does not depend on the batch.
    """
    terms = ctx.programme.billing.reminders
    thresholds = terms.trial_days if state == "trial" else terms.renewal_days
    batch = _coming(ctx, state, max(thresholds, default=0), after)
    organizations = {owned.organization_id: owned.organization for owned in batch}.values()
    partners, customers = told_about(ctx, _EVENTS[state], organizations), customer_addressees(organizations)
    post_all(ctx, [
        letter for owned in batch
        for letter in _letters(ctx, owned, thresholds, [*as_addressees(partners[owned.organization_id]),
                                                        customers[owned.organization_id]])
    ])
    last = batch[-1] if len(batch) == BATCH else None
    return (last.renews_on, last.id) if last and last.renews_on else None


def _coming(ctx: Ctx, state: str, furthest: int, after: Place | None) -> list[Any]:
    """Return the next subscriptions in this state whose day may be near enough, by days: the index has that order."""
    columns, today = (Subscription.renews_on, Subscription.id), ctx.now.date()
    query = (
        Subscription.select(Subscription, Organization)
        .join(Organization)
        .where(Subscription.state == state, Subscription.renews_on >= today - _ZONES_BEHIND,
               Subscription.renews_on <= today + timedelta(days=furthest) + _ZONES_BEHIND)
    )
    if state == "paid":
        query = query.where(Subscription.renewal.in_(["ask", "end"]))
    if after:
        query = query.where(beyond(columns, after, downwards=False))
    return list(query.order_by(*columns).limit(BATCH))


def _letters(ctx: Ctx, owned: Any, thresholds: Sequence[int], people: Sequence[Addressee]) -> Iterator[Letter]:
    organization = owned.organization
    left = (owned.renews_on - ctx.today(organization.time_zone)).days
    reached = threshold(left, thresholds)
    if reached is None:
        return
    event, day = _EVENTS[owned.state], owned.renews_on.isoformat()
    shared: Mapping[str, Any] = {
        "organization": organization.name, "customer": organization.public_id, "subscription": owned.public_id,
        "plan": owned.plan, "day": day, "days": left, "renewal": owned.renewal,
    }
    for person in people:
        params = {**shared, "side": person.side, "country": person.country}
        yield Letter(event, f"{event}:{owned.public_id}:{day}:{reached}:{person.key}", person.email, person.name,
                     person.language, params)
