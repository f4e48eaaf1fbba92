"""What if, by table: what a subscription brings its partner in a year, as it is and after a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from portal.billing.policy.projection import Held, outlook
from portal.billing.queries.outlooks import Scenario, compare, subscriptions_of, totals
from portal.commissions.commands.tiers import set_tier
from portal.core.errors import DomainError, NotFound
from portal.customers.models import Organization
from portal.programme.commission import Rule
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import Terms

TODAY = date(2026, 3, 2)
RULE = Rule(1500, "authorized", date(2026, 1, 1))
MONTHLY = Held("crm", "USD", Terms("crm-standard", 10, "monthly", 1400), period_from=date(2026, 2, 20),
               renews_on=date(2026, 3, 20), anchor_day=20)
YEARLY = Held("crm", "USD", Terms("crm-standard", 10, "yearly", 14_400), period_from=date(2025, 9, 1),
              renews_on=date(2026, 9, 1), anchor_day=1)
TRIAL = Held("crm", "USD", Terms("crm-standard", 10, "monthly", 1400), trial=True, renews=False,
             renews_on=date(2026, 3, 10), anchor_day=10)


def always(_service: str, _on: date) -> Rule:
    return RULE


@pytest.fixture
def programme(make_ctx):
    return make_ctx().programme


def payments(found) -> list[tuple[int, int, int, str]]:
    return [(part.count, part.base, part.each, f"{part.first} {part.last}") for part in found.parts]


@pytest.mark.parametrize(("held", "expected"), [
    (MONTHLY, [(12, 14_000, 2_100, "2026-03-20 2027-02-20")]),
    (YEARLY, [(1, 144_000, 21_600, "2026-09-01 2026-09-01")]),
    (replace(MONTHLY, later=Terms("crm-standard", 4, "monthly", 1400)), [(12, 5_600, 840, "2026-03-20 2027-02-20")]),
    (replace(MONTHLY, later=Terms("crm-standard", 10, "yearly", 14_400)),
     [(1, 144_000, 21_600, "2026-03-20 2026-03-20")]),
    (replace(MONTHLY, renews=False), []),
    (replace(MONTHLY, renews_on=date(2026, 3, 31), anchor_day=31), [(12, 14_000, 2_100, "2026-03-31 2027-02-28")]),
    (replace(MONTHLY, renews_on=TODAY, anchor_day=2), [(12, 14_000, 2_100, "2026-03-02 2027-02-02")]),
    (TRIAL, []),
])
def test_a_year_as_it_is(programme, held, expected) -> None:
    found = outlook(programme, held, "accrual", always, TODAY)
    assert payments(found) == expected
    assert found.earned == sum(count * each for count, _base, each, _days in expected)


@pytest.mark.parametrize("settlement", ["margin", "accrual"])
def test_who_pays_decides_how_and_not_how_much(programme, settlement) -> None:
    found = outlook(programme, MONTHLY, settlement, always, TODAY)
    assert (found.settlement, found.earned) == (settlement, 25_200)


def test_without_a_card_nothing_is_earned(programme) -> None:
    found = outlook(programme, MONTHLY, None, always, TODAY)
    assert (found.settlement, found.parts, found.earned) == (None, (), 0)


@pytest.mark.parametrize(("held", "licenses", "expected"), [
    # 5 more for 18 of 28 days: 5 × 1400 × 18 / 28 = 4500
    (MONTHLY, 15, [(1, 4_500, 675, "2026-03-02 2026-03-02"), (12, 21_000, 3_150, "2026-03-20 2027-02-20")]),
    (MONTHLY, 4, [(12, 5_600, 840, "2026-03-20 2027-02-20")]),
    (replace(MONTHLY, renews=False), 15, [(1, 4_500, 675, "2026-03-02 2026-03-02")]),
    (TRIAL, 20, [(12, 28_000, 4_200, "2026-03-02 2027-02-02")]),
])
def test_more_counts_at_once_and_less_from_the_renewal_on(programme, held, licenses, expected) -> None:
    wanted = replace(held.terms, licenses=licenses)
    assert payments(outlook(programme, held, "accrual", always, TODAY, wanted)) == expected


def test_each_payment_earns_by_the_rule_of_its_own_day(programme) -> None:
    later = Rule(2000, "premium", date(2026, 7, 1))

    def rule_at(_service: str, on: date) -> Rule:
        return later if on >= date(2026, 7, 1) else RULE

    found = outlook(programme, MONTHLY, "accrual", rule_at, TODAY)
    assert [(part.count, part.rule.rate, part.first, part.last) for part in found.parts] == [
        (4, 1500, date(2026, 3, 20), date(2026, 6, 20)), (8, 2000, date(2026, 7, 20), date(2027, 2, 20))]


@pytest.fixture
def siam(cast):
    """Siam Trading, 10 licenses at 36.00 USD a year, renewed in a year less a day, paid by its own card."""
    cast.card(cast.siam)
    Subscription.update(renews_on=date(2026, 12, 1), renewal="renew").execute()
    return Organization.get_by_id(cast.siam.id)


@pytest.mark.parametrize(("scenario", "now", "then", "settlement"), [
    (Scenario(), 5_400, 5_400, "accrual"), (Scenario("card", "reseller"), 5_400, 5_400, "margin"),
    (Scenario("card", "customer"), 5_400, 5_400, "accrual"), (Scenario("leave"), 5_400, 0, None),
])
def test_scenarios_of_a_customer(cast, siam, scenario, now, then, settlement) -> None:
    found = compare(cast.admin.ctx, siam, subscriptions_of(siam), scenario)
    assert [(one.now.earned, one.then.earned, one.then.settlement) for one in found] == [(now, then, settlement)]
    assert [(total.currency, total.now, total.then, total.difference) for total in totals(found)] == [
        ("USD", now, then, then - now)]


def test_a_change_of_one_subscription(cast, siam, make_ctx) -> None:
    owned = Subscription.get()
    ctx, held = cast.admin.ctx, subscriptions_of(siam)
    [found] = compare(ctx, siam, held, Scenario("plan", "", owned.public_id, owned.plan, 5))
    assert found.then.earned == 2_700
    with pytest.raises(DomainError) as refused:
        compare(ctx, siam, held, Scenario("plan", "", owned.public_id, "crm-standard", 5))
    assert refused.value.field == "plan"
    with pytest.raises(NotFound):
        compare(ctx, siam, held, Scenario("plan", "", "other", owned.plan, 5))


def test_a_tier_that_is_planned_counts_from_its_day(cast, siam) -> None:
    set_tier(cast.reviewer.ctx, cast.andina.public_id, "premium", date(2026, 12, 1))
    [found] = compare(cast.admin.ctx, siam, subscriptions_of(siam), Scenario())
    assert [(part.rule.tier, part.rule.rate) for part in found.now.parts] == [("premium", 2500)]
