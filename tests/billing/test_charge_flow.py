"""Taking money: asked, answered, settled; whatever is lost, doubled or out of order, it is taken once."""

from __future__ import annotations

import threading
from datetime import date
from types import SimpleNamespace

import pytest

from portal.adapters.cards import Event as News
from portal.adapters.cards import Outcome
from portal.audit.models import Event
from portal.billing.commands.charging import settle_charge
from portal.billing.commands.events import keep_event
from portal.billing.commands.orders import withdraw_order
from portal.billing.commands.refunds import ask_refund, settle_refund
from portal.billing.models import Charge, DayTotal, GatewayEvent, Invoice, InvoiceLine, Order, Refund
from portal.billing.policy.cards import CardExpired, NoCard
from portal.commissions.models import Balance, Entry
from portal.core.errors import DomainError, Stale
from portal.jobs.models import Job
from portal.mail.models import Outgoing
from portal.storage import database, transaction
from portal.subscriptions.commands.suspensions import end
from portal.subscriptions.models import Subscription
from tests.billing.shop import charge_of, fresh, invoices

CASES = ("customer", "reseller")


@pytest.fixture
def customer(cast):
    """A customer in the United States: no tax, dollars, and no subscription that lives."""
    made = cast.customer("Acme", "acme.example", standing="ended", country="US", language="en", time_zone="UTC")
    cast.card(made)
    return made


def told(shop, charge: Charge, name: str) -> None:
    """Have the gateway's news of a charge arrive."""
    outcome = shop.gateway.charges[charge.key]
    keep_event(shop.cast.make_ctx(), "fake", News(name, "charge", charge.key, outcome), "{}")


def verbs() -> list[str]:
    return [row.verb for row in Event.select().order_by(Event.id)]


# ---- What an answer leads to ----

def test_a_purchase_that_is_paid_becomes_a_subscription_an_invoice_and_commission(shop, customer) -> None:
    order = shop.buy(customer, "crm-standard", 10, "monthly", 5)
    assert (order.state, order.total, order.subscription_id) == ("pending", 20050, None)
    assert not Subscription.select().where(Subscription.service == "crm").exists()
    shop.work()
    order, [invoice] = fresh(order), list(Invoice.select())
    owned = order.subscription
    assert (order.state, owned.state, owned.licenses, owned.extra_storage_gb) == ("done", "paid", 10, 5)
    assert (owned.period_from, owned.renews_on, owned.anchor_day) == (date(2026, 3, 2), date(2026, 4, 2), 2)
    assert (invoice.code, invoice.state, invoice.paid, invoice.total) == ("US-000001", "paid", 20050, 20050)
    [entry] = list(Entry.select())
    assert (entry.kind, entry.amount, entry.base, entry.rate) == ("accrual", 2005, 20050, 1000)
    assert Balance.get().amount == 2005
    assert shop.gateway.taken == 20050
    assert verbs() == ["order.confirmed", "subscription.bought", "payment.received"]
    assert shop.faults() == []


def test_a_reseller_pays_less_at_once_and_collects_nothing(shop, cast, customer) -> None:
    cast.card(customer, "reseller", token="partner")
    shop.bought(customer)
    [invoice], [entry] = list(Invoice.select()), list(Entry.select())
    assert (invoice.total, invoice.commission_base, shop.gateway.taken) == (18000, 20000, 18000)
    assert (entry.kind, entry.amount, entry.payable) == ("margin", 2000, 0)
    assert not Balance.select().exists()
    assert invoice.recipient["name"] == "Andina Cloud"
    assert shop.faults() == []


def test_a_declined_purchase_buys_nothing_and_can_be_ordered_again(shop, customer) -> None:
    shop.gateway.decline["tok"] = "insufficient_funds"
    order = shop.buy(customer)
    shop.work()
    assert (fresh(order).state, charge_of(order).decline_code) == ("declined", "insufficient_funds")
    assert not Subscription.select().where(Subscription.service == "crm").exists()
    assert not Invoice.select().exists()
    assert verbs() == ["order.confirmed", "order.declined"]
    shop.gateway.decline.clear()
    assert shop.bought(customer).state == "paid"
    assert [(row.state, row.count, row.amount) for row in DayTotal.select().order_by(DayTotal.state)] == [
        ("declined", 1, 20000), ("succeeded", 1, 20000)]
    assert shop.faults() == []


