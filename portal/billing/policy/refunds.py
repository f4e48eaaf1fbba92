"""What a refund takes back: its parts of net, tax and commission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from portal.billing.policy.bills import portion
from portal.core.errors import DomainError
from portal.core.words import N_


class AnyInvoice(Protocol):
    """What an invoice says about its sums."""

    total: int
    net: int
    commission: int
    commission_base: int
    credited: int


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of an amount that is credited, in minor units; all of one invoice together are exactly its own sums."""

    total: int
    net: int
    commission: int  # clawed back
    base: int  # of the commission

    @property
    def tax(self) -> int:
        return self.total - self.net


class SameHands(DomainError):
    """Four eyes: whoever asked for a refund does not approve it."""

    def __init__(self) -> None:
        super().__init__(N_("You asked for this refund. Another member of staff has to approve it."))


def needs_approval(amount: int, alone_up_to: int) -> bool:
    """Tell whether a refund needs a second member of the staff; both in minor units of one currency."""
    return amount > alone_up_to


def require_refundable(amount: int, left: int) -> None:
    """Raise `DomainError` on `amount` unless so much of a payment, of which `left` is left, can be given back."""
    if not 1 <= amount <= left:
        raise DomainError(N_("Give back no more than what is left of the payment."), field="amount")


def parts(invoice: AnyInvoice, amount: int) -> Parts:
    """Return what the next `amount` (tax included) of an invoice consists of, after what has been credited of it."""

    def of(whole: int) -> int:
        return portion(whole, amount, invoice.total, invoice.credited)

    return Parts(amount, of(invoice.net), of(invoice.commission), of(invoice.commission_base))
