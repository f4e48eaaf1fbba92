"""Collecting commission: how much, from when on, by whose hands, and which months a payout consists of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from portal.core.errors import DomainError
from portal.core.words import N_

STATES = ("requested", "approved", "paid", "rejected")
REFERENCE_MAX, REASON_MAX = 140, 1000


class BankMissing(DomainError):
    """Nobody has said where the money goes."""

    def __init__(self) -> None:
        super().__init__(N_("Add the bank account that your commission goes to first."))


class BankWaits(DomainError):
    """The bank account is so new that its owners may not have noticed yet."""

    def __init__(self) -> None:
        super().__init__(N_("Your bank account was changed a short time ago and cannot be used yet."))


class OwnPartner(DomainError):
    """Staff who work at a partner do not decide about its money."""

    def __init__(self) -> None:
        super().__init__(N_("You work at this partner. Somebody else has to decide about its payouts."))


class SameHands(DomainError):
    """Four eyes: whoever approved a payout does not pay it."""

    def __init__(self) -> None:
        super().__init__(N_("You approved this payout. Another member of staff has to record its payment."))


def code(number: int) -> str:
    """Return what people call a payout: the number of the partner's invoice that was made for it."""
    return f"COM-{number:06d}"


def require_usable(usable_from: datetime | None, now: datetime) -> None:
    """Raise `BankMissing` without a bank account, `BankWaits` before it can be used."""
    if usable_from is None:
        raise BankMissing
    if usable_from > now:
        raise BankWaits


def check_amount(amount: int, balance: int, minimum: int) -> None:
    """Raise `DomainError` on `amount` unless so much can be collected; minor units."""
    if balance < minimum or balance <= 0:
        raise DomainError(N_("The balance is still below the least amount that can be collected."), field="amount")
    if amount < max(minimum, 1):
        raise DomainError(N_("This is less than the least amount that can be collected."), field="amount")
    if amount > balance:
        raise DomainError(N_("This is more than your balance."), field="amount")


def made_of(earned: Sequence[tuple[date, int]], collected: int, amount: int) -> list[tuple[date, int]]:
    """Return the months that a payout consists of, with the part of each; the oldest is collected first.

    `earned` is what each month brought, clawed back or not, in order; `collected` what went out before. Together the
    parts are exactly `amount`, which is no more than what is left.
    """

    def within(total: int) -> int:
        return min(max(total, collected), collected + amount)

    parts, total = [], 0
    for month, more in earned:
        part = within(total + more) - within(total)
        total += more
        if part:
            parts.append((month, part))
    return parts
