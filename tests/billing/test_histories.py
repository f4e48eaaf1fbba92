"""Random histories of customers, partner, staff, gateway and worker: whatever happens in whatever order, money fits.

The worker dies at any statement, the gateway's answers are lost, its news come late, twice or never, jobs run twice.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from portal.adapters.cards import Event, Outcome
from portal.billing.commands.cards import use_card
from portal.billing.commands.events import keep_event
from portal.billing.commands.orders import withdraw_order
from portal.billing.commands.payouts import ask_payout
from portal.billing.commands.renewals import pay_invoice
from portal.billing.commands.standing import (
    cancel_planned,
    end_subscription,
    lift_suspension,
    set_renewal,
    suspend_subscription,
)
from portal.billing.models import Card, Charge, Invoice, Order, Refund
from portal.commissions.commands.payouts import approve_payout, record_payment, reject_payout
from portal.commissions.commands.tiers import set_tier
from portal.commissions.models import Balance, BankAccount, Payout
from portal.core.errors import DomainError, NotFound
from portal.customers.models import Organization
from portal.jobs.models import Job
from portal.jobs.registry import Later, handler_for
from portal.storage import database, transaction
from portal.subscriptions.commands.trials import try_service
from portal.subscriptions.models import Subscription
from tests.billing.shop import Shop
from tests.cast import Cast
from tests.databases import empty_again

PLANS = ("crm-standard", "crm-professional", "desk-standard", "desk-professional")
CARDS = ("customer", "reseller")
TOKENS = ("customer-0", "customer-1", "partner")
FAULTLESS = 8  # steps between two looks at everything


class Killed(BaseException):
    """The process is gone: nothing catches it."""


class Mortal:
    """The database as a process sees it that is killed after so many statements."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        engine = database.obj
        execute = engine.execute_sql

        def mortal(sql: str, *args: Any, **more: Any) -> Any:
            if self.left is not None and not sql.startswith(("ROLLBACK", "SAVEPOINT", "RELEASE")):
                self.left -= 1
                if self.left < 0:
                    self.left = None
                    raise Killed
            return execute(sql, *args, **more)

        patch.setattr(engine, "execute_sql", mortal)

    @contextlib.contextmanager
    def dying_after(self, statements: int) -> Iterator[None]:
        self.left = statements
        with contextlib.suppress(Killed):
            yield
        self.left = None


class World:
    """What each example stands on: a portal without history."""

    def __init__(self, app: Any, make_ctx: Any, shop: Shop, mortal: Mortal, empty: Any) -> None:
        self.app, self.make_ctx, self.shop, self.mortal, self.empty = app, make_ctx, shop, mortal, empty
        self.begins = shop.clock.now

    def anew(self) -> Shop:
        self.empty()
        self.shop.clock.now = self.begins
        self.shop.gateway.__init__()  # type: ignore[misc]
        self.shop.cast = Cast(self.app, self.make_ctx)
        return self.shop


pick = st.integers(0, 1000)
customers = st.integers(0, 1)
plans = st.sampled_from(PLANS)
licenses = st.integers(1, 40)
storage = st.sampled_from([0, 0, 7, 30])
periods = st.sampled_from(["monthly", "monthly", "yearly"])


def one(query: Any, number: int) -> Any:
    """Return some row of a query, or None."""
    rows = list(query.order_by(query.model.id))
    return rows[number % len(rows)] if rows else None


