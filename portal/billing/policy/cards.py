"""When a payment card can be charged, and when its holder is warned."""

from __future__ import annotations

import calendar
from datetime import date

from portal.core.errors import DomainError
from portal.core.words import N_


class NoCard(DomainError):
    """Nobody's card is there to pay with (S3.28)."""

    def __init__(self) -> None:
        super().__init__(N_("Add a payment card for this customer first."))


class CardExpired(DomainError):
    """The card that would pay is no longer valid."""

    def __init__(self) -> None:
        super().__init__(N_("The payment card of this customer has expired. Choose another one first."))


# As the gateways write them, and as people do; they are the same in every language.
_BRANDS = {
    "amex": "American Express", "diners": "Diners Club", "discover": "Discover", "jcb": "JCB",
    "mastercard": "Mastercard", "unionpay": "UnionPay", "visa": "Visa",
}


def called(brand: str, last4: str) -> str:
    """Return what a card is called: its brand and last four digits."""
    return f"{_BRANDS.get(brand, brand.title())} •••• {last4}"


def last_day(exp_year: int, exp_month: int) -> date:
    """Return the last day on which a card can be charged."""
    return date(exp_year, exp_month, calendar.monthrange(exp_year, exp_month)[1])


def require_usable(exp_year: int, exp_month: int, today: date) -> None:
    """Raise `CardExpired` when a card can no longer be charged."""
    if last_day(exp_year, exp_month) < today:
        raise CardExpired