@pytest.mark.parametrize(("answer", "state", "taken"), [("succeeded", "done", 20000), ("declined", "declined", 0)])
def test_a_charge_waits_for_its_holder(shop, customer, answer, state, taken) -> None:
    shop.gateway.action.add("tok")
    order = shop.buy(customer)
    shop.work()
    charge = charge_of(order)
    assert (charge.state, fresh(order).state) == ("action", "pending")
    assert charge.action_url.startswith("https://cards.example/confirm/")
    assert shop.faults() == []
    shop.gateway.confirm(charge.reference, answer, "authentication_failed" if answer == "declined" else "")
    shop.clock.advance(minutes=15)
    shop.work()
    assert (fresh(order).state, fresh(charge).action_url, shop.gateway.taken) == (state, "", taken)
    assert shop.faults() == []


def test_a_charge_that_nobody_confirms_is_given_up_after_a_day(shop, customer) -> None:
    shop.gateway.action.add("tok")
    order = shop.buy(customer)
    shop.work()
    shop.clock.advance(hours=22)
    shop.work()
    assert fresh(order).state == "pending"
    shop.clock.advance(hours=2)
    shop.work()
    assert (fresh(order).state, charge_of(order).decline_code) == ("declined", "cancelled")
    assert shop.faults() == []


def test_who_gives_up_a_moment_too_late_has_paid(shop, customer) -> None:
    shop.gateway.action.add("tok")
    order = shop.buy(customer)
    shop.work()
    withdraw_order(shop.ctx, order.public_id)
    shop.gateway.confirm(charge_of(order).reference)
    shop.work()
    assert fresh(order).state == "done"
    assert shop.faults() == []


def test_an_order_is_given_up_only_while_its_holder_is_asked(shop, customer) -> None:
    order = shop.buy(customer)
    with pytest.raises(Stale):
        withdraw_order(shop.ctx, order.public_id)  # the gateway has it
    shop.work()
    with pytest.raises(Stale):
        withdraw_order(shop.ctx, order.public_id)  # it is done
    shop.gateway.action.add("tok")
    second = shop.buy(customer, "desk-standard")
    shop.work()
    withdraw_order(shop.ctx, second.public_id)
    shop.work()
    assert fresh(second).state in {"declined", "withdrawn"}
    assert shop.gateway.taken == 20000
    assert shop.faults() == []


def test_pending_at_the_gateway_is_asked_about_until_it_is_decided(shop, customer) -> None:
    order = shop.buy(customer)
    shop.gateway.charges[order.public_id] = Outcome("pending", "slow-1")
    shop.gateway.amounts[order.public_id] = (20000, "USD")
    shop.work()
    assert (charge_of(order).state, charge_of(order).reference) == ("pending", "slow-1")
    shop.gateway.charges[order.public_id] = Outcome("succeeded", "slow-1")
    shop.clock.advance(minutes=15)
    shop.work()
    assert fresh(order).state == "done"
    assert shop.faults() == []


# ---- What is lost, doubled or out of order ----

@pytest.mark.parametrize("failing", ["down", "swallow"])
def test_a_gateway_that_is_away_is_asked_again_and_takes_the_money_once(shop, customer, failing) -> None:
    setattr(shop.gateway, failing, True)
    order = shop.buy(customer)
    for _ in range(3):
        shop.work()
        shop.clock.advance(minutes=2)
    assert (fresh(order).state, charge_of(order).state) == ("pending", "pending")
    assert shop.faults() == []
    setattr(shop.gateway, failing, False)
    shop.work()
    assert (fresh(order).state, shop.gateway.taken, len(shop.gateway.charges)) == ("done", 20000, 1)
    assert Invoice.select().count() == 1
    assert shop.faults() == []


