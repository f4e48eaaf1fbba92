"""Trials: they begin with a customer, are extended, and end by themselves."""

from __future__ import annotations

from datetime import date, timedelta

from peewee import Expression

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.customers.queries import one, open_to, visible_to
from portal.storage import command, locked
from portal.subscriptions.commands.keeping import change, keep
from portal.subscriptions.commands.terms import values_of
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import Terms, agreed, check_numbers, extended

_BATCH = 200
_ZONES_AHEAD = timedelta(hours=14)  # where on earth the day begins first


@command(P.CUSTOMER_ADD)
def start_trial(ctx: Ctx, organization: Organization, plan: str, licenses: int) -> date:
    """Start a trial today, where the organization is, at its country's prices, and return its end (S2.29)."""
    currency = ctx.programme.currency_for_country(organization.country)
    period = next(iter(ctx.programme.plans[plan].prices[currency]))
    trial = _begin(ctx, organization, currency, agreed(ctx.programme, currency, plan, licenses, period))
    assert trial.renews_on is not None
    return trial.renews_on


@command(P.SUBSCRIPTION_ADD)
def try_service(
    ctx: Ctx, customer: str, plan: str, licenses: int, period: str, extra_storage_gb: int = 0
) -> Subscription:
    """Start a trial of a service that a customer (public id) never had (S0.15, S2.29).

    `period` is what it would be paid by. Raises `NotFound`, `DomainError` beside a field.
    """
    organization = one(locked(visible_to(ctx.actor)), customer)
    check_numbers(licenses, extra_storage_gb)
    currency = ctx.programme.currency_for_country(organization.country)
    terms = agreed(ctx.programme, currency, plan, licenses, period, extra_storage_gb)
    offer = ctx.programme.plans[plan]
    if not offer.trial:
        raise DomainError(N_("This plan has no trial. It can be bought."), "plan")
    had = (Subscription.organization == organization.id) & (Subscription.service == offer.service)
    if Subscription.select().where(had).exists():
        raise DomainError(N_("Your customer has had this service before. It can be bought."), "plan")
    trial = _begin(ctx, organization, currency, terms)
    record(ctx, "trial.started", subject=trial.public_id, organization_id=organization.id, name=plan,
           after=values_of(terms), currency=currency)
    return trial


def _begin(ctx: Ctx, organization: Organization, currency: str, terms: Terms) -> Subscription:
    started, days = ctx.today(organization.time_zone), ctx.programme.trial.initial_days
    trial: Subscription = Subscription.create(
        organization=organization, service=ctx.programme.plans[terms.plan].service, state="trial", currency=currency,
        started_on=started, trial_days=days, renews_on=started + timedelta(days=days), created_at=ctx.now,
        **values_of(terms),
    )
    keep(ctx, organization.id)
    return trial


@command(P.TRIAL_EXTEND)
def extend_trial(ctx: Ctx, customer: str, seen: int) -> date:
    """Make a customer's trial one extension longer and return its new end (S2.30, S2.32).

    `customer` is a public id, `seen` the length in days that the person saw: a second click of the same page finds
    another length. Raises `NotFound`, `Stale`, `TrialEnded`, `TrialLimitReached`.
    """
    # The organization first, then its subscription: answers to its requests hold them in this order, too.
    organization = one(locked(open_to(ctx.actor)), customer)
    return _extend(ctx, organization, Subscription.id == organization.main_subscription, seen)


@command(P.SUBSCRIPTION_CHANGE)
def extend_trial_of(ctx: Ctx, subscription: str, seen: int) -> date:
    """Make the trial with this public id one extension longer, of whatever service (S0.13); like `extend_trial`."""
    there = visible_to(ctx.actor).join(Subscription, on=(Subscription.organization == Organization.id))
    found = there.where(Subscription.public_id == subscription).first()
    if found is None:
        raise NotFound(subscription)
    organization = locked(Organization.select().where(Organization.id == found.id)).get()
    return _extend(ctx, organization, Subscription.public_id == subscription, seen)


def _extend(ctx: Ctx, organization: Organization, which: Expression, seen: int) -> date:
    trial = _trial(which)
    assert trial.trial_days is not None
    assert trial.renews_on is not None
    today = ctx.today(organization.time_zone)
    days = extended(trial.trial_days, seen, ctx.programme.trial, today, trial.renews_on)
    ends_on = trial.renews_on + timedelta(days=days - trial.trial_days)
    change(trial, state="trial", trial_days=days, renews_on=ends_on)
    keep(ctx, organization.id)
    record(
        ctx, "trial.extended", subject=trial.public_id, organization_id=organization.id,
        before=trial.trial_days, after=days, ends_on=ends_on.isoformat(),
    )
    return ends_on


def _trial(which: Expression) -> Subscription:
    """Return this trial, locked; one that was bought or ended meanwhile is none any more."""
    query = Subscription.select().where(
        which,
        Subscription.state.in_(["trial", "expired"]),
        Subscription.trial_days.is_null(False),
        Subscription.renews_on.is_null(False),
    )
    trial: Subscription | None = locked(query).first()
    if trial is None:
        raise Stale
    return trial


@command(P.JOB_RUN)
def expire_trials(ctx: Ctx, after: int = 0) -> int | None:
    """Let up to one batch of trials with row numbers beyond `after` expire, each by its own organization's calendar.

    Returns where the next batch begins, or None when there is none.
    """
    rows = list(_ending(ctx, after))
    for trial in rows:
        if trial.renews_on and trial.renews_on <= ctx.today(trial.organization.time_zone):
            _expire(ctx, trial)
    return rows[-1].id if len(rows) == _BATCH else None


def _ending(ctx: Ctx, after: int) -> list[Subscription]:
    """Return trials that are over wherever the day is furthest ahead: the only ones that may be over at all."""
    furthest = (ctx.now + _ZONES_AHEAD).date()
    return list(
        Subscription.select(Subscription, Organization)
        .join(Organization)
        .where(Subscription.state == "trial", Subscription.renews_on <= furthest, Subscription.id > after)
        .order_by(Subscription.id)
        .limit(_BATCH)
    )


def _expire(ctx: Ctx, trial: Subscription) -> None:
    """End one trial, unless it has been extended or bought since it was read."""
    locked(Organization.select(Organization.id).where(Organization.id == trial.organization.id)).get()
    try:
        change(trial, state="expired")
    except Stale:
        return
    keep(ctx, trial.organization.id)
    record(ctx, "trial.expired", subject=trial.public_id, organization_id=trial.organization.id)
