"""A whole year of the Store by an accelerated clock and the worker's jobs: at the end of every month all money fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.billing.commands.cards import use_card
from portal.billing.commands.payouts import ask_payout
from portal.billing.commands.standing import lift_suspension, set_renewal, suspend_subscription
from portal.billing.models import Charge, DayTotal, Invoice, InvoiceNumber, Order, Refund
from portal.commissions.commands.payouts import approve_payout, record_payment, reject_payout
from portal.commissions.commands.tiers import set_tier
from portal.commissions.models import Balance, BankAccount, Entry, Payout
from portal.commissions.queries.ledger import balances, statement_of
from portal.core.errors import DomainError, NotFound
from portal.core.money import share
from portal.jobs.models import Job
from portal.storage import transaction
from portal.subscriptions.commands.trials import try_service
from portal.subscriptions.models import Subscription
from tests.billing.shop import Shop, charge_of, fresh, invoices

BEGINS, ENDS = date(2026, 1, 31), date(2027, 2, 5)
Diary = dict[date, Callable[[], object]]


class Year:
    """Six customers, and what happens to them."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.cast = shop, shop.cast
        shop.clock.now = datetime.combine(BEGINS, time(12), UTC)
        self.acme = self.customer("Acme", "US", "UTC")
        self.siam = self.customer("Siam", "TH", "Asia/Bangkok")
        self.norte = self.customer("Norte", "MX", "America/Mexico_City", "reseller")
        self.kiwi = self.customer("Kiwi", "NZ", "Pacific/Auckland", "reseller")
        self.debtor = self.customer("Debtor", "US", "Pacific/Honolulu")
        self.lille = self.customer("Lille", "FR", "Europe/Paris")
        with transaction():
            BankAccount.create(partner=self.cast.andina, holder="Andina", bank_name="B", number="X12345",
                               country="MX", usable_from=shop.clock.now, created_at=shop.clock.now)
        self.second = self.cast.person("second@vendor.example", "en", staff="admin")
        self.partner_card = None
        self.begin()

    def customer(self, name: str, country: str, zone: str, kind: str = "customer"):
        made = self.cast.customer(name, f"{name.lower()}.example", standing="ended", country=country, language="en",
                                  time_zone=zone)
        self.cast.card(made, kind, token=name, exp_year=2040)
        return made

    def begin(self) -> None:
        buy = self.shop.bought
        self.crm = buy(self.acme, "crm-standard", 10, "monthly", 5)  # renews on the last day of every month
        self.mail = buy(self.siam, "workplace-standard", 25, "yearly")
        self.desk = buy(self.norte, "desk-professional", 6, "yearly", 20)
        self.kiwis = buy(self.kiwi, "bigin-express", 8, "monthly")
        self.owed = buy(self.debtor, "projects-premium", 30, "monthly")
        self.tried = try_service(self.shop.ctx, self.lille.public_id, "people-essential", 12, "monthly")

    def diary(self) -> Diary:
        shop, gateway = self.shop, self.shop.gateway
        return {
            date(2026, 2, 10): lambda: shop.convert(self.tried, licenses=15),
            date(2026, 3, 12): lambda: shop.change(self.crm, plan="crm-professional"),
            date(2026, 3, 20): lambda: shop.change(self.mail, licenses=31),
            date(2026, 4, 2): lambda: shop.refund(invoices(self.crm)[-1], 4321),
            date(2026, 4, 9): lambda: suspend_subscription(shop.ctx, self.kiwis.public_id, "They asked for it"),
            date(2026, 5, 18): lambda: shop.change(self.desk, licenses=5, plan="desk-standard"),
            date(2026, 6, 3): lambda: set_tier(self.cast.reviewer.ctx, self.cast.andina.public_id, "advanced",
                                               date(2026, 7, 1)),
            date(2026, 6, 13): lambda: lift_suspension(shop.ctx, self.kiwis.public_id),
            date(2026, 6, 29): lambda: gateway.decline.update(Acme="insufficient_funds"),
            date(2026, 7, 4): lambda: gateway.decline.clear(),
            date(2026, 7, 20): lambda: shop.change(self.lilles(), extra_storage_gb=40),
            date(2026, 8, 1): lambda: gateway.action.add("Lille"),
            date(2026, 8, 11): self.holder_confirms,
            date(2026, 8, 25): lambda: gateway.decline.update(Norte="do_not_honor", Debtor="stolen_card"),
            date(2026, 9, 2): lambda: shop.change(self.crm, licenses=4),
            date(2026, 9, 9): lambda: shop.change(self.kiwis, period="yearly"),
            date(2026, 9, 16): lambda: shop.refund(invoices(self.kiwis)[-1], invoices(self.kiwis)[-1].total),
            date(2026, 10, 7): lambda: shop.buy(self.norte, "crm-standard", 2, "monthly"),  # declined
            date(2026, 10, 8): self.own_card,
            date(2026, 10, 9): lambda: shop.buy(self.norte, "crm-standard", 2, "monthly"),
            date(2026, 11, 15): lambda: set_tier(self.cast.reviewer.ctx, self.cast.andina.public_id, "premium",
                                                 date(2026, 11, 15)),
            date(2026, 11, 16): lambda: setattr(gateway, "swallow", True),
            date(2026, 12, 3): lambda: setattr(gateway, "swallow", False),
            date(2026, 12, 20): lambda: set_renewal(shop.ctx, self.mail.public_id, "ask", fresh(self.mail).version),
        }

    def lilles(self) -> Subscription:
        return Subscription.get(Subscription.organization == self.lille.id, Subscription.service == "people")

    def holder_confirms(self) -> None:
        charge = charge_of(invoices(self.lilles())[-1])
        assert charge.state == "action"
        self.shop.gateway.confirm(charge.reference)
        self.shop.gateway.action.clear()

    def own_card(self) -> None:
        """The reseller's card is blocked: Norte pays by a card of its own from now on."""
        card = self.cast.card(self.norte, "customer", token="Norte's own", exp_year=2040)
        use_card(self.shop.ctx, self.norte.public_id, card.public_id)

    def month_ends(self, last: date) -> None:
        """Look at everything, and collect what can be collected: the second payout of the year is turned down."""
        assert self.shop.faults() == [], last
        for held in list(Balance.select()):
            try:
                payout = ask_payout(self.shop.ctx, held.currency, held.amount, held.amount)
            except DomainError:
                continue  # less than the least amount
            if Payout.select().count() == 2:
                reject_payout(self.cast.reviewer.ctx, payout.public_id, "The invoice is missing", 0)
            else:
                approve_payout(self.cast.reviewer.ctx, payout.public_id, 0)
                record_payment(self.second.ctx, payout.public_id, f"TR-{payout.number}", 1)

    def until(self, day: date) -> None:
        if days := (day - self.shop.clock.now.date()).days:
            self.shop.day(days)

    def run(self) -> None:
        plans = self.diary()
        months = [date(2026 + month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in range(2, 14)]
        for day in sorted({*plans, *months, ENDS}):
            self.until(day)
            if day in plans:
                plans[day]()
                self.shop.work()
            if day in months:
                self.month_ends(day)


@pytest.fixture
def year(shop, money_only) -> Year:
    made = Year(shop)
    made.run()
    return made


def test_a_year(year, shop) -> None:
    """One test, because a year takes its time: everything that must be so at its end."""
    assert shop.faults() == []
    nothing_is_left_undone()
    customers_have_what_they_should(year)
    the_ledger_tells_it_all(year)
    statements_chain(year)


def nothing_is_left_undone() -> None:
    assert not Job.select().where(Job.state == "failed").exists()
    assert not Charge.select().where(Charge.state.in_(["pending", "action"])).exists()
    assert not Order.select().where(Order.state == "pending").exists()
    assert not Invoice.select().where(Invoice.state == "open").exists()
    assert {row.state for row in Refund.select()} == {"succeeded"}


def customers_have_what_they_should(year: Year) -> None:
    acme, kiwis, owed, mail = map(fresh, (year.crm, year.kiwis, year.owed, year.mail))
    assert (acme.plan, acme.licenses, acme.state, acme.renews_on) == (
        "crm-professional", 4, "paid", date(2027, 2, 28))
    assert [invoice.issued_on.day for invoice in invoices(acme)] == [
        31, 28, 12, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31]
    assert (kiwis.period, kiwis.renews_on, kiwis.anchor_day) == ("yearly", date(2027, 9, 10), 10)  # there, a day ahead
    assert (owed.state, owed.ended_on, fresh(year.debtor).standing) == ("ended", date(2026, 9, 30), "ended")
    assert (mail.state, mail.ended_on) == ("ended", date(2027, 1, 31))  # nobody answered whether it should renew
    assert [invoice.card_kind for invoice in invoices(year.desk)] == ["reseller", "customer"]
    assert (fresh(year.desk).plan, fresh(year.desk).licenses) == ("desk-standard", 5)
    assert {row.state for row in Order.select()} == {"done", "declined"}
    assert {row.entity: row.last for row in InvoiceNumber.select()}.keys() == {"us", "th", "eu"}
    lille = invoices(year.lilles())
    assert {(invoice.tax_rate, invoice.currency) for invoice in lille} == {(2000, "EUR")}
    assert all(invoice.tax == share(invoice.net, 2000, 10_000) for invoice in lille)


def the_ledger_tells_it_all(year: Year) -> None:
    kinds = Counter(entry.kind for entry in Entry.select())
    assert kinds.keys() == {"accrual", "margin", "clawback", "margin-return", "payout", "payout-return"}
    tiers = {(entry.tier, entry.on < date(2026, 7, 1), entry.on < date(2026, 11, 15))
             for entry in Entry.select().where(Entry.kind.in_(["accrual", "margin"]))}
    assert tiers == {
        ("authorized", True, True), ("authorized", False, True),  # invoiced in June, declined, and paid in July
        ("advanced", False, True), ("premium", False, False),
    }
    taken = Counter[str]()
    for row in DayTotal.select().where(DayTotal.state == "succeeded"):
        taken[row.currency] += row.amount
    assert sum(taken.values()) == year.shop.gateway.taken


def statements_chain(year: Year) -> None:
    actor, now = year.cast.admin.actor, balances(year.cast.andina.id)
    assert now.keys() == {"USD", "EUR", "THB", "MXN"}
    for currency in now:
        closing = None
        for month in range(1, 14):
            try:
                statement = statement_of(actor, currency, date(2026 + month // 13, (month - 1) % 12 + 1, 1))
            except NotFound:  # nothing has been earned in this currency yet
                assert closing is None
                continue
            assert statement.opening == (closing or 0)
            lines = sum(line.amount for line in statement.lines.rows if line.payable)
            closing = statement.closing
            assert closing == statement.opening + lines
        february = statement_of(actor, currency, date(2027, 2, 1))
        assert february.opening == closing
        assert february.closing == now[currency]
