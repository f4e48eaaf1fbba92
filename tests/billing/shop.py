"""A counter at which tests buy, change and refund as people do: look at the price, then confirm it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from peewee import fn

from portal.adapters.cards import FakeGateway
from portal.billing.commands.orders import buy_service, change_subscription, convert_trial
from portal.billing.commands.refunds import approve_refund, ask_refund
from portal.billing.models import Charge, Invoice, Order, Refund
from portal.billing.queries.quotes import quote_change, quote_conversion, quote_purchase, wanted_terms
from portal.billing.verification import Verification
from portal.customers.models import Organization
from portal.subscriptions.models import Subscription
from tests.cast import Cast
from tests.doubles import FixedClock


@dataclass
class Shop:
    """Andina's Store, its customers and its gateway; `admin` acts."""

    cast: Cast
    gateway: FakeGateway
    clock: FixedClock
    work: Callable[[], int]

    @property
    def ctx(self) -> Any:
        return self.cast.admin.ctx

    def buy(self, customer: Organization, plan: str = "crm-standard", licenses: int = 10, period: str = "monthly",
            storage: int = 0) -> Order:
        organization = Organization.get_by_id(customer.id)
        quote = quote_purchase(self.ctx, organization, plan, licenses, period, storage)
        return buy_service(self.ctx, customer.public_id, plan, licenses, period, storage, quote.bill.total)

    def bought(self, customer: Organization, *args: Any, **more: Any) -> Subscription:
        """Buy, and let it be paid."""
        order = self.buy(customer, *args, **more)
        self.work()
        return Order.get_by_id(order.id).subscription  # type: ignore[no-any-return]

    def change(self, owned: Subscription, **wanted: Any) -> Order:
        """Order a change of some of a subscription's terms."""
        return self._order(change_subscription, quote_change, owned, wanted)

    def convert(self, owned: Subscription, **wanted: Any) -> Order:
        return self._order(convert_trial, quote_conversion, owned, wanted)

    def _order(self, command: Any, quote_of: Any, owned: Subscription, wanted: dict[str, Any]) -> Order:
        owned = Subscription.get_by_id(owned.id)
        organization = Organization.get_by_id(owned.organization_id)
        asked = {name: wanted.get(name, getattr(owned, name))
                 for name in ("plan", "licenses", "period", "extra_storage_gb")}
        terms = wanted_terms(self.ctx, organization, owned, **asked)
        total = quote_of(self.ctx, organization, owned, terms).bill.total
        return command(self.ctx, owned.public_id, **asked, seen=owned.version, total=total)  # type: ignore[no-any-return]

    def refund(self, invoice: Invoice, amount: int) -> Refund:
        """Ask for money back, and let a second member of the staff approve where one must."""
        fresh = Invoice.get_by_id(invoice.id)
        asked = ask_refund(self.cast.reviewer.ctx, fresh.public_id, amount, "Too much", fresh.credited)
        if isinstance(asked, Refund):
            return asked
        second = self.cast.person("second-finance@vendor.example", "en", staff="finance")
        return approve_refund(second.ctx, asked.public_id)

    def faults(self) -> list[str]:
        """Return what does not fit in all that was done."""
        return [str(fault) for fault in Verification(self.cast.make_ctx()).faults()]

    def day(self, count: int = 1) -> None:
        """Let days pass, the worker working on each on which money is due."""
        end = self.clock.now + timedelta(days=count)
        while (due := self._next_due()) and due < end.date():
            # At noon in UTC the day has begun almost everywhere.
            self.clock.now = datetime.combine(due, time(12), UTC)
            self.work()
        self.clock.now = end
        self.work()

    def _next_due(self) -> date | None:
        """Return the next day on which something renews or an unpaid invoice has its next step."""
        today = self.clock.now.date()
        renewal = Subscription.select(fn.MIN(Subscription.renews_on)).where(
            Subscription.state == "paid", Subscription.renews_on > today).scalar()
        step = Invoice.select(fn.MIN(Invoice.next_try_on)).where(
            Invoice.state == "open", Invoice.next_try_on > today).scalar()
        return min((day for day in (renewal, step) if day), default=None)


def fresh(row: Any) -> Any:
    """Return a row as it is now."""
    return type(row).get_by_id(row.id)


def charge_of(cause: Order | Invoice) -> Charge:
    """Return the newest charge of an order or invoice."""
    column = Charge.order if isinstance(cause, Order) else Charge.invoice
    return Charge.select().where(column == cause.id).order_by(Charge.id.desc()).get()  # type: ignore[no-any-return]


def invoices(owned: Subscription, kind: str = "invoice") -> list[Invoice]:
    """Return a subscription's invoices, the oldest first."""
    mine = (Invoice.subscription == owned.id) & (Invoice.kind == kind)
    return list(Invoice.select().where(mine).order_by(Invoice.id))