class History(RuleBasedStateMachine):
    world: World

    @initialize(does=st.tuples(*[st.sampled_from(["pay", "pay", "decline", "ask"])] * len(TOKENS)))
    def begin(self, does: tuple[str, ...]) -> None:
        self.shop = shop = self.world.anew()
        self.gateway, self.cast, self.steps = shop.gateway, shop.cast, 0
        self.customers = [
            self.cast.customer("Siam", "sia.example", standing="ended", country="TH"),
            self.cast.customer("Acme", "acme.example", standing="ended", country="US", language="en",
                               time_zone="America/Los_Angeles"),
        ]
        for number, customer in enumerate(self.customers):
            self.cast.card(customer, token=f"customer-{number}", exp_year=2040)
        self.partner_card = self.cast.card(self.customers[1], "reseller", token="partner", exp_year=2040)
        partner = self.cast.andina
        with transaction():
            BankAccount.create(partner=partner, holder="Andina", bank_name="B", number="X12345", country="MX",
                               usable_from=shop.clock.now, created_at=shop.clock.now)
        for customer in self.customers:
            shop.buy(customer, "crm-standard", 10, "monthly", 7)
        shop.work()
        for token, its in zip(TOKENS, does, strict=True):
            self.behave(token, its)
        self.second_eyes = self.cast.person("second@vendor.example", "en", staff="admin")

    def teardown(self) -> None:
        if not hasattr(self, "shop"):
            return
        self.gateway.down = self.gateway.swallow = False
        self.gateway.action.clear()
        for _ in range(3):  # what waits for its holder is given up after a day
            self.shop.clock.advance(hours=25)
            self.shop.work()
        self.look()
        waiting = Charge.state.in_(["pending", "action"])
        assert not Charge.select().where(waiting).exists()
        assert not Refund.select().where(Refund.state == "pending").exists()
        assert not Order.select().where(Order.state == "pending").exists()
        assert not Job.select().where(Job.state == "failed").exists()
        self.gateway_agrees()

    def gateway_agrees(self) -> None:
        """What the gateway took and gave back is what we know of, key by key."""
        back = Counter[str]()
        for reference, minor in self.gateway.refunds.values():
            back[reference] += minor
        ours = {charge.key: charge for charge in Charge.select()}
        for key, outcome in self.gateway.charges.items():
            charge, taken = ours[key], outcome.state == "succeeded"
            assert self.gateway.amounts[key] == (charge.amount, charge.currency)
            assert back[outcome.reference] == charge.refunded <= (charge.amount if taken else 0)
            if charge.state == "succeeded":
                assert taken
            elif taken:
                assert charge.refunded == charge.amount, "money for nothing, and it was kept"
        assert {key for key, charge in ours.items() if charge.state == "succeeded"} <= self.gateway.charges.keys()

    def look(self) -> None:
        assert self.shop.faults() == []

    def step(self) -> None:
        """Time passes by itself, whichever rules an example does without."""
        self.steps += 1
        self.shop.clock.advance(hours=5)
        if self.steps % 3 == 0 and self.gateway.charges:
            self.tell(self.steps * 7, self.steps % 2)
        if self.steps % 4 == 0:
            with contextlib.suppress(DomainError):
                self.give_back(self.steps * 5, 30)
        if self.steps % 7 == 0:
            self.mistaken(self.steps)
        if self.steps % 6 == 0:
            self.shop.day(16)
        if self.steps % FAULTLESS == 0:
            self.look()

    @contextlib.contextmanager
    def trying(self) -> Iterator[None]:
        """Let people try what the rules refuse."""
        with contextlib.suppress(DomainError, NotFound):
            yield
        self.step()

    # ---- The partner ----

    @rule(who=customers, plan=plans, number=licenses, period=periods, extra=storage)
    def buy(self, who: int, plan: str, number: int, period: str, extra: int) -> None:
        with self.trying():
            self.shop.buy(self.customers[who], plan, number, period, extra)

    @rule(who=customers, plan=plans, number=licenses, period=periods)
    def try_out(self, who: int, plan: str, number: int, period: str) -> None:
        with self.trying():
            try_service(self.shop.ctx, self.customers[who].public_id, plan, number, period)

    @rule(which=pick, number=licenses, period=periods)
    def convert(self, which: int, number: int, period: str) -> None:
        with self.trying():
            if trial := one(Subscription.select().where(Subscription.trial_days.is_null(False)), which):
                self.shop.convert(trial, licenses=number, period=period)

    @rule(which=pick, plan=plans, number=licenses, period=periods, extra=storage)
    def change(self, which: int, plan: str, number: int, period: str, extra: int) -> None:
        with self.trying():
            if owned := self.live(which):
                same = plan.partition("-")[0] == owned.service
                self.shop.change(owned, plan=plan if same else owned.plan, licenses=number, period=period,
                                 extra_storage_gb=extra)

    @rule(which=pick, how=st.sampled_from(["renew", "end", "ask", "suspend", "lift", "lift", "end now", "unplan"]))
    def decide(self, which: int, how: str) -> None:
        with self.trying():
            if owned := self.live(which):
                if how == "suspend":
                    suspend_subscription(self.shop.ctx, owned.public_id, "They asked for it")
                elif how == "lift":
                    lift_suspension(self.shop.ctx, owned.public_id)
                elif how == "end now":
                    end_subscription(self.shop.ctx, owned.public_id, owned.version)
                elif how == "unplan":
                    cancel_planned(self.shop.ctx, owned.public_id, owned.version)
                else:
                    set_renewal(self.shop.ctx, owned.public_id, how, owned.version)

    @rule(who=customers, kind=st.sampled_from(CARDS))
    def choose_card(self, who: int, kind: str) -> None:
        customer = self.customers[who]
        with self.trying():
            card = self.partner_card if kind == "reseller" else Card.get(Card.organization == customer.id)
            use_card(self.shop.ctx, customer.public_id, card.public_id)

    @rule(which=pick)
    def pay(self, which: int) -> None:
        with self.trying():
            if invoice := one(Invoice.select().where(Invoice.state == "open"), which):
                pay_invoice(self.shop.ctx, invoice.public_id)

    @rule(which=pick)
    def withdraw(self, which: int) -> None:
        with self.trying():
            if order := one(Order.select().where(Order.state == "pending"), which):
                withdraw_order(self.shop.ctx, order.public_id)

    @rule(part=st.integers(1, 100))
    def collect(self, part: int) -> None:
        with self.trying():
            for held in list(Balance.select()):
                ask_payout(self.shop.ctx, held.currency, held.amount * part // 100, held.amount)

    def live(self, which: int) -> Subscription | None:
        return one(Subscription.select().where(Subscription.state != "ended", Subscription.service.in_(
            ["crm", "desk"])), which)

    # ---- The vendor's staff ----

    @rule(which=pick, part=st.integers(1, 100))
    def refund(self, which: int, part: int) -> None:
        with self.trying():
            self.give_back(which, part)

    def give_back(self, which: int, part: int) -> None:
        if invoice := one(Invoice.select().where(Invoice.paid > 0), which):
            left = invoice.paid - invoice.credited
            self.shop.refund(invoice, max(1, left * part // 100))

    @rule(which=pick, how=st.sampled_from(["approve", "pay", "reject"]))
    def decide_payout(self, which: int, how: str) -> None:
        with self.trying():
            if payout := one(Payout.select(), which):
                if how == "approve":
                    approve_payout(self.cast.reviewer.ctx, payout.public_id, payout.version)
                elif how == "pay":
                    record_payment(self.second_eyes.ctx, payout.public_id, "TR-1", payout.version)
                else:
                    reject_payout(self.cast.reviewer.ctx, payout.public_id, "No", payout.version)

    @rule(tier=st.sampled_from(["authorized", "advanced", "premium"]), days=st.integers(0, 40))
    def tier(self, tier: str, days: int) -> None:
        with self.trying():
            on = self.shop.clock.now.date() + timedelta(days=days)
            set_tier(self.cast.reviewer.ctx, self.cast.andina.public_id, tier, on)

    # ---- The gateway, and the cards' holders ----

    @rule(token=st.sampled_from(TOKENS), does=st.sampled_from(["decline", "ask", "pay", "decline", "ask"]))
    def card_does(self, token: str, does: str) -> None:
        self.behave(token, does)
        self.step()

    def behave(self, token: str, does: str) -> None:
        self.gateway.decline.pop(token, None)
        self.gateway.action.discard(token)
        if does == "decline":
            self.gateway.decline[token] = "insufficient_funds"
        elif does == "ask":
            self.gateway.action.add(token)

    @rule(down=st.sampled_from(["", "", "", "", "", "down", "swallow"]))
    def weather(self, down: str) -> None:
        self.gateway.down, self.gateway.swallow = down == "down", down == "swallow"
        self.step()

    @precondition(lambda self: any(outcome.state == "action" for outcome in self.gateway.charges.values()))
    @rule(which=pick, yes=st.booleans())
    def holder_answers(self, which: int, yes: bool) -> None:
        asked = [outcome.reference for outcome in self.gateway.charges.values() if outcome.state == "action"]
        reference = asked[which % len(asked)]
        self.gateway.confirm(reference, *(["succeeded"] if yes else ["declined", "authentication_failed"]))
        self.step()

    @precondition(lambda self: any(outcome.state == "declined" for outcome in self.gateway.charges.values()))
    @rule(which=pick)
    def gateway_was_wrong(self, which: int) -> None:
        """It declined, and took the money nevertheless."""
        self.mistaken(which)
        self.step()

    def mistaken(self, which: int) -> None:
        if keys := [key for key, outcome in self.gateway.charges.items() if outcome.state == "declined"]:
            key = keys[which % len(keys)]
            self.gateway.charges[key] = Outcome("succeeded", self.gateway.charges[key].reference)
            self.news(key, f"late-{key}")

    @precondition(lambda self: self.gateway.charges)
    @rule(which=pick, again=st.integers(0, 3))
    def gateway_tells(self, which: int, again: int) -> None:
        self.tell(which, again)
        self.step()

    def tell(self, which: int, again: int) -> None:
        keys = list(self.gateway.charges)
        key = keys[which % len(keys)]
        self.news(key, f"evt-{key}-{again}")

    def news(self, key: str, name: str) -> None:
        keep_event(self.world.make_ctx(), "fake", Event(name, "charge", key, self.gateway.charges[key]), "{}")

    # ---- The worker and time ----

    @rule()
    def work(self) -> None:
        self.shop.work()
        self.step()

    @rule(statements=st.integers(0, 40) | st.integers(0, 200))
    def work_and_die(self, statements: int) -> None:
        """Its lease ends a minute later, and another worker goes on."""
        with self.world.mortal.dying_after(statements):
            self.shop.work()
        self.shop.clock.advance(seconds=61)
        self.step()

    @rule(which=pick)
    def job_again(self, which: int) -> None:
        """A worker that was thought dead goes on with its job."""
        kinds = ("billing.charge", "billing.refund", "billing.cancel", "billing.event")
        if job := one(Job.select().where(Job.kind.in_(kinds)), which):
            handle = handler_for(job.kind)
            assert handle is not None
            with contextlib.suppress(Later):
                handle(self.world.make_ctx(), SimpleNamespace(payload=job.payload, key=job.key, kind=job.kind))
        self.step()

    @rule(days=st.integers(1, 40))
    def days_pass(self, days: int) -> None:
        self.shop.day(days)
        self.step()


def test_money_fits_whatever_happens(app, make_ctx, shop, money_only, migrated, monkeypatch) -> None:
    History.world = World(app, make_ctx, shop, Mortal(monkeypatch), lambda: empty_again(migrated))
    run_state_machine_as_test(History, settings=settings(
        settings.get_profile("house"), max_examples=8, stateful_step_count=30,
        suppress_health_check=list(HealthCheck),
    ))
    assert Organization.select().count() == 2