def test_news_that_come_before_the_answer_settle_the_charge(shop, customer) -> None:
    """The gateway's webhook is faster than its answer to us, which then changes nothing."""
    order = shop.buy(customer)
    shop.gateway.swallow = True
    shop.work()
    told(shop, charge_of(order), "evt-1")
    shop.gateway.swallow = False
    shop.work()
    assert (fresh(order).state, GatewayEvent.get().state) == ("done", "done")
    shop.clock.advance(minutes=2)
    shop.work()
    assert (Invoice.select().count(), Entry.select().count(), shop.gateway.taken) == (1, 1, 20000)
    assert shop.faults() == []


def test_news_twice_and_late_change_nothing(shop, customer) -> None:
    order = shop.buy(customer)
    shop.work()
    charge = charge_of(order)
    before = DayTotal.get().amount, Balance.get().amount, fresh(charge).settled_at
    for name in ("evt-1", "evt-1", "evt-2"):
        told(shop, charge, name)
    shop.clock.advance(days=3)
    told(shop, charge, "evt-3")
    shop.work()
    assert (DayTotal.get().amount, Balance.get().amount, fresh(charge).settled_at) == before
    assert GatewayEvent.select().count() == 3
    assert {row.state for row in GatewayEvent.select()} == {"done"}
    assert Invoice.select().count() == 1
    assert shop.faults() == []


@pytest.mark.parametrize("old", [
    Outcome("pending", "charge-1"), Outcome("action", "charge-1", url="https://old.example"),
    Outcome("declined", "charge-1", "do_not_honor"),
])
def test_an_old_outcome_does_not_undo_a_newer_one(shop, customer, make_ctx, old) -> None:
    order = shop.buy(customer)
    shop.work()
    assert settle_charge(make_ctx(), order.public_id, old) == "succeeded"
    assert (fresh(order).state, charge_of(order).state, charge_of(order).action_url) == ("done", "succeeded", "")
    assert shop.faults() == []


def test_news_of_something_unknown_are_kept_and_ignored(shop, make_ctx) -> None:
    keep_event(make_ctx(), "fake", News("evt-1", "payout.created"), "{}")
    keep_event(make_ctx(), "fake", News("evt-2", "charge", "unheard-of", Outcome("succeeded", "x")), "{}")
    shop.work()
    assert {row.state for row in GatewayEvent.select()} == {"ignored"}


def test_money_that_comes_after_all_was_given_up_goes_back(shop, customer, make_ctx) -> None:
    """Declined, then nevertheless taken: the order stays declined, and the money returns once."""
    shop.gateway.decline["tok"] = "processing_error"
    order = shop.buy(customer)
    shop.work()
    charge = charge_of(order)
    shop.gateway.charges[charge.key] = late = Outcome("succeeded", charge.reference)
    told(shop, charge, "evt-1")
    told(shop, charge, "evt-2")
    shop.work()
    assert settle_charge(make_ctx(), charge.key, late) == "declined"
    shop.work()
    assert fresh(order).state == "declined"
    assert [(row.amount, row.state) for row in Refund.select()] == [(20000, "succeeded")]
    assert list(shop.gateway.refunds.values()) == [(late.reference, 20000)]
    assert {row.state for row in DayTotal.select()} == {"declined"}  # what came and went was never income
    assert shop.faults() == []


def test_the_money_of_an_order_that_became_impossible_goes_back(shop, cast, customer, make_ctx) -> None:
    owned = shop.bought(customer)
    shop.gateway.action.add("tok")
    order = shop.change(owned, licenses=20)
    shop.work()
    with transaction():
        end(make_ctx(), fresh(owned), "partner")
    shop.gateway.confirm(charge_of(order).reference)
    shop.clock.advance(minutes=20)
    shop.work()
    assert (fresh(order).state, fresh(owned).state, fresh(owned).licenses) == ("returned", "ended", 10)
    assert [row.code for row in invoices(owned)] == ["US-000001"]
    assert list(shop.gateway.refunds.values()) == [(charge_of(order).reference, order.total)]
    assert [(row.state, row.count, row.amount) for row in DayTotal.select().order_by(DayTotal.state)] == [
        ("refunded", 1, order.total), ("succeeded", 2, 20000 + order.total)]
    assert shop.faults() == []


