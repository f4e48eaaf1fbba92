"""Quotes and orders: what a purchase or change costs, when it takes effect, and that its money is asked for once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.billing.commands.charging import settle_charge
from portal.billing.commands.orders import buy_service, change_subscription, convert_trial, withdraw_order
from portal.billing.models import Charge, Invoice, Order
from portal.billing.policy.cards import CardExpired, NoCard
from portal.billing.queries.quotes import preview_change, preview_conversion, quote_purchase
from portal.commissions.models import Entry
from portal.core.errors import DomainError, Forbidden, NotFound, Stale
from portal.customers.models import Organization
from portal.programme.commission import Schedule, TierRates
from portal.storage import transaction
from portal.subscriptions.commands import ask_change, try_service
from portal.subscriptions.models import Scheduled, Subscription
from portal.subscriptions.policy import TooFewLicenses, Wish
from tests.inside import inside

STANDARD, PROFESSIONAL = "workplace-standard", "workplace-professional"


@pytest.fixture
def siam(cast):
    """Siam Trading, 10 licenses at 36.00 USD a year, half of which has passed; it pays with its own card."""
    Subscription.update(period_from=date(2025, 9, 1), renews_on=date(2026, 9, 1), anchor_day=1).where(
        Subscription.organization == cast.siam
    ).execute()
    cast.card(cast.siam)
    return cast.siam


@pytest.fixture
def trial(cast):
    organization = cast.customer("Try", "try.example", standing="trial", country="US", time_zone="UTC")
    cast.card(organization, token="tok-try")
    return organization


def of(organization):
    return Subscription.get(Subscription.organization == organization)


def fresh(row):
    return type(row).get_by_id(row.id)


def previewed(cast, organization, plan=STANDARD, licenses=10, period="yearly", storage=0):
    owned = of(organization)
    preview = preview_change if owned.trial_days is None else preview_conversion
    return preview(cast.admin.ctx, organization, owned, plan, licenses, period, storage)


def changed(cast, organization, plan=STANDARD, licenses=10, period="yearly", storage=0, total=None, seen=None, **more):
    owned = of(organization)
    if total is None:
        total = preview_change(cast.admin.ctx, organization, owned, plan, licenses, period, storage).bill.total
    return change_subscription(cast.admin.ctx, owned.public_id, plan, licenses, period, storage,
                               owned.version if seen is None else seen, total, **more)


# 2 March 2026: 183 of 365 days are left, today included. Thai customers pay 7 % VAT.
CHANGES = [
    # plan, licenses, period, storage -> net now, plan now, licenses now, period now, what waits for the renewal
    ((PROFESSIONAL, 10, "yearly", 0), 36099 - 18049, (PROFESSIONAL, 10, "yearly", 0), None),
    ((STANDARD, 15, "yearly", 0), 9025, (STANDARD, 15, "yearly", 0), None),
    ((STANDARD, 10, "yearly", 20), 1003, (STANDARD, 10, "yearly", 20), None),
    ((STANDARD, 5, "yearly", 0), 0, (STANDARD, 10, "yearly", 0), (STANDARD, 5, "yearly", 0)),
    ((STANDARD, 10, "monthly", 0), 0, (STANDARD, 10, "yearly", 0), (STANDARD, 10, "monthly", 0)),
    ((PROFESSIONAL, 5, "yearly", 0), 36099 - 18049, (PROFESSIONAL, 10, "yearly", 0), (PROFESSIONAL, 5, "yearly", 0)),
]


@pytest.mark.parametrize(("wanted", "net", "now", "later"), CHANGES)
def test_more_is_charged_for_now_and_less_waits(cast, siam, gateway, run_jobs, wanted, net, now, later):
    quote = previewed(cast, siam, *wanted)
    assert (quote.bill.net, quote.renews_on) == (net, date(2026, 9, 1))
    before = of(siam)
    order = changed(cast, siam, *wanted)
    if quote.bill.total:
        assert (order.state, fresh(before).version) == ("pending", before.version)
    run_jobs()
    after = of(siam)
    assert fresh(order).state == "done"
    assert (after.plan, after.licenses, after.period, after.extra_storage_gb) == now
    planned = Scheduled.get_or_none(Scheduled.subscription == after.id)
    assert (planned and (planned.plan, planned.licenses, planned.period, planned.extra_storage_gb)) == later
    assert gateway.taken == quote.bill.total
    assert Invoice.select().count() == (1 if quote.bill.total else 0)


def test_a_longer_period_begins_today_and_the_rest_of_the_old_one_is_credited(cast, gateway, run_jobs):
    monthly = cast.customer("M", "m.example", period="monthly", started_on=date(2026, 2, 15),
                            renews_on=date(2026, 3, 15), country="US", time_zone="UTC")
    Subscription.update(unit_price=400).where(Subscription.organization == monthly).execute()
    cast.card(monthly)
    quote = previewed(cast, monthly)
    credit = round(10 * 400 * 13 / 28)
    assert [line.net for line in quote.bill.lines] == [-credit, 36000]
    changed(cast, monthly)
    run_jobs()
    after = of(monthly)
    assert (after.period, after.period_from, after.renews_on) == ("yearly", date(2026, 3, 2), date(2027, 3, 2))
    assert gateway.taken == 36000 - credit


def test_the_renewal_that_follows_is_told_before(cast, siam):
    quote = previewed(cast, siam, STANDARD, 5)
    assert (quote.bill.total, quote.renewal.net, quote.renewal.total) == (0, 18000, 19260)


def test_on_a_reseller_card_the_margin_is_a_line(cast):
    organization = cast.customer("R", "r.example", country="US", time_zone="UTC")
    cast.card(organization, "reseller")
    quote = previewed(cast, organization, PROFESSIONAL)
    assert quote.bill.lines[-1].kind == "margin"
    assert quote.bill.net == quote.bill.commission_base - quote.bill.commission


def test_what_was_seen_is_what_is_charged(cast, siam):
    owned = of(siam)
    total = previewed(cast, siam, PROFESSIONAL).bill.total
    for stale in ({"total": total - 1}, {"seen": owned.version + 1}, {"licenses": 11, "total": total}):
        with pytest.raises(Stale):
            changed(cast, siam, **{"plan": PROFESSIONAL, "total": total, **stale})
    assert not Order.select().exists()


def test_a_second_click_orders_nothing_more(cast, siam, run_jobs, gateway):
    seen, total = of(siam).version, previewed(cast, siam, PROFESSIONAL).bill.total
    changed(cast, siam, PROFESSIONAL, total=total, seen=seen)
    with pytest.raises(DomainError):
        changed(cast, siam, PROFESSIONAL, total=total, seen=seen)
    run_jobs()
    with pytest.raises(Stale):
        changed(cast, siam, PROFESSIONAL, total=total, seen=seen)
    assert gateway.taken == total
    assert Charge.select().count() == 1


def test_without_a_card_or_with_an_expired_one_nothing_is_ordered(cast):
    organization = cast.customer("N", "n.example", country="US", time_zone="UTC")
    with pytest.raises(NoCard):
        changed(cast, organization, PROFESSIONAL)
    changed(cast, organization, licenses=5)  # costs nothing now: no card is asked for
    cast.card(organization, exp_year=2025)
    with pytest.raises(CardExpired):
        changed(cast, organization, PROFESSIONAL)
    assert [order.total for order in Order.select()] == [0]


def test_a_declined_card_leaves_the_subscription_as_it_was(cast, siam, gateway, run_jobs):
    gateway.decline["tok"] = "insufficient_funds"
    before = of(siam)
    order = changed(cast, siam, PROFESSIONAL)
    run_jobs()
    assert fresh(order).state == "declined"
    assert (of(siam).plan, of(siam).version) == (before.plan, before.version)
    assert not Invoice.select().exists()
    del gateway.decline["tok"]
    changed(cast, siam, PROFESSIONAL)  # the next one may come
    assert Order.select().where(Order.state == "pending").count() == 1


def test_given_up_before_the_holder_confirmed_it(cast, siam, gateway, run_jobs):
    gateway.action.add("tok")
    order = changed(cast, siam, PROFESSIONAL)
    with pytest.raises(Stale):
        withdraw_order(cast.admin.ctx, order.public_id)
    run_jobs()
    with pytest.raises(NotFound):
        withdraw_order(cast.outsider.ctx, order.public_id)
    withdraw_order(cast.colleague.ctx, order.public_id)
    run_jobs()
    assert (fresh(order).state, Charge.get().decline_code) == ("declined", "cancelled")
    assert gateway.taken == 0


def test_what_became_impossible_meanwhile_pays_back(cast, siam, gateway, run_jobs):
    order = changed(cast, siam, PROFESSIONAL)
    Subscription.update(state="ended").where(Subscription.organization == siam).execute()
    run_jobs()
    assert fresh(order).state == "returned"
    assert sum(amount for _reference, amount in gateway.refunds.values()) == gateway.taken == order.total
    assert not Invoice.select().exists()


REFUSED = [
    (("workplace-gone", 10, "yearly", 0), "plan"), (("mail-lite", 10, "yearly", 0), "plan"),
    ((STANDARD, 0, "yearly", 0), "licenses"), ((STANDARD, 10**6, "yearly", 0), "licenses"),
    ((STANDARD, 10, "yearly", -1), "extra_storage_gb"), ((STANDARD, 10, "weekly", 0), "period"),
    ((STANDARD, 10, "yearly", 0), None),
]


@pytest.mark.parametrize(("wanted", "field"), REFUSED)
def test_what_cannot_be_sold_is_refused_beside_its_field(cast, siam, wanted, field):
    with pytest.raises(DomainError) as refused:
        changed(cast, siam, *wanted, total=0)
    assert refused.value.field == field
    assert not Order.select().exists()


def test_never_below_the_licenses_assigned(cast, siam):
    for number in range(6):
        cast.user(f"user{number}@siam.example", organization=siam)
    with pytest.raises(TooFewLicenses) as refused:
        changed(cast, fresh(siam), licenses=5, total=0)
    assert refused.value.field == "licenses"
    changed(cast, fresh(siam), licenses=6)
    assert Scheduled.get().licenses == 6


def test_a_new_change_takes_the_place_of_the_planned_one(cast, siam, run_jobs):
    changed(cast, siam, licenses=5)
    assert Scheduled.get().licenses == 5
    changed(cast, siam, licenses=12)
    run_jobs()
    assert not Scheduled.select().exists()
    assert of(siam).licenses == 12


def test_an_upgrade_below_the_agreed_price_waits_for_the_renewal(cast, siam):
    Subscription.update(unit_price=9000).where(Subscription.organization == siam).execute()
    quote = previewed(cast, siam, PROFESSIONAL)
    assert (quote.bill.total, quote.steps.now.plan, quote.steps.later.plan) == (0, STANDARD, PROFESSIONAL)


# ---- New services and trials ----

def test_a_service_is_bought_when_it_is_paid(cast, siam, run_jobs, gateway):
    quote = quote_purchase(cast.admin.ctx, siam, "crm-standard", 3, "monthly", 0)
    assert (quote.bill.net, quote.renews_on, quote.currency) == (3 * 70000, date(2026, 4, 2), "THB")
    order = buy_service(cast.colleague.ctx, siam.public_id, "crm-standard", 3, "monthly", 0, quote.bill.total)
    crm = Subscription.service == "crm"
    assert not Subscription.select().where(crm).exists()
    with pytest.raises(DomainError):
        buy_service(cast.admin.ctx, siam.public_id, "crm-standard", 3, "monthly", 0, quote.bill.total)
    run_jobs()
    bought = Subscription.get(crm)
    assert (bought.state, bought.licenses, bought.renews_on) == ("paid", 3, date(2026, 4, 2))
    assert fresh(order).subscription_id == bought.id
    with pytest.raises(DomainError):
        buy_service(cast.admin.ctx, siam.public_id, "crm-professional", 3, "monthly", 0, 0)


def test_a_service_that_ended_can_be_bought_again_but_not_tried(cast, siam, run_jobs):
    Subscription.update(state="ended").where(Subscription.organization == siam).execute()
    with pytest.raises(DomainError):
        try_service(cast.admin.ctx, siam.public_id, STANDARD, 3, "yearly")
    total = quote_purchase(cast.admin.ctx, siam, STANDARD, 3, "yearly").bill.total
    buy_service(cast.admin.ctx, siam.public_id, STANDARD, 3, "yearly", 0, total)
    run_jobs()
    assert Subscription.get(Subscription.state == "paid").licenses == 3


def test_a_trial_costs_nothing_and_is_changed_for_nothing(cast, siam, gateway, run_jobs):
    trial = try_service(cast.admin.ctx, siam.public_id, "crm-standard", 3, "monthly")
    assert (trial.state, trial.trial_days, trial.renews_on) == ("trial", 15, date(2026, 3, 17))
    quote = preview_change(cast.admin.ctx, siam, trial, "crm-professional", 5, "monthly", 0)
    assert (quote.bill.total, quote.renewal.net) == (0, 5 * 122500)
    change_subscription(cast.admin.ctx, trial.public_id, "crm-professional", 5, "monthly", 0, trial.version, 0)
    after = fresh(trial)
    assert (after.plan, after.licenses, after.state, after.renews_on) == (
        "crm-professional", 5, "trial", date(2026, 3, 17))
    assert gateway.taken == 0


@pytest.mark.parametrize(("plan", "field"), [("mail-lite", "plan"), ("none", "plan"), ("workplace-standard", "plan")])
def test_what_cannot_be_tried(cast, siam, plan, field):
    with pytest.raises(DomainError) as refused:
        try_service(cast.admin.ctx, siam.public_id, plan, 3, "yearly")
    assert refused.value.field == field


@pytest.mark.parametrize("state", ["trial", "expired"])
def test_a_trial_is_bought_from_today_on(cast, trial, run_jobs, gateway, state):
    owned = of(trial)
    Subscription.update(state=state).where(Subscription.id == owned.id).execute()
    total = previewed(cast, trial, licenses=7).bill.total
    order = convert_trial(cast.admin.ctx, owned.public_id, STANDARD, 7, "yearly", 0, owned.version, total)
    run_jobs()
    after = fresh(owned)
    assert (fresh(order).state, after.state, after.trial_days, after.licenses) == ("done", "paid", None, 7)
    assert (after.period_from, after.renews_on) == (date(2026, 3, 2), date(2027, 3, 2))
    assert gateway.taken == total
    with pytest.raises(Stale):
        convert_trial(cast.admin.ctx, owned.public_id, STANDARD, 7, "yearly", 0, after.version, total)


def test_an_expired_trial_is_not_changed_for_nothing(cast, trial):
    Subscription.update(state="expired").where(Subscription.organization == trial).execute()
    with pytest.raises(DomainError):
        changed(cast, trial, licenses=20, total=0)


def test_a_wish_is_done_when_its_order_is(cast, siam, run_jobs):
    asked = ask_change(inside(cast.siam_admin, siam), of(siam).public_id, Wish(plan=PROFESSIONAL))
    changed(cast, siam, PROFESSIONAL, request=asked.public_id, answer="With pleasure")
    assert fresh(asked).state == "open"
    run_jobs()
    assert (fresh(asked).state, fresh(asked).answer) == ("done", "With pleasure")


def test_a_wish_about_something_else_is_not_answered(cast, siam, trial):
    asked = ask_change(inside(cast.siam_admin, siam), of(siam).public_id, Wish(licenses=20))
    owned = of(trial)
    with pytest.raises(NotFound):
        change_subscription(cast.admin.ctx, owned.public_id, STANDARD, 20, "yearly", 0, owned.version, 0,
                            request=asked.public_id)


def test_who_may_not(cast, siam):
    owned = of(siam)
    with pytest.raises(NotFound):
        change_subscription(cast.outsider.ctx, owned.public_id, STANDARD, 20, "yearly", 0, owned.version, 0)
    with pytest.raises(NotFound):
        buy_service(cast.outsider.ctx, siam.public_id, "crm-standard", 3, "monthly", 0, 0)
    for stranger in (cast.reviewer.ctx, cast.newcomer.ctx):
        with pytest.raises(Forbidden):
            buy_service(stranger, siam.public_id, "crm-standard", 3, "monthly", 0, 0)


def test_orders_at_the_same_moment_become_one(cast, siam):
    """The second of two pages confirmed at once finds the first one's order."""
    total = previewed(cast, siam, PROFESSIONAL).bill.total
    changed(cast, siam, PROFESSIONAL, total=total)
    with pytest.raises(DomainError), transaction():
        changed(cast, siam, STANDARD, 20)
    assert Order.select().count() == 1


