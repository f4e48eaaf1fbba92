"""The ledger: a cause is one line, the engine refuses changes, and lines, months and balances say the same."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date

import peewee
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.billing.commands.payouts import ask_payout
from portal.commissions.commands.payouts import reject_payout
from portal.commissions.models import Entry, Payout
from portal.commissions.queries.ledger import find_entry, months, statement_of
from portal.core.errors import DomainError, NotFound
from portal.jobs.worker import run_due
from portal.partners.models import Partner
from portal.programme.commission import Schedule, TierRates
from portal.storage import database, transaction
from tests.billing.shop import Shop, invoices
from tests.commissions.money import balance_of, bank, earn


@pytest.fixture
def shop(cast, gateway, clock, run_jobs) -> Shop:
    return Shop(cast, gateway, clock, run_jobs)


def test_a_cause_is_one_line(cast, make_ctx) -> None:
    for _ in range(3):
        earn(make_ctx(), cast.andina, 500, "invoice-1")
    assert balance_of(cast.andina) == 500
    assert Entry.select().count() == 1


def test_margins_are_noted_and_not_owed(cast, make_ctx) -> None:
    earn(make_ctx(), cast.andina, 500, "a", "margin")
    earn(make_ctx(), cast.andina, -200, "b", "margin-return")
    assert balance_of(cast.andina) == 0
    [month] = months(cast.admin.actor, make_ctx().today())
    assert (month.margins, month.earned, month.change) == (300, 0, 0)


@pytest.mark.parametrize("act", [
    lambda: Entry.update(amount=1).execute(), lambda: Entry.update(on=date(2020, 1, 1)).execute(),
    lambda: Entry.delete().execute(),
])
def test_the_engine_refuses_to_change_a_line(cast, make_ctx, act) -> None:
    earn(make_ctx(), cast.andina, 500, "a")
    with pytest.raises((peewee.IntegrityError, peewee.InternalError, peewee.DatabaseError)), transaction():
        act()
    assert balance_of(cast.andina) == 500


def test_lines_booked_at_the_same_time_all_count(app, cast, make_ctx) -> None:
    """The first line of a currency, the same cause in several threads: nothing is lost, nothing is doubled."""
    partner, ctx = cast.andina, make_ctx()
    together = threading.Barrier(6)

    def work(number: int) -> None:
        with database.connection_context():
            together.wait()
            for step in range(5):
                earn(ctx, partner, 10, f"own-{number}-{step}")
                earn(ctx, partner, 1000, f"shared-{step}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert balance_of(partner) == 6 * 5 * 10 + 5 * 1000


def test_others_see_no_line(cast, make_ctx) -> None:
    earn(make_ctx(), cast.andina, 500, "a")
    line = Entry.get()
    assert find_entry(cast.colleague.actor, line.public_id).amount == 500
    for person in (cast.outsider, cast.reviewer, cast.siam_admin):
        with pytest.raises(NotFound):
            find_entry(person.actor, line.public_id)
        with pytest.raises(NotFound):
            statement_of(person.actor, "USD", date(2026, 3, 1))


@pytest.mark.parametrize(("kind", "earned", "returned"), [
    ("customer", "accrual", "clawback"), ("reseller", "margin", "margin-return")
])
def test_a_paid_invoice_earns_and_its_refunds_return_exactly_that(shop, cast, kind, earned, returned) -> None:
    cast.card(cast.siam, kind)
    owned = shop.bought(cast.siam, licenses=7)
    [invoice] = invoices(owned)
    line = Entry.get()
    assert (line.kind, line.amount, line.base) == (earned, invoice.commission, invoice.commission_base)
    assert (line.rate, line.tier, line.rule_from) == (1000, "authorized", date(2026, 1, 1))
    assert (line.cause, line.cause_number) == (invoice.public_id, invoice.code)
    third = invoice.total // 3
    for amount in (third, third, invoice.total - 2 * third):
        shop.refund(invoice, amount)
        shop.work()
    back = [line.amount for line in Entry.select().where(Entry.kind == returned)]
    assert len(back) == 3
    assert sum(back) == -invoice.commission
    assert balance_of(cast.andina, invoice.currency) == 0


def test_rates_that_change_later_change_no_line(shop, cast, clock, app, make_ctx) -> None:
    cast.card(cast.siam)
    owned = shop.bought(cast.siam, licenses=10)
    programme = make_ctx().programme
    new = Schedule(effective_from=date(2026, 4, 1), rates={
        tier: TierRates(default=3000) for tier in programme.commission.tiers})
    commission = replace(programme.commission, schedules=(*programme.commission.schedules, new))
    app.extensions["make_ctx"] = make_new = lambda *args: replace(
        make_ctx(*args), programme=replace(programme, commission=commission))
    cast.make_ctx = make_new
    shop.work = lambda: _work(app, make_new)
    for _ in range(2):  # one renewal is on 2 April
        shop.day(16)
    first, second = invoices(owned)
    assert [(i.commission_rate, i.commission_from) for i in (first, second)] == [
        (1000, date(2026, 1, 1)), (3000, date(2026, 4, 1))]
    lines = list(Entry.select().order_by(Entry.id))
    assert [(line.amount, line.rate, line.rule_from) for line in lines] == [
        (first.commission, 1000, date(2026, 1, 1)), (second.commission, 3000, date(2026, 4, 1))]
    shop.refund(first, first.total)
    shop.work()
    back = Entry.get(Entry.kind == "clawback")
    assert (back.amount, back.rate, back.rule_from) == (-first.commission, 1000, date(2026, 1, 1))
    assert balance_of(cast.andina, second.currency) == second.commission


def _work(app, make_ctx) -> None:
    with app.app_context():
        run_due(make_ctx)


_ACT = st.one_of(
    st.tuples(st.sampled_from(["accrual", "clawback", "margin", "margin-return"]), st.integers(1, 20_000)),
    st.tuples(st.just("ask"), st.integers(1, 30_000)), st.tuples(st.just("reject"), st.integers(0, 3)),
    st.tuples(st.just("again"), st.integers(0, 5)), st.tuples(st.just("days"), st.integers(1, 40)),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(_ACT, max_size=14))
def test_lines_months_and_balance_agree_whatever_happens(cast, clock, make_ctx, acts) -> None:
    clock.now = clock.now.replace(year=2026, month=3, day=2)
    partner = cast.partner(f"Partner {Partner.select().count()}", "MX", "es")
    admin = cast.member(f"admin-{partner.id}@andina.example", "es", partner, "super-admin").actor
    staff = cast.reviewer.actor
    bank(make_ctx(), partner)
    expected, keys = 0, list[tuple[str, str, int]]()
    for number, (act, value) in enumerate(acts):
        if act == "days":
            clock.advance(days=value)
        elif act == "ask":
            try:
                expected -= ask_payout(make_ctx(admin), "USD", value, expected).amount
            except DomainError:
                assert value > expected or value < 10_000
        elif act == "reject":
            open_ = Payout.get_or_none(Payout.partner == partner, Payout.state == "requested")
            if open_:
                reject_payout(make_ctx(staff), open_.public_id, "No", 0)
                expected += open_.amount
        elif act == "again" and keys:
            key, kind, amount = keys[value % len(keys)]
            earn(make_ctx(), partner, amount, key, kind)
        elif act not in {"again"}:
            amount = -value if act in {"clawback", "margin-return"} else value
            keys.append((f"{partner.id}-{number}", act, amount))
            earn(make_ctx(), partner, amount, keys[-1][0], act)
            expected += amount if act in {"accrual", "clawback"} else 0
        assert balance_of(partner) == expected
    paid = sum(p.amount for p in Payout.select().where(Payout.partner == partner, Payout.state != "rejected"))
    assert paid == 0 or paid <= sum(amount for _key, kind, amount in keys if kind == "accrual")
    numbers = [p.number for p in Payout.select().where(Payout.partner == partner).order_by(Payout.id)]
    assert numbers == list(range(1, len(numbers) + 1))
