"""Books lines to the ledger: the one place that writes them, with the balance and the months that they make."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from peewee import EXCLUDED

from portal.commissions.models import Balance, Entry, MonthTotal
from portal.commissions.policy.kinds import PAYABLE
from portal.core.context import Ctx
from portal.programme.commission import Rule
from portal.storage import locked


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a line is booked: the document it comes from, and whom and what it is about."""

    public_id: str
    number: str
    organization_id: int | None = None
    organization_name: str = ""
    subscription_id: int | None = None
    service: str = ""


def book(
    ctx: Ctx, key: str, partner_id: int, kind: str, amount: int, currency: str, cause: Cause, base: int = 0,
    rule: Rule | None = None, on: date | None = None,
) -> None:
    """Add a line in the caller's transaction; the same `key` twice is one line.

    `amount` is signed, in minor units; `base` the net amount that `rule` was applied to.
    """
    payable, on = kind in PAYABLE, on or ctx.today()
    written = Entry.insert(
        key=key, partner=partner_id, kind=kind, payable=int(payable), amount=amount, currency=currency,
        on=on, at=ctx.now, organization_id=cause.organization_id,
        organization_name=cause.organization_name, subscription_id=cause.subscription_id, service=cause.service,
        base=base, rate=rule.rate if rule else 0, tier=rule.tier if rule else "",
        rule_from=rule.effective_from if rule else None, cause=cause.public_id, cause_number=cause.number,
    ).on_conflict_ignore().returning(Entry.id).execute()
    if not list(written):
        return
    _count(partner_id, currency, on.replace(day=1), kind, amount)
    if payable:
        held = balance(partner_id, currency)
        Balance.update(amount=Balance.amount + amount).where(Balance.id == held.id).execute()


def _count(partner_id: int, currency: str, month: date, kind: str, amount: int) -> None:
    MonthTotal.insert(
        partner=partner_id, currency=currency, month=month, kind=kind, count=1, amount=amount
    ).on_conflict(
        conflict_target=[MonthTotal.partner, MonthTotal.currency, MonthTotal.month, MonthTotal.kind],
        update={MonthTotal.count: MonthTotal.count + 1, MonthTotal.amount: MonthTotal.amount + EXCLUDED.amount},
    ).execute()


def balance(partner_id: int, currency: str) -> Balance:
    """Return what a partner could collect in a currency, held until the transaction ends."""
    Balance.insert(partner=partner_id, currency=currency).on_conflict_ignore().execute()
    mine = (Balance.partner == partner_id) & (Balance.currency == currency)
    return locked(Balance.select().where(mine)).get()  # type: ignore[no-any-return]
