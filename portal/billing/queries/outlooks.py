"""What if: what a customer brings its partner in the coming year, and what it would if something changed (S0.18)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from peewee import JOIN

from portal.billing.policy.projection import Held, Outlook, RuleAt, outlook
from portal.billing.queries.quotes import terms_of, wanted_terms
from portal.commissions.queries.tiers import among, changes_of
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.customers.models import Organization
from portal.programme.commission import Rule, Settlement
from portal.subscriptions.models import Scheduled, Subscription


@dataclass(frozen=True, slots=True)
class Scenario:
    """What would change: `card` (to `card_kind`), `plan` (of one subscription), `leave`; empty for nothing."""

    kind: str = ""
    card_kind: str = ""
    subscription: str = ""
    plan: str = ""
    licenses: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """One subscription: what it brings as it is (`now`) and as it would be (`then`)."""

    row: Subscription
    renews: bool
    now: Outlook
    then: Outlook

    @property
    def difference(self) -> int:
        return self.then.earned - self.now.earned


@dataclass(frozen=True, slots=True)
class Total:
    """What all subscriptions in one currency bring; currencies are never added up."""

    currency: str
    now: int
    then: int

    @property
    def difference(self) -> int:
        return self.then - self.now


def subscriptions_of(organization: Organization) -> list[Subscription]:
    """Return what an organization has that could still bring something, each with what is planned for it."""
    query = Subscription.select(Subscription, Scheduled).join(
        Scheduled, JOIN.LEFT_OUTER, on=(Scheduled.subscription == Subscription.id), attr="planned"
    )
    live = (Subscription.organization == organization.id) & Subscription.state.in_(["trial", "paid", "suspended"])
    return list(query.where(live).order_by(Subscription.id))


def compare(
    ctx: Ctx, organization: Organization, subscriptions: Sequence[Subscription], scenario: Scenario
) -> list[Comparison]:
    """Compare the coming year as it is with a scenario, for each of `subscriptions_of` the organization.

    Raises `NotFound`, `TooFewLicenses`, `DomainError` beside a field.
    """
    if scenario.kind == "plan" and scenario.subscription not in {row.public_id for row in subscriptions}:
        raise NotFound(scenario.subscription)
    rule_at, today = _rules(ctx, organization), ctx.today(organization.time_zone)
    now = _settlement(ctx, organization.card_kind)
    then = _settlement(ctx, scenario.card_kind) if scenario.kind == "card" else now
    found = []
    for row in subscriptions:
        held = _held(row)
        wanted = None
        if scenario.kind == "plan" and row.public_id == scenario.subscription:
            wanted = wanted_terms(ctx, organization, row, scenario.plan, scenario.licenses, row.period,
                                  row.extra_storage_gb)
        leaves = scenario.kind == "leave"
        found.append(Comparison(
            row, held.renews, outlook(ctx.programme, held, now, rule_at, today),
            Outlook(None) if leaves else outlook(ctx.programme, held, then, rule_at, today, wanted),
        ))
    return found


def totals(comparisons: Sequence[Comparison]) -> list[Total]:
    """Return the sums by currency."""
    sums = defaultdict[str, list[int]](lambda: [0, 0])
    for one in comparisons:
        sums[one.row.currency][0] += one.now.earned
        sums[one.row.currency][1] += one.then.earned
    return [Total(currency, *pair) for currency, pair in sorted(sums.items())]


def _settlement(ctx: Ctx, card_kind: str) -> Settlement | None:
    return ctx.programme.commission.settlement(card_kind) if card_kind in {"reseller", "customer"} else None


def _rules(ctx: Ctx, organization: Organization) -> RuleAt:
    """Return the rules of the organization's partner on any day, from one look at its tiers."""
    changes, commission = changes_of(organization.partner_id or 0), ctx.programme.commission

    def rule_at(service: str, on: date) -> Rule:
        return commission.rule(among(changes, commission, on), service, on)

    return rule_at


def _held(row: Subscription) -> Held:
    planned = getattr(row, "planned", None)
    later = terms_of(planned) if planned is not None and planned.plan else None
    return Held(
        row.service, row.currency, terms_of(row), later, row.trial_days is not None,
        row.state == "paid" and row.renewal == "renew", row.period_from, row.renews_on,
        row.anchor_day or (row.renews_on.day if row.renews_on else 1),
    )
