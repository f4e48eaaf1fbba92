"""Renewals by the worker's jobs alone: their day, what they cost, and what follows when they are not paid."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from portal.billing.commands import renewals
from portal.billing.commands.cards import use_card
from portal.billing.commands.renewals import pay_invoice
from portal.billing.commands.standing import end_subscription, lift_suspension, set_renewal, suspend_subscription
from portal.billing.models import Charge, Invoice, InvoiceLine
from portal.commissions.models import Entry
from portal.core.errors import Stale
from portal.customers.models import Organization
from portal.directory.models import User
from portal.mail.models import Outgoing
from portal.storage import transaction
from portal.subscriptions.models import Scheduled, Subscription
from tests.billing.shop import charge_of, fresh, invoices


@pytest.fixture
def customer(cast):
    made = cast.customer("Acme", "acme.example", standing="ended", country="US", language="en", time_zone="UTC")
    cast.card(made, exp_year=2040)
    return made


@pytest.fixture
def owned(shop, customer):
    """CRM for ten, monthly, 200.00 USD, bought on 2 March."""
    return shop.bought(customer)


def at(shop, *instant: int) -> None:
    """Set the clock, and let the worker do what is due."""
    shop.clock.now = datetime(*instant, tzinfo=UTC)
    shop.work()


def mails(event: str) -> list[str]:
    return [row.to_address for row in Outgoing.select().where(Outgoing.event == event).order_by(Outgoing.id)]


# ---- The day ----

def test_it_renews_on_its_day_with_an_invoice_and_a_charge(shop, owned) -> None:
    at(shop, 2026, 4, 1, 23, 30)
    assert len(invoices(owned)) == 1
    at(shop, 2026, 4, 2, 0, 30)
    _, renewal = invoices(owned)
    assert (renewal.total, renewal.state, renewal.paid, renewal.due_on) == (20000, "paid", 20000, date(2026, 4, 2))
    [line] = list(InvoiceLine.select().where(InvoiceLine.invoice == renewal.id))
    assert (line.kind, line.starts_on, line.ends_on) == ("plan", date(2026, 4, 2), date(2026, 5, 2))
    assert (fresh(owned).period_from, fresh(owned).renews_on) == (date(2026, 4, 2), date(2026, 5, 2))
    for _ in range(3):
        shop.clock.advance(hours=1)
        shop.work()
    assert len(invoices(owned)) == 2
    assert shop.gateway.taken == 40000
    assert shop.faults() == []


@pytest.mark.parametrize(("zone", "before", "after"), [
    ("Pacific/Auckland", (2026, 4, 8, 11, 30), (2026, 4, 8, 12, 30)),  # 9 April begins at 12:00 UTC
    ("Pacific/Honolulu", (2026, 4, 9, 9, 30), (2026, 4, 9, 10, 30)),  # at 10:00 UTC
    ("UTC", (2026, 4, 8, 23, 30), (2026, 4, 9, 0, 30)),
])
def test_the_day_is_the_organization_s(shop, cast, zone, before, after) -> None:
    customer = cast.customer("Far", "far.example", standing="ended", country="NZ", language="en", time_zone=zone)
    cast.card(customer)
    owned = shop.bought(customer)
    Subscription.update(period_from=date(2026, 3, 9), renews_on=date(2026, 4, 9), anchor_day=9).where(
        Subscription.id == owned.id).execute()
    at(shop, *before)
    assert len(invoices(owned)) == 1
    at(shop, *after)
    assert len(invoices(owned)) == 2
    assert fresh(owned).renews_on == date(2026, 5, 9)
    assert shop.faults() == []


@pytest.mark.parametrize(("bought", "period", "days"), [
    ((2026, 1, 31), "monthly", ["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]),
    ((2028, 1, 30), "monthly", ["2028-02-29", "2028-03-30", "2028-04-30"]),
    ((2028, 2, 29), "yearly", ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]),
    ((2026, 12, 31), "monthly", ["2027-01-31", "2027-02-28"]),
])
def test_the_day_of_the_month_comes_back_after_shorter_months(shop, customer, bought, period, days) -> None:
    at(shop, *bought, 9)
    owned, seen = shop.bought(customer, period=period), []
    while len(seen) < len(days):
        seen.append(fresh(owned).renews_on)
        at(shop, seen[-1].year, seen[-1].month, seen[-1].day, 9)
    assert [str(day) for day in seen] == days
    assert [invoice.state for invoice in invoices(owned)] == ["paid"] * (len(days) + 1)
    assert shop.faults() == []


def test_periods_that_were_missed_are_invoiced_one_after_the_other(shop, owned) -> None:
    """The worker was away from March to June: the service was there all the time."""
    shop.clock.advance(days=95)
    for _ in range(5):
        shop.clock.advance(hours=1)
        shop.work()
    assert [row.starts_on for row in InvoiceLine.select().order_by(InvoiceLine.id)] == [
        date(2026, month, 2) for month in (3, 4, 5, 6)]
    assert fresh(owned).renews_on == date(2026, 7, 2)
    assert (shop.gateway.taken, shop.faults()) == (80000, [])


# ---- What it renews as ----

def test_fewer_licenses_begin_with_the_renewal_and_cost_nothing_before(shop, owned) -> None:
    order = shop.change(owned, licenses=4)
    assert (order.state, order.total, fresh(owned).licenses) == ("done", 0, 10)
    at(shop, 2026, 4, 2, 1)
    assert (invoices(owned)[-1].total, fresh(owned).licenses) == (8000, 4)
    assert not Scheduled.select().exists()
    assert shop.faults() == []


def test_a_shorter_period_begins_with_the_renewal(shop, customer) -> None:
    owned = shop.bought(customer, period="yearly")
    shop.change(owned, period="monthly", licenses=9)
    at(shop, 2027, 3, 2, 1)
    assert (fresh(owned).period, fresh(owned).renews_on, invoices(owned)[-1].total) == (
        "monthly", date(2027, 4, 2), 18000)
    assert shop.faults() == []


def test_users_who_came_meanwhile_keep_their_licenses(shop, cast) -> None:
    """Fewer licenses were planned; then people were added."""
    customer = cast.customer("Two", "two.example", country="US", time_zone="UTC", period="monthly", licenses=10,
                             renews_on=date(2026, 4, 2))
    cast.card(customer)
    owned = Subscription.get(Subscription.organization == customer.id)
    shop.change(owned, licenses=2)
    for number in range(5):
        cast.user(f"p{number}@two.example", organization=customer)
    assert (User.select().count(), fresh(customer).users) == (5, 5)
    at(shop, 2026, 4, 2, 1)
    assert fresh(owned).licenses == 5
    assert invoices(owned)[-1].total == 5 * owned.unit_price
    assert shop.faults() == []


def test_more_licenses_for_the_rest_of_the_month_and_then_for_all_of_it(shop, owned) -> None:
    at(shop, 2026, 3, 17, 9)  # 16 of 31 days are left
    order = shop.change(owned, licenses=13)
    assert order.total == 3097  # 3 × 20.00 × 16/31 = 30.967…
    shop.work()
    at(shop, 2026, 4, 2, 1)
    assert [invoice.total for invoice in invoices(owned)] == [20000, 3097, 26000]
    assert shop.faults() == []


def test_a_longer_period_begins_today_and_renews_a_year_later(shop, owned) -> None:
    at(shop, 2026, 3, 17, 9)
    order = shop.change(owned, period="yearly")
    assert order.total == 168000 - 10323  # ten at 168.00, less 200.00 × 16/31
    shop.work()
    assert (fresh(owned).period_from, fresh(owned).renews_on, fresh(owned).anchor_day) == (
        date(2026, 3, 17), date(2027, 3, 17), 17)
    at(shop, 2026, 4, 2, 1)
    assert len(invoices(owned)) == 2
    assert shop.faults() == []


def test_a_change_that_is_being_paid_holds_the_renewal_up(shop, owned) -> None:
    at(shop, 2026, 4, 1, 20)
    shop.gateway.action.add("tok")
    order = shop.change(owned, licenses=20)
    shop.work()
    at(shop, 2026, 4, 2, 6)
    assert (fresh(order).state, len(invoices(owned))) == ("pending", 1)
    shop.gateway.action.clear()
    shop.gateway.confirm(charge_of(order).reference)
    at(shop, 2026, 4, 2, 7)
    at(shop, 2026, 4, 2, 8)
    assert fresh(order).state == "done"
    assert [invoice.total for invoice in invoices(owned)] == [20000, order.total, 40000]
    assert fresh(owned).renews_on == date(2026, 5, 2)
    assert shop.faults() == []


@pytest.mark.parametrize("renewal", ["end", "ask"])
def test_what_is_not_to_renew_ends_on_its_day(shop, owned, renewal) -> None:
    set_renewal(shop.ctx, owned.public_id, renewal, owned.version)
    at(shop, 2026, 4, 2, 1)
    assert (fresh(owned).state, fresh(owned).ended_on, len(invoices(owned))) == ("ended", date(2026, 4, 2), 1)
    assert shop.gateway.taken == 20000
    assert mails("subscription-ended") == ["partner-admin@andina.example", "super-admin@acme.example"]
    assert shop.faults() == []


def test_without_a_partner_and_a_card_of_its_own_nobody_can_renew_it(shop, customer, owned) -> None:
    with transaction():
        gone = {"partner": None, "card_kind": "none", "card_id": None}
        Organization.update(**gone).where(Organization.id == customer.id).execute()
    at(shop, 2026, 4, 2, 1)
    assert (fresh(owned).state, len(invoices(owned))) == ("ended", 1)
    assert mails("subscription-ended") == ["super-admin@acme.example"]
    assert shop.faults() == []


def test_a_free_plan_renews_with_an_invoice_of_nothing(shop, owned) -> None:
    Subscription.update(unit_price=0).where(Subscription.id == owned.id).execute()
    at(shop, 2026, 4, 2, 1)
    assert (invoices(owned)[-1].total, invoices(owned)[-1].state) == (0, "paid")
    assert (Charge.select().count(), shop.faults()) == (1, [])


# ---- Suspended by hand ----

def test_what_is_suspended_does_not_renew_and_what_is_lifted_renews_today(shop, owned) -> None:
    suspend_subscription(shop.ctx, owned.public_id, "They asked for it")
    at(shop, 2026, 4, 20, 1)
    assert len(invoices(owned)) == 1
    lift_suspension(shop.ctx, owned.public_id)
    shop.clock.advance(hours=1)
    shop.work()
    renewal = invoices(owned)[-1]
    [line] = list(InvoiceLine.select().where(InvoiceLine.invoice == renewal.id))
    assert (line.starts_on, line.ends_on, renewal.total) == (date(2026, 4, 20), date(2026, 5, 20), 20000)
    assert shop.faults() == []


def test_a_suspension_that_ends_before_the_renewal_moves_nothing(shop, owned) -> None:
    suspend_subscription(shop.ctx, owned.public_id, "They asked for it")
    at(shop, 2026, 3, 20, 1)
    lift_suspension(shop.ctx, owned.public_id)
    assert (fresh(owned).state, fresh(owned).renews_on, fresh(owned).anchor_day) == ("paid", date(2026, 4, 2), 2)


# ---- Unpaid ----

@pytest.fixture
def unpaid(shop, owned):
    """The renewal of 2 April, which the card declined."""
    shop.gateway.decline["tok"] = "insufficient_funds"
    at(shop, 2026, 4, 2, 1)
    renewal = invoices(owned)[-1]
    assert (renewal.state, renewal.tries, renewal.next_try_on) == ("open", 1, date(2026, 4, 3))
    return renewal


def tried(invoice: Invoice) -> list[date]:
    return [row.created_at.date() for row in Charge.select().where(Charge.invoice == invoice.id).order_by(Charge.id)]


def test_the_whole_timetable_of_what_is_never_paid(shop, owned, unpaid) -> None:
    for days, state in ((9, "paid"), (1, "suspended"), (19, "suspended"), (1, "ended")):
        shop.day(days)
        assert fresh(owned).state == state, shop.clock.now
    assert shop.clock.now.date() == date(2026, 5, 2)
    assert tried(unpaid) == [date(2026, 4, day) for day in (2, 3, 5, 7, 9)]
    invoice = fresh(unpaid)
    assert (invoice.state, invoice.paid, invoice.credited, invoice.next_try_on) == ("credited", 0, 20000, None)
    [note] = invoices(owned, "credit-note")
    assert (note.total, note.commission, note.corrects_id) == (20000, 0, invoice.id)
    assert [entry.kind for entry in Entry.select()] == ["accrual"]  # of the purchase; nothing was earned since
    assert (shop.gateway.taken, len(mails("payment-declined"))) == (20000, 10)
    assert shop.faults() == []


def test_another_card_pays_at_once_and_ends_the_suspension(shop, cast, customer, owned, unpaid) -> None:
    shop.day(12)
    assert fresh(owned).state == "suspended"
    good = cast.card(customer, token="good", last4="1111")
    Organization.update(card_id=None).where(Organization.id == customer.id).execute()
    use_card(shop.ctx, customer.public_id, good.public_id)
    shop.work()
    assert (fresh(unpaid).state, fresh(unpaid).paid, fresh(owned).state) == ("paid", 20000, "paid")
    assert (fresh(owned).renews_on, shop.faults()) == (date(2026, 5, 2), [])
    shop.day(30)
    assert [invoice.state for invoice in invoices(owned)] == ["paid"] * 3


@pytest.mark.parametrize(("first", "then", "total", "lines", "kind"), [
    ("customer", "reseller", 18000, ["plan", "margin"], "margin"),
    ("reseller", "customer", 20000, ["plan"], "accrual"),
])
def test_another_kind_of_card_pays_an_invoice_that_is_made_out_anew(
    shop, cast, customer, first, then, total, lines, kind
) -> None:
    cast.card(customer, first, token="poor")
    owned = shop.bought(customer)
    shop.gateway.decline["poor"] = "insufficient_funds"
    at(shop, 2026, 4, 2, 1)
    old = invoices(owned)[-1]
    shop.day(3)
    card = cast.card(customer, then, token="rich")
    Organization.update(card_kind=first).where(Organization.id == customer.id).execute()
    use_card(shop.ctx, customer.public_id, card.public_id)
    shop.work()
    anew = invoices(owned)[-1]
    assert (fresh(old).state, fresh(old).credited) == ("credited", old.total)
    assert (anew.state, anew.total, anew.card_kind, anew.due_on) == ("paid", total, then, old.due_on)
    assert [line.kind for line in InvoiceLine.select().where(InvoiceLine.invoice == anew.id)] == lines
    assert [entry.kind for entry in Entry.select().order_by(Entry.id)][1:] == [kind]
    assert charge_of(anew).amount == total
    assert shop.faults() == []


def test_an_invoice_that_is_made_out_anew_goes_on_where_the_old_one_stood(shop, cast, customer, owned, unpaid) -> None:
    shop.day(4)  # two of four retries are over
    poor = cast.card(customer, "reseller", token="poor")
    Organization.update(card_kind="customer").where(Organization.id == customer.id).execute()
    shop.gateway.decline["poor"] = "do_not_honor"
    use_card(shop.ctx, customer.public_id, poor.public_id)
    shop.work()
    anew = invoices(owned)[-1]
    assert (anew.tries, anew.next_try_on, anew.due_on) == (3, date(2026, 4, 7), date(2026, 4, 2))
    shop.day(32)
    assert (fresh(owned).state, fresh(owned).ended_on) == ("ended", date(2026, 5, 2))
    assert {row.state for row in invoices(owned)[1:]} == {"credited"}
    assert shop.faults() == []


def test_without_any_card_the_timetable_goes_on_and_says_why(shop, customer, owned) -> None:
    Organization.update(card_id=None, card_kind="none").where(Organization.id == customer.id).execute()
    at(shop, 2026, 4, 2, 1)
    renewal = invoices(owned)[-1]
    assert (renewal.state, renewal.card_kind, renewal.commission) == ("open", "none", 0)
    shop.day(12)
    assert (fresh(owned).state, tried(renewal)) == ("suspended", [])
    assert len(mails("payment-declined")) == 10
    shop.day(20)
    assert (fresh(owned).state, shop.faults()) == ("ended", [])


def test_the_first_card_of_a_customer_pays_what_is_open_and_the_partner_earns(shop, cast, customer, owned) -> None:
    Organization.update(card_id=None, card_kind="none").where(Organization.id == customer.id).execute()
    at(shop, 2026, 4, 2, 1)
    card = cast.card(customer, token="late")
    Organization.update(card_id=None, card_kind="none").where(Organization.id == customer.id).execute()
    use_card(shop.ctx, customer.public_id, card.public_id)
    shop.work()
    assert (invoices(owned)[-1].state, invoices(owned)[-1].commission) == ("paid", 2000)
    assert sum(entry.amount for entry in Entry.select()) == 4000
    assert shop.faults() == []


def test_paid_by_hand_between_two_tries(shop, owned, unpaid) -> None:
    shop.gateway.decline.clear()
    pay_invoice(shop.ctx, unpaid.public_id)
    shop.work()
    assert (fresh(unpaid).state, fresh(unpaid).next_try_on) == ("paid", None)
    shop.day(12)
    assert (fresh(owned).state, shop.gateway.taken, shop.faults()) == ("paid", 40000, [])


def test_a_second_unpaid_invoice_keeps_a_subscription_suspended(shop, owned, unpaid) -> None:
    """An upgrade that is paid meanwhile is another invoice; it does not pay the renewal."""
    shop.day(12)
    shop.gateway.decline.clear()
    shop.change(owned, licenses=11)
    shop.work()
    assert [invoice.state for invoice in invoices(owned)] == ["paid", "open", "paid"]
    assert fresh(owned).state == "suspended"
    pay_invoice(shop.ctx, unpaid.public_id)
    shop.work()
    assert (fresh(owned).state, shop.faults()) == ("paid", [])


def test_what_the_partner_suspended_too_stays_suspended_when_it_is_paid(shop, owned, unpaid) -> None:
    shop.day(12)
    suspend_subscription(shop.ctx, owned.public_id, "Not before they have paid us")
    shop.gateway.decline.clear()
    pay_invoice(shop.ctx, unpaid.public_id)
    shop.work()
    assert (fresh(unpaid).state, fresh(owned).state) == ("paid", "suspended")
    lift_suspension(shop.ctx, owned.public_id)
    assert fresh(owned).state == "paid"


def test_a_retry_waits_while_the_holder_is_asked_and_nothing_ends_meanwhile(shop, owned, unpaid) -> None:
    shop.gateway.decline.clear()
    shop.gateway.action.add("tok")
    at(shop, 2026, 4, 3, 1)
    at(shop, 2026, 4, 3, 20)
    assert [row.state for row in Charge.select().where(Charge.invoice == unpaid.id).order_by(Charge.id)] == [
        "declined", "action"]
    assert mails("payment-confirm") == ["partner-admin@andina.example", "super-admin@acme.example"]
    shop.gateway.confirm(charge_of(unpaid).reference)
    shop.day()
    assert (fresh(unpaid).state, shop.gateway.taken) == ("paid", 40000)
    assert shop.faults() == []


def test_another_card_waits_for_what_is_under_way_with_the_old_one(shop, cast, customer, owned, unpaid) -> None:
    """Both could succeed: the money is asked for again when the first has its answer."""
    shop.gateway.decline.clear()
    shop.gateway.action.add("tok")
    at(shop, 2026, 4, 3, 1)
    good = cast.card(customer, token="good", last4="1111")
    use_card(shop.ctx, customer.public_id, good.public_id)
    with pytest.raises(Stale):
        pay_invoice(shop.ctx, unpaid.public_id)
    shop.work()
    assert [row.state for row in Charge.select().where(Charge.invoice == unpaid.id).order_by(Charge.id)] == [
        "declined", "action"]
    shop.gateway.confirm(charge_of(unpaid).reference, "declined", "authentication_failed")
    shop.clock.advance(hours=1)
    shop.work()
    shop.day(2)  # the next try is by the new card
    assert (fresh(unpaid).state, charge_of(unpaid).card_id, shop.gateway.taken) == ("paid", good.id, 40000)
    assert shop.faults() == []


def test_an_invoice_is_not_given_up_while_its_money_may_still_come(shop, owned, unpaid) -> None:
    shop.day(29)
    shop.gateway.decline.clear()
    shop.gateway.down = True
    pay_invoice(shop.ctx, unpaid.public_id)
    shop.day(3)  # past the end
    assert (fresh(owned).state, fresh(unpaid).state) == ("suspended", "open")
    shop.gateway.down = False
    shop.clock.advance(minutes=2)
    shop.work()
    assert (fresh(owned).state, fresh(unpaid).state) == ("paid", "paid")
    assert shop.faults() == []


def test_what_the_partner_ends_stays_due_and_is_given_up_in_the_end(shop, owned, unpaid) -> None:
    end_subscription(shop.ctx, owned.public_id, fresh(owned).version)
    shop.day(2)
    assert (fresh(owned).state, fresh(unpaid).state, len(tried(unpaid))) == ("ended", "open", 2)
    shop.day(30)
    assert (fresh(unpaid).state, shop.faults()) == ("credited", [])


def test_money_that_comes_after_the_end_goes_back(shop, owned, unpaid, make_ctx) -> None:
    """The gateway finds out a month later that a declined charge was taken after all."""
    from portal.adapters.cards import Outcome
    from portal.billing.commands.charging import settle_charge

    shop.day(31)
    charge = Charge.get(Charge.key == f"{unpaid.public_id}-1")
    shop.gateway.charges[charge.key] = Outcome("succeeded", charge.reference)
    assert settle_charge(make_ctx(), charge.key, shop.gateway.charges[charge.key]) == "declined"
    shop.work()
    assert (fresh(unpaid).state, fresh(unpaid).paid, fresh(charge).refunded) == ("credited", 0, 20000)
    assert list(shop.gateway.refunds.values()) == [(charge.reference, 20000)]
    assert shop.faults() == []


def test_a_programme_with_fewer_tries_ends_what_is_past_its_last_one(shop, app, owned, unpaid) -> None:
    from dataclasses import replace

    shop.day(20)  # six steps are done
    make_ctx = app.extensions["make_ctx"]
    programme = make_ctx().programme
    short = replace(programme.billing.dunning, retry_days=(1,), suspend_days=5, end_days=10)
    changed = replace(programme, billing=replace(programme.billing, dunning=short))
    for _ in range(12):
        shop.clock.advance(days=1)
        ctx = replace(make_ctx(), programme=changed)
        for invoice in renewals.due_invoices(ctx):
            renewals.dun(ctx, invoice)
    assert (fresh(owned).state, fresh(unpaid).state) == ("ended", "credited")


# ---- The job ----

def test_one_renewal_that_fails_holds_up_no_other(shop, cast, customer, owned, monkeypatch) -> None:
    other = cast.customer("Later", "later.example", standing="ended", country="US", time_zone="UTC")
    cast.card(other, token="other")
    second = shop.bought(other)
    assert second.id > owned.id
    issue = renewals.issue

    def fails_for_the_first(ctx, organization, *args, **more):
        if organization.id == customer.id:
            raise ValueError("bad data")
        return issue(ctx, organization, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(renewals, "issue", fails_for_the_first)
        at(shop, 2026, 4, 2, 1)
    assert (len(invoices(owned)), len(invoices(second))) == (1, 2)
    assert fresh(owned).renews_on == date(2026, 4, 2)
    at(shop, 2026, 4, 2, 2)
    assert (len(invoices(owned)), len(invoices(second))) == (2, 2)
    assert shop.faults() == []


def test_two_workers_renew_once(shop, owned, make_ctx) -> None:
    shop.clock.now = datetime(2026, 4, 2, 1, tzinfo=UTC)
    for _ in range(2):
        renewals.renew(make_ctx(), owned.id)
    assert len(invoices(owned)) == 2
    shop.work()
    assert (shop.gateway.taken, shop.faults()) == (40000, [])


def test_batches_leave_nobody_out(shop, cast, monkeypatch) -> None:
    monkeypatch.setattr(renewals, "BATCH", 2)
    bought = []
    for number in range(5):
        customer = cast.customer(f"C{number}", f"c{number}.example", standing="ended", country="US", time_zone="UTC")
        cast.card(customer, token=f"t{number}")
        bought.append(shop.bought(customer))
        shop.gateway.decline[f"t{number}"] = "do_not_honor"
    at(shop, 2026, 4, 2, 1)
    assert [len(invoices(owned)) for owned in bought] == [2] * 5
    at(shop, 2026, 4, 3, 1)
    assert [len(tried(invoices(owned)[-1])) for owned in bought] == [2] * 5
    assert shop.clock.now - timedelta(days=1) == datetime(2026, 4, 2, 1, tzinfo=UTC)