def test_a_service_that_was_bought_twice_at_once_is_paid_once(shop, customer) -> None:
    """A trial of the same service began while the holder was asked."""
    from portal.subscriptions.commands.trials import try_service

    shop.gateway.action.add("tok")
    order = shop.buy(customer)
    shop.work()
    try_service(shop.ctx, customer.public_id, "crm-standard", 1, "monthly")
    shop.gateway.confirm(charge_of(order).reference)
    shop.clock.advance(minutes=20)
    shop.work()
    assert fresh(order).state == "returned"
    assert Subscription.get(Subscription.service == "crm").state == "trial"
    assert sum(minor for _, minor in shop.gateway.refunds.values()) == 20000
    assert shop.faults() == []


def test_a_return_that_the_gateway_refuses_is_a_fault_that_the_check_tells(shop, customer, monkeypatch) -> None:
    from portal.adapters.cards import Refused

    def refuse(*_args: object) -> str:
        raise Refused("charge_disputed")

    shop.gateway.decline["tok"] = "processing_error"
    order = shop.buy(customer)
    shop.work()
    charge = charge_of(order)
    shop.gateway.charges[charge.key] = Outcome("succeeded", charge.reference)
    monkeypatch.setattr(shop.gateway, "refund", refuse)
    told(shop, charge, "evt-1")
    shop.work()
    assert shop.faults() == [
        f"refund return:{charge.key}: money that bought nothing went back: expected nothing, found charge_disputed"]


# ---- One intent, one charge ----

def test_a_second_order_of_the_same_waits_for_the_first(shop, customer) -> None:
    shop.buy(customer)
    with pytest.raises(DomainError, match="still being paid"):
        shop.buy(customer)
    shop.work()
    with pytest.raises(DomainError, match="has this service already"):
        shop.buy(customer)
    assert shop.gateway.taken == 20000


def test_a_changed_price_is_not_what_was_confirmed(shop, cast, customer) -> None:
    from portal.billing.commands.orders import buy_service

    cast.card(customer, "reseller", token="partner")  # the page still showed the customer's price
    with pytest.raises(Stale):
        buy_service(shop.ctx, customer.public_id, "crm-standard", 10, "monthly", 0, 20000)


@pytest.mark.parametrize(("card", "error"), [(None, NoCard), (2025, CardExpired)])
def test_without_a_card_that_can_pay_nothing_is_ordered(shop, cast, card, error) -> None:
    customer = cast.customer("Poor", "poor.example", standing="ended", country="US", time_zone="UTC")
    if card:
        cast.card(customer, exp_year=card)
    with pytest.raises(error):
        shop.buy(customer)
    assert not Order.select().exists()
    assert not Charge.select().exists()


def test_many_answers_at_once_settle_a_charge_once(shop, customer, make_ctx) -> None:
    order = shop.buy(customer)
    errors: list[BaseException] = []
    start = threading.Barrier(6)

    def settle() -> None:
        try:
            with database.connection_context():
                start.wait(10)
                settle_charge(make_ctx(), order.public_id, Outcome("succeeded", "ref-1"))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=settle) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert (Invoice.select().count(), Entry.select().count()) == (1, 1)
    assert (DayTotal.get().count, Balance.get().amount) == (1, 2000)
    assert verbs().count("payment.received") == 1
    assert shop.faults() == []


def test_a_charge_that_is_settled_while_its_job_asks_is_left_alone(shop, customer, make_ctx, monkeypatch) -> None:
    """The webhook settles in the moment between the gateway's answer and our own settling."""
    order = shop.buy(customer)
    take = shop.gateway.charge

    def overtaken(*args, **more):
        outcome = take(*args, **more)
        settle_charge(make_ctx(), order.public_id, outcome)
        return outcome

    monkeypatch.setattr(shop.gateway, "charge", overtaken)
    shop.work()
    assert (fresh(order).state, Invoice.select().count(), DayTotal.get().count) == ("done", 1, 1)
    assert shop.faults() == []


