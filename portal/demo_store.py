"""What happened in the Store of the demo's partners: cards, purchases, renewals and what was not paid, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from portal.adapters.cards import Outcome
from portal.adapters.sandbox.models import SandboxCard, SandboxCharge
from portal.adapters.sandbox.numbers import SUCCEEDS
from portal.billing.commands.cards import use_card
from portal.billing.commands.charging import settle_charge
from portal.billing.commands.holding import held_organization
from portal.billing.commands.orders import buy_service, convert_trial
from portal.billing.commands.renewals import due_invoices, due_renewals, dun, renew
from portal.billing.models import BillTo, Card, Charge
from portal.billing.queries.quotes import quote_conversion, quote_purchase
from portal.core.context import Actor, Ctx
from portal.customers.models import Organization
from portal.demo_support import LARGE, SEATS
from portal.subscriptions.commands.suspensions import end
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import Terms, agreed

Ago = Callable[..., Ctx]
_MONTH = 30
_NO_MONEY = "insufficient_funds"
_UNPAID_FOR = 13  # days since the renewal that a suspended customer did not pay


@dataclass(frozen=True, slots=True)
class Purchase:
    """A customer's trial that its partner bought so many days ago; `story` says what became of it."""

    days: float
    organization: Organization
    number: int
    story: str
    actor: Actor

    @property
    def period(self) -> str:
        return "monthly" if self.story in {"monthly", "suspended", "ended"} else "yearly"

    @property
    def card_kind(self) -> str:
        return "reseller" if self.number % 3 == 1 and self.story != "suspended" else "customer"


def bought_ago(story: str, number: int) -> int:
    """Return how many days ago such a customer was bought, so that renewals are spread over the year."""
    if story == "suspended":
        return 2 * _MONTH + _UNPAID_FOR + 1
    if story == "ended":
        return 200
    if story == "monthly":
        return _MONTH * (3 + number % 6) + 5 * number % 27
    return 365 - (4 + 37 * number % 350) + (365 if number % 8 == 0 else 0)


class Store:
    """Lets money move on past days, as the sandbox gateway would have moved it."""

    def __init__(self, ago: Ago) -> None:
        self.ago = ago
        self.purchases: list[Purchase] = []

    def tell(self, decided: Callable[[int], None]) -> None:
        """Go through all days since the first purchase, in their order; `decided` does what people did on a day."""
        waiting = sorted(self.purchases, key=lambda purchase: -purchase.days)
        for day in range(int(waiting[0].days) + 1, -1, -1):
            while waiting and waiting[0].days >= day:
                self.buy(waiting.pop(0))
                self.settle(day)
            self.work(day)
            decided(day)

    def buy(self, purchase: Purchase) -> None:
        """Turn a trial into what the partner bought, with the card that pays for it."""
        ctx = self.ago(purchase.days, purchase.actor)
        organization = purchase.organization
        use_card(ctx, organization.public_id, self.card(ctx, purchase).public_id)
        organization = Organization.get_by_id(organization.id)
        owned = Subscription.get(Subscription.organization == organization)
        terms = self.terms(ctx, owned, purchase)
        total = quote_conversion(ctx, organization, owned, terms).bill.total
        convert_trial(ctx, owned.public_id, terms.plan, terms.licenses, terms.period, terms.extra_storage_gb,
                      owned.version, total)
        for plan in self.more(ctx, purchase):
            seats = SEATS if organization.domain in LARGE else 5
            quote = quote_purchase(ctx, organization, plan, seats, "monthly")
            buy_service(ctx, organization.public_id, plan, seats, "monthly", 0, quote.bill.total)

    def terms(self, ctx: Ctx, owned: Subscription, purchase: Purchase) -> Terms:
        sold: Any = ctx.programme.plans[owned.plan].prices[owned.currency]
        period = purchase.period if purchase.period in sold else next(iter(sold))
        return agreed(ctx.programme, owned.currency, owned.plan, owned.licenses, period)

    def more(self, ctx: Ctx, purchase: Purchase) -> Iterator[str]:
        """Some customers have services that the Console is not about; a large one has many seats of one."""
        programme = ctx.programme
        other = [code for code, plan in programme.plans.items() if plan.trial and not plan.console]
        if other and purchase.organization.domain in LARGE:
            yield next((code for code in other if programme.services[programme.plans[code].service].priority_support),
                       other[0])
        elif other and purchase.number % 4 == 0 and purchase.story == "yearly":
            yield other[purchase.number % len(other)]

    def card(self, ctx: Ctx, purchase: Purchase) -> Card:
        """Return the card that pays: the partner's one for all its customers, or the customer's own."""
        organization = purchase.organization
        ours = purchase.card_kind == "reseller"
        owner: dict[str, Any] = {"partner": organization.partner_id} if ours else {"organization": organization}
        token = f"demo-{organization.partner_id if ours else organization.public_id}"
        known: Card | None = Card.get_or_none(Card.token == token)
        if known:
            return known
        brand, last4 = ("mastercard", "4444") if ours else ("visa", "4242")
        year = ctx.now.year + 4
        behavior = _NO_MONEY if purchase.story == "suspended" else SUCCEEDS
        SandboxCard.create(token=token, customer=token, behavior=behavior, brand=brand, last4=last4, exp_month=12,
                           exp_year=year, created_at=ctx.now)
        return Card.create(  # type: ignore[no-any-return]
            **owner, gateway="sandbox", customer=token, token=token, brand=brand, last4=last4, exp_month=12,
            exp_year=year, created_at=ctx.now,
        )

    def end(self, purchase: Purchase) -> None:
        """Let a partner end what a customer no longer wants."""
        ctx = self.ago(20, purchase.actor)
        organization = held_organization(purchase.organization.id)
        for owned in Subscription.select().where(Subscription.organization == organization):
            end(ctx, owned, "partner")

    def work(self, day: float) -> None:
        """Do what the worker does every hour."""
        ctx = self.ago(day)
        renewed = [renew(ctx, subscription) for subscription in due_renewals(ctx)]
        unpaid = [dun(ctx, invoice) for invoice in due_invoices(ctx)]
        if renewed or unpaid:
            self.settle(day)

    def settle(self, day: float) -> None:
        """Take the money that was asked for; a card that was blocked is declined."""
        ctx = self.ago(day)
        blocked = {f"demo-{purchase.organization.public_id}" for purchase in self.purchases
                   if purchase.story == "suspended" and day <= _UNPAID_FOR + 3}
        for charge in list(Charge.select(Charge, Card).join(Card).where(Charge.state == "pending")):
            state = "declined" if charge.card.token in blocked else "succeeded"
            reference, code = f"demo-{charge.key}", _NO_MONEY if state == "declined" else ""
            SandboxCharge.create(
                reference=reference, key=charge.key, token=charge.card.token, amount=charge.amount,
                currency=charge.currency, state=state, code=code, created_at=ctx.now,
            )
            settle_charge(ctx, charge.key, Outcome(state, reference, code))  # type: ignore[arg-type]


def address(partner_id: int, name: str, street: str, postal_code: str, city: str, country: str, tax_id: str) -> None:
    """Say to whom a partner's invoices are made out."""
    BillTo.create(partner=partner_id, name=name, street=street, postal_code=postal_code, city=city, country=country,
                  tax_id=tax_id)
