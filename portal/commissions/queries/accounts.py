"""Bank accounts, of which nobody sees more than the last four characters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.commissions.models import BankAccount
from portal.commissions.policy.accounts import masked
from portal.core.context import Actor


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account as pages show it; `number` is masked, `replaced_at` is None for the present one."""

    public_id: str
    holder: str
    bank_name: str
    number: str
    bic: str
    country: str
    usable_from: datetime
    created_by_name: str
    created_at: datetime
    replaced_at: datetime | None


def accounts_of(actor: Actor) -> list[Account]:
    """Return the bank accounts of the actor's partner, the present one first."""
    mine = BankAccount.select().where(BankAccount.partner == actor.partner_id)
    return [shown(row) for row in mine.order_by(BankAccount.id.desc())]


def present(partner_id: int | None) -> Account | None:
    """Return the bank account that a partner's commission goes to, or None."""
    row = BankAccount.get_or_none(BankAccount.partner == partner_id, BankAccount.replaced_at.is_null())
    return shown(row) if row else None


def shown(row: BankAccount) -> Account:
    """Return what may be shown of a row."""
    return Account(
        row.public_id, row.holder, row.bank_name, masked(row.number), row.bic, row.country, row.usable_from,
        row.created_by_name, row.created_at, row.replaced_at,
    )