def test_what_fails_in_the_middle_of_settling_leaves_nothing_behind(shop, customer, monkeypatch) -> None:
    """The machine dies when all is written and nothing committed: the next try starts from the gateway's answer."""
    from portal.billing.commands import charging

    def die(*_args: object, **_more: object) -> None:
        raise SystemError("power cut")

    order = shop.buy(customer)
    with monkeypatch.context() as patch:
        patch.setattr(charging, "tell_recipient", die)
        shop.work()
    assert (fresh(order).state, charge_of(order).state, Invoice.select().count()) == ("pending", "pending", 0)
    assert shop.faults() == []
    shop.clock.advance(minutes=5)
    shop.work()
    assert (fresh(order).state, shop.gateway.taken, len(shop.gateway.charges)) == ("done", 20000, 1)
    assert Invoice.get().code == "US-000001"  # the number of the try that died was not used up
    assert shop.faults() == []


def test_a_charge_whose_job_failed_for_good_is_not_forgotten(shop, customer, monkeypatch) -> None:
    """The gateway answers something that nobody has seen before, for an hour; it has taken the money."""
    take = shop.gateway.charge

    def strange(*args, **more):
        take(*args, **more)
        raise ValueError("unheard of")

    order = shop.buy(customer)
    with monkeypatch.context() as patch:
        patch.setattr(shop.gateway, "charge", strange)
        for _ in range(8):
            shop.work()
            shop.clock.advance(minutes=11)
    assert Job.get(Job.kind == "billing.charge").state == "failed"
    assert shop.faults() == [f"charge {order.public_id}: job that learns its outcome: expected ready, found nothing"]
    shop.clock.advance(hours=1)
    shop.work()
    assert (fresh(order).state, shop.gateway.taken, shop.faults()) == ("done", 20000, [])


def test_a_job_that_runs_twice_at_once_charges_once(shop, customer) -> None:
    """The lease ended, another worker took over, and both go on."""
    from portal.billing.jobs.charges import charge

    order = shop.buy(customer)
    job = SimpleNamespace(payload={"charge": order.public_id})
    for _ in range(2):
        charge(shop.cast.make_ctx(), job)
    shop.work()
    assert (shop.gateway.taken, Invoice.select().count(), DayTotal.get().count) == (20000, 1, 1)


# ---- The order waits; what it depends on changes ----

def test_an_order_is_invoiced_as_it_was_paid_whatever_card_is_chosen_meanwhile(shop, cast, customer) -> None:
    shop.gateway.action.add("tok")
    order = shop.buy(customer)
    shop.work()
    cast.card(customer, "reseller", token="partner")
    shop.gateway.confirm(charge_of(order).reference)
    shop.clock.advance(minutes=20)
    shop.work()
    invoice = Invoice.get()
    assert (invoice.card_kind, invoice.total, invoice.recipient["name"]) == ("customer", 20000, "Acme")
    assert Entry.get().kind == "accrual"
    assert (fresh(customer).card_kind, shop.faults()) == ("reseller", [])


def test_an_order_of_a_customer_who_leaves_the_partner_is_still_the_partner_s(shop, cast, customer) -> None:
    """The money was taken: without a partner there is nobody to tell, and yet it is invoiced and earned."""
    cast.card(customer, "reseller", token="partner")
    order = shop.buy(customer)
    with transaction():
        type(customer).update(partner=None).where(type(customer).id == customer.id).execute()
    shop.work()
    invoice = Invoice.get()
    assert (fresh(order).state, invoice.partner_id, invoice.recipient["name"]) == (
        "done", cast.andina.id, "Andina Cloud")
    assert fresh(customer).partner_id is None
    assert shop.faults() == []


def test_a_suspension_that_ended_meanwhile_keeps_the_dates_that_it_moved(shop, cast, customer, make_ctx) -> None:
    from portal.subscriptions.commands.suspensions import lift, suspend

    owned = shop.bought(customer)  # until 2 April
    with transaction():
        suspend(make_ctx(), fresh(owned), "partner")
    shop.clock.advance(days=30)
    shop.gateway.action.add("tok")
    order = shop.change(owned, licenses=1000)  # on 1 April
    shop.work()
    shop.clock.advance(hours=40)
    shop.gateway.confirm(charge_of(order).reference)
    with transaction():
        lift(make_ctx(), fresh(owned), "partner")  # on 3 April: it renews today
    shop.work()
    owned = fresh(owned)
    assert (owned.licenses, owned.period_from, owned.anchor_day) == (1000, date(2026, 4, 3), 3)
    assert owned.renews_on == date(2026, 5, 3)
    assert shop.faults() == []


