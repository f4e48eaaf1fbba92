"""What a partner or the vendor's staff decides about a subscription beside its terms: renewal, suspension, the end."""

from __future__ import annotations

from portal.audit import record
from portal.billing.commands.holding import held_organization, held_subscription, own_subscription
from portal.billing.commands.telling import tell_both, tell_customer
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.storage import command
from portal.subscriptions.commands.keeping import change
from portal.subscriptions.commands.suspensions import end, lift, suspend
from portal.subscriptions.models import Scheduled, Subscription, Suspension
from portal.subscriptions.policy import RENEWALS

NOTE_MAX = 1000


@command(P.SUBSCRIPTION_CHANGE)
def set_renewal(ctx: Ctx, subscription: str, renewal: str, seen: int) -> None:
    """Decide what happens on the renewal date: `renew`, `end`, or `ask` the partner first (S0.17).

    `seen` is the version that the person looked at. Raises `NotFound`, `Stale`, `DomainError` on `renewal`.
    """
    organization, owned = _seen(ctx, subscription, seen)
    if renewal not in RENEWALS:
        raise DomainError(N_("Choose what happens on the renewal date."), field="renewal")
    if owned.trial_days is not None or owned.state == "ended":
        raise DomainError(N_("This subscription does not renew."), field="renewal")
    if renewal == owned.renewal:
        return
    change(owned, renewal=renewal)
    record(ctx, "subscription.renewal-set", subject=owned.public_id, organization_id=organization.id, name=owned.plan,
           before={"renewal": owned.renewal}, after={"renewal": renewal})


@command(P.SUBSCRIPTION_CHANGE)
def cancel_planned(ctx: Ctx, subscription: str, seen: int) -> None:
    """Give up what was planned for the renewal: it renews as it is. Raises `NotFound`, `Stale`."""
    organization, owned = _seen(ctx, subscription, seen)
    planned = Scheduled.get_or_none(Scheduled.subscription == owned.id)
    if planned is None:
        raise Stale
    planned.delete_instance()
    change(owned)
    record(ctx, "subscription.unplanned", subject=owned.public_id, organization_id=organization.id, name=owned.plan,
           before={"plan": planned.plan, "licenses": planned.licenses, "period": planned.period,
                   "extra_storage_gb": planned.extra_storage_gb})


@command(P.SUBSCRIPTION_CHANGE)
def suspend_subscription(ctx: Ctx, subscription: str, note: str) -> None:
    """Suspend a subscription as its customer wishes; `note` is what the customer reads about it.

    Raises `NotFound`, `Stale` when it is so already, `DomainError` on `note`.
    """
    organization, owned = own_subscription(ctx, subscription)
    key = _suspend(ctx, owned, "partner", note)
    tell_customer(ctx, organization, "subscription-suspended", key, plan=owned.plan, reason="partner", note=note)


@command(P.SUBSCRIPTION_CHANGE)
def lift_suspension(ctx: Ctx, subscription: str) -> None:
    """End the suspension that the partner began; other reasons keep it suspended. Raises `NotFound`, `Stale`."""
    organization, owned = own_subscription(ctx, subscription)
    key = _lift(ctx, owned, "partner")
    tell_customer(ctx, organization, "subscription-resumed", key, **_now(owned))


@command(P.SUBSCRIPTION_CHANGE)
def end_subscription(ctx: Ctx, subscription: str, seen: int) -> None:
    """End a subscription today. What was paid is not paid back, what is unpaid stays due. Raises `NotFound`, `Stale`.

    Money of a change that is still being paid comes back by itself.
    """
    organization, owned = _seen(ctx, subscription, seen)
    if not end(ctx, owned, "partner"):
        raise Stale
    tell_customer(ctx, organization, "subscription-ended", owned.public_id, plan=owned.plan, why="partner")


@command(P.SUBSCRIPTION_SUSPEND)
def suspend_for_vendor(ctx: Ctx, subscription: str, note: str) -> None:
    """Suspend a subscription of anybody's customer for the vendor's own reason; both sides read `note`.

    Raises `NotFound`, `Stale`, `DomainError` on `note`.
    """
    organization, owned = _any_subscription(subscription)
    key = _suspend(ctx, owned, "vendor", note)
    tell_both(ctx, organization, "subscription-suspended", key, plan=owned.plan, reason="vendor", note=note)


@command(P.SUBSCRIPTION_SUSPEND)
def lift_for_vendor(ctx: Ctx, subscription: str) -> None:
    """End the suspension that the vendor's staff began. Raises `NotFound`, `Stale`."""
    organization, owned = _any_subscription(subscription)
    key = _lift(ctx, owned, "vendor")
    tell_both(ctx, organization, "subscription-resumed", key, **_now(owned))


def _seen(ctx: Ctx, subscription: str, seen: int) -> tuple[Organization, Subscription]:
    organization, owned = own_subscription(ctx, subscription)
    if owned.version != seen:
        raise Stale
    return organization, owned


def _any_subscription(subscription: str) -> tuple[Organization, Subscription]:
    known = Subscription.get_or_none(Subscription.public_id == subscription)
    if known is None:
        raise NotFound(subscription)
    organization = held_organization(known.organization_id)
    return organization, held_subscription(known.id)


def _suspend(ctx: Ctx, owned: Subscription, reason: str, note: str) -> str:
    """Add a reason, and return which suspension it is."""
    if not note:
        raise DomainError(N_("Say why: your words are shown with the suspension."), field="note")
    if len(note) > NOTE_MAX:
        raise DomainError(N_("Use %(most)s characters or fewer."), "note", most=NOTE_MAX)
    if not suspend(ctx, owned, reason, note):
        raise Stale
    return _last(owned, reason)


def _lift(ctx: Ctx, owned: Subscription, reason: str) -> str:
    """Lift a reason, and return which suspension it was."""
    if not lift(ctx, owned, reason):
        raise Stale
    return _last(owned, reason)


def _last(owned: Subscription, reason: str) -> str:
    mine = (Suspension.subscription == owned.id) & (Suspension.reason == reason)
    query = Suspension.select(Suspension.public_id).where(mine).order_by(Suspension.id.desc()).limit(1)
    return str(query.scalar())


def _now(owned: Subscription) -> dict[str, str]:
    """Return what the mail says of a subscription after a reason was lifted; others may keep it suspended."""
    fresh = Subscription.get_by_id(owned.id)
    return {"plan": fresh.plan, "state": fresh.state}
