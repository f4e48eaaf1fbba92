"""What a purchase or change would cost, now and at the next renewal: pages show it, commands compare it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.billing.policy.bills import Bill, Line, bill, prorated, whole_period
from portal.billing.policy.taxes import tax_for
from portal.billing.queries.recipients import recipient_of
from portal.commissions.queries import rule_on
from portal.core.context import Ctx
from portal.core.errors import DomainError
from portal.core.words import N_
from portal.customers.models import Organization
from portal.subscriptions.models import Scheduled, Subscription
from portal.subscriptions.policy import Steps, Terms, agreed, next_renewal, steps


@dataclass(frozen=True, slots=True)
class Quote:
    """A change before it is confirmed. `bill` is due now; `renewal` is what the renewal on `renews_on` will cost.

    On a trial nothing is due, and `renewal` is what the first paid period would cost.
    """

    kind: str  # buy, convert or change
    service: str
    currency: str
    present: Terms | None
    steps: Steps
    starts_on: date
    renews_on: date
    anchor_day: int
    bill: Bill
    renewal: Bill
    version: int
    card_kind: str

    @property
    def nothing(self) -> bool:
        """Tell whether the change would change nothing at all."""
        return self.present is not None and self.steps.now == self.present and self.steps.later is None


def terms_of(owned: Subscription | Scheduled) -> Terms:
    """Return what a subscription is, or will be, and at which prices."""
    return Terms(owned.plan, owned.licenses, owned.period, owned.unit_price, owned.extra_storage_gb,
                 owned.storage_price)


def renewal_terms(owned: Subscription) -> Terms:
    """Return what a subscription will be from its next renewal on."""
    planned = Scheduled.get_or_none(Scheduled.subscription == owned.id)
    return terms_of(planned or owned)


def bill_for(ctx: Ctx, organization: Organization, service: str, currency: str, lines: list[Line]) -> Bill:
    """Return the bill of these lines for an organization today: its card decides commission and recipient."""
    kind, on = organization.card_kind, ctx.today()
    to = recipient_of(organization, kind)
    billing = ctx.programme.billing
    settlement = ctx.programme.commission.settlement(kind) if kind != "none" else None
    rule = rule_on(ctx, organization.partner_id or 0, service, on)
    return bill(lines, currency, settlement, rule, tax_for(billing, billing.entity_for(to.country), to.country,
                                                           to.tax_id))


def quote_purchase(
    ctx: Ctx, organization: Organization, plan: str, licenses: int, period: str, extra_storage_gb: int = 0
) -> Quote:
    """Quote a service that the organization does not have, paid from today on. Raises `DomainError` beside a field."""
    currency = ctx.programme.currency_for_country(organization.country)
    terms = agreed(ctx.programme, currency, plan, licenses, period, extra_storage_gb)
    return _from_today(ctx, organization, "buy", ctx.programme.plans[plan].service, currency, None, terms, 0)


def quote_conversion(ctx: Ctx, organization: Organization, owned: Subscription, wanted: Terms) -> Quote:
    """Quote turning a trial, under way or expired, into a paid subscription that begins today."""
    return _from_today(
        ctx, organization, "convert", owned.service, owned.currency, terms_of(owned), wanted, owned.version
    )


def quote_change(ctx: Ctx, organization: Organization, owned: Subscription, wanted: Terms) -> Quote:
    """Quote a change of a subscription (S3.21). On a trial everything takes effect at once and costs nothing."""
    present, today = terms_of(owned), ctx.today(organization.time_zone)
    if owned.trial_days is not None:
        return _on_trial(ctx, organization, owned, present, wanted, today)
    if owned.period_from is None or owned.renews_on is None:
        raise DomainError(N_("This subscription has ended."))
    found = steps(ctx.programme, owned.currency, present, wanted)
    longer = found.now.period != present.period
    renews_on = next_renewal(today, found.now.period, today.day) if longer else owned.renews_on
    lines = prorated(present, found.now, today, owned.period_from, owned.renews_on, renews_on)
    if sum(line.net for line in lines) < 0:  # nothing is paid back in the middle of a period
        found, longer, renews_on, lines = Steps(present, wanted), False, owned.renews_on, []
    starts_on = today if longer else owned.period_from
    anchor = today.day if longer else owned.anchor_day or owned.renews_on.day
    return Quote(
        "change", owned.service, owned.currency, present, found, starts_on, renews_on, anchor,
        bill_for(ctx, organization, owned.service, owned.currency, lines),
        _renewal(ctx, organization, owned.service, owned.currency, found.later or found.now, renews_on, anchor),
        owned.version, organization.card_kind,
    )


def _from_today(
    ctx: Ctx, organization: Organization, kind: str, service: str, currency: str, present: Terms | None, terms: Terms,
    version: int,
) -> Quote:
    today = ctx.today(organization.time_zone)
    renews_on = next_renewal(today, terms.period, today.day)
    return Quote(
        kind, service, currency, present, Steps(terms, None), today, renews_on, today.day,
        bill_for(ctx, organization, service, currency, whole_period(terms, today, renews_on)),
        _renewal(ctx, organization, service, currency, terms, renews_on, today.day), version, organization.card_kind,
    )


def _on_trial(
    ctx: Ctx, organization: Organization, owned: Subscription, present: Terms, wanted: Terms, today: date
) -> Quote:
    ends_on = owned.renews_on or today
    return Quote(
        "change", owned.service, owned.currency, present, Steps(wanted, None), owned.started_on, ends_on, ends_on.day,
        bill_for(ctx, organization, owned.service, owned.currency, []),
        _renewal(ctx, organization, owned.service, owned.currency, wanted, ends_on, ends_on.day), owned.version,
        organization.card_kind,
    )


def _renewal(
    ctx: Ctx, organization: Organization, service: str, currency: str, terms: Terms, starts_on: date, anchor: int
) -> Bill:
    lines = whole_period(terms, starts_on, next_renewal(starts_on, terms.period, anchor))
    return bill_for(ctx, organization, service, currency, lines)
