"""What a purchase or change would cost, now and at the next renewal: pages show it, commands compare it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.billing.policy.bills import Bill, Line, bill, prorated, whole_period
from portal.billing.policy.taxes import TaxRule, tax_for
from portal.billing.queries.recipients import recipient_of
from portal.commissions.queries import rule_on
from portal.core.context import Ctx
from portal.core.errors import DomainError
from portal.core.words import N_
from portal.customers.models import Organization
from portal.programme.commission import Rule, Settlement
from portal.subscriptions.commands.changes import users_of
from portal.subscriptions.models import Scheduled, Subscription
from portal.subscriptions.policy import Steps, Terms, TooFewLicenses, agreed, check_numbers, next_renewal, steps


@dataclass(frozen=True, slots=True)
class Conditions:
    """What decides, beside prices, what an organization's bills of a service come to: its card and its address."""

    settlement: Settlement | None  # none: nobody has a card yet, nothing is earned
    rule: Rule
    tax: TaxRule

    def bill(self, lines: list[Line], currency: str) -> Bill:
        """Return the bill of these lines."""
        return bill(lines, currency, self.settlement, self.rule, self.tax)


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
    tax_country: str  # whose tax the bills carry; empty for none
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


def conditions(ctx: Ctx, organization: Organization, service: str) -> Conditions:
    """Return what counts for an organization today: its card decides commission and recipient."""
    kind = organization.card_kind
    to = recipient_of(organization, kind)
    billing = ctx.programme.billing
    return Conditions(
        ctx.programme.commission.settlement(kind) if kind != "none" and organization.partner_id else None,
        rule_on(ctx, organization.partner_id or 0, service, ctx.today()),
        tax_for(billing, billing.entity_for(to.country), to.country, to.tax_id),
    )


def bill_for(ctx: Ctx, organization: Organization, service: str, currency: str, lines: list[Line]) -> Bill:
    """Return the bill of these lines for an organization today."""
    return conditions(ctx, organization, service).bill(lines, currency)


def quote_purchase(
    ctx: Ctx, organization: Organization, plan: str, licenses: int, period: str, extra_storage_gb: int = 0
) -> Quote:
    """Quote a service that the organization does not have, paid from today on. Raises `DomainError` beside a field."""
    check_numbers(licenses, extra_storage_gb)
    currency = ctx.programme.currency_for_country(organization.country)
    terms = agreed(ctx.programme, currency, plan, licenses, period, extra_storage_gb)
    return _from_today(ctx, organization, "buy", ctx.programme.plans[plan].service, currency, None, terms, 0)


def preview_change(
    ctx: Ctx, organization: Organization, owned: Subscription, plan: str, licenses: int, period: str,
    extra_storage_gb: int,
) -> Quote:
    """Quote what somebody typed, refusing all that the command would: `TooFewLicenses`, `DomainError`."""
    if owned.state in {"ended", "expired"}:
        raise DomainError(N_("This subscription has ended."))
    wanted = wanted_terms(ctx, organization, owned, plan, licenses, period, extra_storage_gb)
    if owned.trial_days is not None and plan != owned.plan and not ctx.programme.plans[plan].trial:
        raise DomainError(N_("This plan has no trial. It can be bought."), "plan")
    quote = quote_change(ctx, organization, owned, wanted)
    if quote.nothing:
        raise DomainError(N_("This is what the subscription is already."))
    return quote


def preview_conversion(
    ctx: Ctx, organization: Organization, owned: Subscription, plan: str, licenses: int, period: str,
    extra_storage_gb: int,
) -> Quote:
    """Quote buying a trial as somebody typed it, refusing all that the command would."""
    if owned.trial_days is None or owned.state == "ended":
        raise DomainError(N_("This subscription is not a trial any more."))
    wanted = wanted_terms(ctx, organization, owned, plan, licenses, period, extra_storage_gb)
    return quote_conversion(ctx, organization, owned, wanted)


def wanted_terms(
    ctx: Ctx, organization: Organization, owned: Subscription, plan: str, licenses: int, period: str,
    extra_storage_gb: int,
) -> Terms:
    """Return the terms that somebody typed, at today's or the agreed prices. Raises `DomainError` beside a field."""
    check_numbers(licenses, extra_storage_gb)
    offer = ctx.programme.plans.get(plan)
    if plan != owned.plan and (offer is None or offer.service != owned.service):
        raise DomainError(N_("Choose a plan that this subscription can change to."), field="plan")
    if licenses < (users := users_of(organization, owned)):
        raise TooFewLicenses(users)
    return agreed(ctx.programme, owned.currency, plan, licenses, period, extra_storage_gb, terms_of(owned))


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
    return _quote(ctx, organization, "change", owned.service, owned.currency, present, found, starts_on, renews_on,
                  anchor, lines, owned.version)


def _from_today(
    ctx: Ctx, organization: Organization, kind: str, service: str, currency: str, present: Terms | None, terms: Terms,
    version: int,
) -> Quote:
    today = ctx.today(organization.time_zone)
    renews_on = next_renewal(today, terms.period, today.day)
    lines = whole_period(terms, today, renews_on)
    return _quote(ctx, organization, kind, service, currency, present, Steps(terms, None), today, renews_on, today.day,
                  lines, version)


def _on_trial(
    ctx: Ctx, organization: Organization, owned: Subscription, present: Terms, wanted: Terms, today: date
) -> Quote:
    ends_on = owned.renews_on or today
    return _quote(ctx, organization, "change", owned.service, owned.currency, present, Steps(wanted, None),
                  owned.started_on, ends_on, ends_on.day, [], owned.version)


def _quote(
    ctx: Ctx, organization: Organization, kind: str, service: str, currency: str, present: Terms | None, found: Steps,
    starts_on: date, renews_on: date, anchor: int, lines: list[Line], version: int,
) -> Quote:
    """Return a quote whose bill has these lines; its conditions are read once, for now and for the renewal."""
    counts, following = conditions(ctx, organization, service), found.later or found.now
    renewal = whole_period(following, renews_on, next_renewal(renews_on, following.period, anchor))
    return Quote(
        kind, service, currency, present, found, starts_on, renews_on, anchor, counts.bill(lines, currency),
        counts.bill(renewal, currency), counts.tax.country if counts.tax.rate else "", version, organization.card_kind,
    )
