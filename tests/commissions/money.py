"""What tests of commission stand on: lines in the ledger without invoices, and a bank account that can be used."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.accounts import passwords
from portal.accounts.models import Account
from portal.commissions.commands.ledger import Cause, book
from portal.commissions.models import Balance, BankAccount, Entry, MonthTotal
from portal.commissions.policy.kinds import PAYABLE
from portal.partners.models import Partner
from portal.storage import transaction

IBAN = "ES9121000418450200051332"
PASSWORD = "demo-portal"


def earn(ctx: Any, partner: Partner, amount: int, key: str, kind: str = "accrual", currency: str = "USD",
         base: int = 0, rule: Any = None) -> None:
    """Book a line as billing does."""
    with transaction():
        book(ctx, key, partner.id, kind, amount, currency, Cause(key, key.upper(), None, "Siam Trading", None, "mail"),
             base, rule)


def bank(ctx: Any, partner: Partner, number: str = IBAN, waits: int = -1) -> BankAccount:
    """Give a partner a bank account, usable since yesterday, or after `waits` days."""
    with transaction():
        BankAccount.update(replaced_at=ctx.now).where(
            BankAccount.partner == partner, BankAccount.replaced_at.is_null()).execute()
        return BankAccount.create(  # type: ignore[no-any-return]
            partner=partner, holder="Andina Cloud SA", bank_name="Banco Uno", number=number, country="ES",
            usable_from=ctx.now + timedelta(days=waits), created_by_name="Somebody", created_at=ctx.now,
        )


def password(person: Any) -> None:
    """Let somebody have the password of the demo."""
    with transaction():
        Account.update(password_hash=passwords.hashed(PASSWORD)).where(Account.id == person.account.id).execute()


def balance_of(partner: Partner, currency: str = "USD") -> int:
    """Return the balance that is kept, after comparing it and the months with the lines that they are made of."""
    lines = list(Entry.select().where(Entry.partner == partner, Entry.currency == currency))
    assert all(bool(line.payable) == (line.kind in PAYABLE) for line in lines)
    kept = Balance.get_or_none(Balance.partner == partner, Balance.currency == currency)
    amount = kept.amount if kept else 0
    assert amount == sum(line.amount for line in lines if line.payable)
    months: dict[Any, list[int]] = {}
    for line in lines:
        pair = months.setdefault((line.on.replace(day=1), line.kind), [0, 0])
        pair[0], pair[1] = pair[0] + 1, pair[1] + line.amount
    kept_months = MonthTotal.select().where(MonthTotal.partner == partner, MonthTotal.currency == currency)
    assert {(row.month, row.kind): [row.count, row.amount] for row in kept_months} == months
    return int(amount)
