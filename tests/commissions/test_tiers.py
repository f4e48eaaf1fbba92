"""Tiers count from a day on; what was invoiced before keeps the one that it was invoiced by."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from portal.audit.models import Event
from portal.commissions.commands.tiers import set_tier
from portal.commissions.models import Entry, TierChange
from portal.commissions.policy.tiers import TierBegun
from portal.commissions.queries.partners import find_partner, partners
from portal.commissions.queries.tiers import among, changes_of, rule_on, tier_on
from portal.core.errors import DomainError, Forbidden, NotFound
from tests.billing.shop import Shop

TODAY = date(2026, 3, 2)


def put(cast, tier: str, on: date) -> None:
    set_tier(cast.reviewer.ctx, cast.andina.public_id, tier, on)


@pytest.mark.parametrize(("on", "tier"), [
    (date(2026, 1, 1), "authorized"), (TODAY, "advanced"), (date(2026, 3, 14), "advanced"),
    (date(2026, 3, 15), "premium"), (date(2030, 1, 1), "premium"),
])
def test_the_last_one_set_by_a_day_counts(cast, make_ctx, on, tier) -> None:
    put(cast, "premium", date(2026, 3, 15))
    put(cast, "advanced", TODAY)
    assert tier_on(make_ctx(), cast.andina.id, on) == tier
    assert among(changes_of(cast.andina.id), make_ctx().programme.commission, on) == tier
    assert tier_on(make_ctx(), cast.outsider.partner.id, on) == "authorized"


def test_a_tier_that_the_programme_dropped_is_the_default(cast, make_ctx) -> None:
    put(cast, "premium", TODAY)
    TierChange.update(tier="gone").execute()
    assert tier_on(make_ctx(), cast.andina.id, TODAY) == "authorized"
    assert find_partner(cast.reviewer.ctx, cast.andina.public_id).tier == "authorized"


def test_the_past_does_not_change(cast, clock) -> None:
    with pytest.raises(DomainError) as refused:
        put(cast, "premium", TODAY - timedelta(days=1))
    assert refused.value.field == "effective_from"
    put(cast, "premium", TODAY)
    with pytest.raises(TierBegun):  # bills may have been written by it
        put(cast, "advanced", TODAY)
    assert [change.tier for change in changes_of(cast.andina.id)] == ["premium"]


def test_a_plan_for_later_is_replaced(cast) -> None:
    for tier in ("premium", "advanced"):
        put(cast, tier, TODAY + timedelta(days=9))
    assert [change.tier for change in changes_of(cast.andina.id)] == ["advanced"]
    said = Event.select().where(Event.verb == "tier.set").order_by(Event.id.desc()).first().detail
    assert (said["before"]["tier"], said["after"]["tier"]) == ("premium", "advanced")


def test_whoever_works_history_out_again_sees_what_was_seen_then(cast, make_ctx, clock) -> None:
    morning = cast.now
    clock.advance(hours=3)
    put(cast, "premium", TODAY)
    assert tier_on(make_ctx(), cast.andina.id, TODAY) == "premium"
    assert rule_on(make_ctx(), cast.andina.id, "mail", TODAY, known_at=morning).tier == "authorized"


def test_only_staff_sets_tiers(cast) -> None:
    for person in (cast.admin, cast.siam_admin):
        with pytest.raises(Forbidden):
            set_tier(person.ctx, cast.andina.public_id, "premium", TODAY)
    with pytest.raises(NotFound):
        set_tier(cast.reviewer.ctx, "none", "premium", TODAY)


def test_a_tier_that_changes_in_the_middle_of_a_month(cast, gateway, clock, run_jobs) -> None:
    shop = Shop(cast, gateway, clock, run_jobs)
    cast.card(cast.siam)
    put(cast, "premium", date(2026, 3, 15))
    owned = shop.bought(cast.siam, licenses=10)
    for day in (14, 15):  # the 14th and 15th of March
        clock.now = clock.now.replace(day=day)
        shop.change(owned, licenses=type(owned).get_by_id(owned.id).licenses + 5)
        shop.work()
    lines = list(Entry.select().order_by(Entry.id))
    assert [(line.on.day, line.tier, line.rate) for line in lines] == [
        (2, "authorized", 1000), (14, "authorized", 1000), (15, "premium", 2000)]
    assert all(abs(line.amount * 10_000 - line.base * line.rate) <= 5_000 for line in lines)


def test_partners_are_found_by_words_of_their_names_page_by_page(cast) -> None:
    ctx = cast.reviewer.ctx
    for name in ("Ñandú Soluciones", "Zeta Cloud", "Álamo Cloud", "บริษัท คลาวด์"):
        cast.partner(name, "MX", "es")
    assert {row.name for row in partners(ctx, "cloud ALAMO").rows} == {"Álamo Cloud"}
    assert {row.name for row in partners(ctx, "nandu").rows} == {"Ñandú Soluciones"}
    assert {row.name for row in partners(ctx, "คลาวด์").rows} == {"บริษัท คลาวด์"}
    assert partners(ctx, "100%_").rows == []
    seen, after = [], None
    while True:
        found = partners(ctx, "", after, size=2)
        seen += [row.name for row in found.rows]
        after = found.next
        if not after:
            break
    assert seen == ["Álamo Cloud", "Ñandú Soluciones", "Zeta Cloud", "บริษัท คลาวด์"]
    with pytest.raises(Forbidden):
        partners(cast.admin.ctx)