def test_an_invoice_is_made_out_as_the_preview_was_though_details_change_while_it_waits(cast, gateway, run_jobs):
    organization = cast.siam
    cast.card(organization, token="asks")
    gateway.action.add("asks")
    owned = Subscription.get(Subscription.organization == organization)
    ctx = cast.admin.ctx
    quote = preview_change(ctx, organization, owned, owned.plan, owned.licenses + 1, owned.period, 0)
    change_subscription(ctx, owned.public_id, owned.plan, owned.licenses + 1, owned.period, 0, owned.version,
                        quote.bill.total)
    run_jobs()
    with transaction():
        Organization.update(country="FR", name="Siam Paris").where(Organization.id == organization.id).execute()
    gateway.confirm(Charge.get().reference)
    settle_charge(cast.make_ctx(), Charge.get().key, gateway.look_up(Charge.get().reference))
    invoice = Invoice.get()
    assert (invoice.entity, invoice.country, invoice.recipient["name"]) == ("th", "TH", "Siam Trading")
    assert (invoice.tax_rate, invoice.tax_name["en"]) == (700, "VAT (Thailand)")


def test_what_comes_to_nothing_has_its_invoice_and_its_commission_all_the_same(cast):
    """A margin of the whole price: nothing is charged, and the books still say what was sold."""
    organization = cast.siam
    cast.card(organization, "reseller")
    ctx = cast.admin.ctx
    commission = ctx.programme.commission
    whole = Schedule(effective_from=date(2026, 1, 1),
                     rates={tier: TierRates(default=10_000) for tier in commission.tiers})
    ctx = replace(ctx, programme=replace(ctx.programme, commission=replace(commission, schedules=(whole,))))
    owned = Subscription.get(Subscription.organization == organization)
    order = change_subscription(ctx, owned.public_id, owned.plan, owned.licenses + 1, owned.period, 0, owned.version, 0)
    invoice = Invoice.get()
    assert (order.state, Charge.select().count()) == ("done", 0)
    assert (invoice.state, invoice.total, invoice.commission) == ("paid", 0, 3600)
    assert [(entry.kind, entry.amount) for entry in Entry.select()] == [("margin", 3600)]
