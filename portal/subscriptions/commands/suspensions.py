"""Suspending subscriptions, for several reasons at once, and ending them."""

from __future__ import annotations

from portal.audit import record
from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.storage import locked
from portal.subscriptions.commands.keeping import change, keep
from portal.subscriptions.models import Scheduled, Subscription, Suspension

_LIVE = frozenset({"trial", "paid", "expired"})


def suspend(ctx: Ctx, owned: Subscription, reason: str, note: str = "") -> bool:
    """Add a reason for suspension in the caller's transaction; tell whether it is a new one.

    `owned` is held. An ended subscription stays ended.
    """
    if owned.state == "ended":
        return False
    there = Suspension.select().where(
        Suspension.subscription == owned.id, Suspension.reason == reason, Suspension.lifted_at.is_null()
    )
    if there.exists():
        return False
    Suspension.create(subscription=owned.id, reason=reason, note=note, since=ctx.now, by_name=ctx.actor.name)
    if owned.state in _LIVE:
        change(owned, state="suspended")
        keep(ctx, owned.organization_id)
    record(ctx, "subscription.suspended", subject=owned.public_id, organization_id=owned.organization_id,
           name=owned.plan, suspended_for=reason, note=note)
    return True


def lift(ctx: Ctx, owned: Subscription, reason: str) -> bool:
    """Lift a reason in the caller's transaction; tell whether there was one. The last one lets it work again.

    `owned` is held. Days that passed meanwhile are not made up for; a renewal that was due comes today.
    """
    standing = (Suspension.subscription == owned.id) & Suspension.lifted_at.is_null()
    lifted = Suspension.update(lifted_at=ctx.now, lifted_by_name=ctx.actor.name).where(
        standing, Suspension.reason == reason
    )
    if not lifted.execute():
        return False
    if owned.state == "suspended" and not Suspension.select().where(standing).exists():
        today = ctx.today(Organization.get_by_id(owned.organization_id).time_zone)
        trial_over = owned.trial_days is not None and (owned.renews_on is None or owned.renews_on <= today)
        state = "paid" if owned.trial_days is None else "expired" if trial_over else "trial"
        missed = state == "paid" and owned.renews_on is not None and owned.renews_on < today
        # Periods count from today on then: on the old day of the month the next one would be too short or too long.
        anew = {"renews_on": today, "anchor_day": today.day} if missed else {}
        change(owned, state=state, **anew)
        keep(ctx, owned.organization_id)
    record(ctx, "subscription.lifted", subject=owned.public_id, organization_id=owned.organization_id,
           name=owned.plan, suspended_for=reason)
    return True


def end(ctx: Ctx, owned: Subscription, why: str) -> bool:
    """End a subscription today in the caller's transaction; tell whether it had not ended yet. `owned` is held.

    `why`: `renewal` (it was not to renew), `unpaid`, or `partner`.
    """
    if owned.state == "ended":
        return False
    organization = locked(Organization.select().where(Organization.id == owned.organization_id)).get()
    Scheduled.delete().where(Scheduled.subscription == owned.id).execute()
    change(owned, state="ended", ended_on=ctx.today(organization.time_zone), renews_on=None)
    keep(ctx, organization.id)
    record(ctx, "subscription.ended", subject=owned.public_id, organization_id=organization.id, name=owned.plan,
           why=why)
    return True
