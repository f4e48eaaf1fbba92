"""How a line of the ledger adds up: its formula, worked out again beside the amount that was booked."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from portal.core.money import share

_WHOLE = 10_000  # basis points


@dataclass(frozen=True, slots=True)
class Formula:
    """`base` × `rate` = `exact`, booked as `amount`; all in minor units, the rate in basis points.

    `rounding` is `none` where `exact` is whole, `half-up` where it was rounded by itself, and `running` where it is a
    part of an amount that was rounded as a whole: refunds in pieces claw back exactly what had been earned.
    """

    base: int
    rate: int
    exact: Fraction
    amount: int
    rounding: str


def formula(base: int, rate: int, amount: int) -> Formula:
    """Return the formula of a line that comes from an invoice or credit note."""
    exact = Fraction(base * rate, _WHOLE)
    if exact == amount:
        rounding = "none"
    else:
        rounding = "half-up" if share(base, rate, _WHOLE) == amount else "running"
    return Formula(base, rate, exact, amount, rounding)