# ---- Refunds ----

@pytest.mark.parametrize("kind", CASES)
def test_refunds_in_parts_return_everything_to_the_last_cent(shop, cast, kind) -> None:
    customer = cast.customer("Siam", "sia.example", standing="ended", country="TH")  # 7 % tax with its own card
    cast.card(customer, kind, token="t")
    shop.bought(customer, "crm-standard", 7, "monthly", 3)
    invoice = Invoice.get()
    left = invoice.total
    for part in (1, 333, 1_234, left - 1 - 333 - 1_234):
        shop.refund(invoice, part)
        shop.work()
        assert shop.faults() == []
    assert fresh(invoice).state == "credited"
    notes = Invoice.select().where(Invoice.kind == "credit-note")
    assert [sum(getattr(note, name) for note in notes) for name in ("net", "tax", "total", "commission")] == [
        invoice.net, invoice.tax, invoice.total, invoice.commission]
    assert sum(entry.amount for entry in Entry.select()) == 0
    assert sum(row.amount for row in Balance.select()) == 0
    assert charge_of(invoice).refunded == invoice.total
    assert InvoiceLine.select().where(InvoiceLine.kind == "correction").count() == 4
    with pytest.raises(DomainError, match="no more than what is left"):
        shop.refund(invoice, 1)


def test_one_refund_at_a_time_and_a_swallowed_answer_refunds_once(shop, customer) -> None:
    shop.bought(customer)
    invoice = Invoice.get()
    shop.gateway.swallow = True
    refund = shop.refund(invoice, 5000)
    with pytest.raises(DomainError, match="under way"):
        shop.refund(invoice, 5000)
    shop.work()
    assert (fresh(refund).state, fresh(invoice).credited) == ("pending", 0)
    shop.gateway.swallow = False
    shop.clock.advance(minutes=2)
    shop.work()
    assert (fresh(refund).state, fresh(invoice).credited, fresh(invoice).state) == ("succeeded", 5000, "paid")
    assert [minor for _, minor in shop.gateway.refunds.values()] == [5000]
    with pytest.raises(Stale):  # the page that was open shows another amount
        ask_refund(shop.cast.reviewer.ctx, invoice.public_id, 5000, "Too much", 0)
    assert shop.faults() == []


def test_a_refund_that_is_settled_again_counts_once(shop, customer, make_ctx) -> None:
    """Two workers asked the gateway, and one of them was told that the payment is disputed by now."""
    shop.bought(customer)
    invoice = Invoice.get()
    refund = shop.refund(invoice, 5000)
    shop.work()
    reference = fresh(refund).reference
    settle_refund(make_ctx(), refund.key, reference)
    settle_refund(make_ctx(), refund.key, fault="charge_disputed")
    assert (fresh(refund).state, fresh(refund).fault, fresh(invoice).credited) == ("succeeded", "", 5000)
    assert Invoice.select().where(Invoice.kind == "credit-note").count() == 1
    assert shop.faults() == []


def test_a_refused_refund_leaves_everything_as_it_was(shop, customer, monkeypatch) -> None:
    from portal.adapters.cards import Refused

    shop.bought(customer)
    invoice = Invoice.get()

    def refuse(*_args: object) -> str:
        raise Refused("charge_disputed")

    with monkeypatch.context() as patch:
        patch.setattr(shop.gateway, "refund", refuse)
        refund = shop.refund(invoice, 5000)
        shop.work()
    assert (fresh(refund).state, fresh(refund).fault, fresh(invoice).credited) == ("failed", "charge_disputed", 0)
    shop.refund(invoice, 5000)
    shop.work()
    assert fresh(invoice).credited == 5000
    assert shop.faults() == []


def test_mails_and_jobs_fail_nowhere(shop, customer) -> None:
    owned = shop.bought(customer)
    shop.refund(invoices(owned)[0], 100)
    shop.work()
    assert [(job.kind, job.error) for job in Job.select().where(Job.error.is_null(False))] == []
    assert Outgoing.select().count() >= 2
