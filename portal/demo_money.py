"""What people of the demo decided about money on past days: commission collected, a refund, renewals that wait."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from portal.billing.commands.orders import change_subscription
from portal.billing.commands.payouts import ask_payout
from portal.billing.commands.refunds import ask_refund, settle_refund
from portal.billing.commands.standing import set_renewal
from portal.billing.models import Invoice, Refund
from portal.commissions.commands.accounts import change_bank
from portal.commissions.commands.payouts import approve_payout, record_payment
from portal.commissions.commands.tiers import set_tier
from portal.commissions.models import Balance, Payout
from portal.commissions.policy.accounts import Details
from portal.core.context import Actor, Ctx
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.subscriptions.models import Subscription

Ago = Callable[..., Ctx]
_DETAILS = Details("Andina Cloud, S.A. de C.V.", "Banco de Ejemplo", "032180000118359719", "", "MX")
_RENEWALS = ("ask", "end")


class Money:
    """Decisions of a partner and of the vendor's staff, by how many days ago they fell."""

    def __init__(self, ago: Ago, partner: Partner, owner: Actor, finance: tuple[Actor, Actor], password: str) -> None:
        self.ago, self.partner, self.owner, self.finance, self.password = ago, partner, owner, finance, password
        self.decisions: dict[int, Callable[[int], None]] = {
            100: self.promote, 60: self.open_account, 40: self.collect, 38: self.approve, 35: self.pay,
            15: self.give_back, 10: self.plan, 2: self.collect,
        }

    def on(self, day: int) -> None:
        """Let happen what was decided on that day."""
        if day in self.decisions:
            self.decisions[day](day)

    def promote(self, day: int) -> None:
        """Let the partner earn by the next tier."""
        tiers = list(self.partner_ctx(day).programme.commission.tiers)
        ctx = self.ago(day, self.finance[0])
        set_tier(ctx, self.partner.public_id, tiers[min(1, len(tiers) - 1)], ctx.today())

    def open_account(self, day: int) -> None:
        change_bank(self.partner_ctx(day), _DETAILS, self.password, "", "")

    def collect(self, day: int) -> None:
        """Ask for the largest balance that can be collected."""
        ctx = self.partner_ctx(day)
        minimum = ctx.programme.billing.payouts.minimum
        held = Balance.select().where(Balance.partner == self.partner).order_by(Balance.amount.desc())
        for balance in held:
            if balance.amount >= minimum.get(balance.currency, balance.amount + 1):
                ask_payout(ctx, balance.currency, balance.amount, balance.amount)
                return

    def approve(self, day: int) -> None:
        for payout in Payout.select().where(Payout.state == "requested"):
            approve_payout(self.ago(day, self.finance[0]), payout.public_id, payout.version)

    def pay(self, day: int) -> None:
        for payout in Payout.select().where(Payout.state == "approved"):
            record_payment(self.ago(day, self.finance[1]), payout.public_id, "TRF-2026-0417", payout.version)

    def give_back(self, day: int) -> None:
        """Let staff give a part of the last payment back."""
        mine = (Invoice.partner == self.partner) & (Invoice.state == "paid") & (Invoice.total > 1)
        paid = Invoice.select().where(mine, Invoice.kind == "invoice").order_by(Invoice.id.desc()).first()
        if paid is not None:
            part = min(paid.total // 4, self.ago(day).programme.billing.refunds.alone_up_to[paid.currency])
            ask_refund(self.ago(day, self.finance[0]), paid.public_id, part, "Two days without service", 0)
            refund = Refund.get(Refund.invoice == paid)
            settle_refund(self.ago(day), refund.key, f"demo-{refund.key}")

    def plan(self, day: int) -> None:
        """Leave some renewals to a decision, and let one customer have fewer licenses from its renewal on."""
        ctx = self.partner_ctx(day)
        soon = ctx.today() + timedelta(days=day + 30)
        coming = list(
            Subscription.select().join(Organization)
            .where(Organization.partner == self.partner, Subscription.state == "paid", Subscription.period == "yearly",
                   Subscription.licenses > 1)
            .order_by(Subscription.renews_on)
        )
        near = (row for row in coming[1:] if row.renews_on and row.renews_on <= soon)
        for owned, renewal in zip(near, _RENEWALS, strict=False):
            set_renewal(ctx, owned.public_id, renewal, owned.version)
        last = coming[-1]
        change_subscription(ctx, last.public_id, last.plan, last.licenses - 1, last.period, last.extra_storage_gb,
                            last.version, 0)

    def partner_ctx(self, day: int) -> Ctx:
        return self.ago(day, self.owner)
