"""Tells whether what was ordered, charged, invoiced, given back and earned fits together: `flask portal check money`.

It recomputes everything from its causes, and finds nothing as long as nobody wrote to the tables by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from portal.billing.verification.documents import invoices
from portal.billing.verification.ledger import entries, payouts
from portal.billing.verification.payments import charges, orders
from portal.billing.verification.sums import numbers, partners
from portal.billing.verification.walking import Fault
from portal.core.context import Ctx
from portal.storage import snapshot

__all__ = ["Fault", "Verification"]

_CHECKS = (invoices, numbers, orders, charges, entries, payouts, partners)


@dataclass(slots=True)
class Verification:
    """One look at all money, in one state of the database and the memory of one batch; counts what it has seen."""

    ctx: Ctx
    seen: Counter[str] = field(default_factory=Counter, init=False)

    def faults(self) -> Iterator[Fault]:
        """Yield everything that does not fit."""
        with snapshot():
            for check in _CHECKS:
                yield from check(self.ctx, self.seen)
