"""Money: integer minor units with a currency, and the one rounding function."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents, satang) of one currency; sums across currencies are refused."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added")
        return Money(self.minor + other.minor, self.currency)

    def times(self, count: int) -> Money:
        """Return the amount for `count` units."""
        return Money(self.minor * count, self.currency)


def share(minor: int, numerator: int, denominator: int) -> int:
    """Return minor × numerator / denominator, rounded half away from zero; exact integers throughout."""
    product = minor * numerator
    quotient, rest = divmod(abs(product), denominator)
    quotient += 2 * rest >= denominator
    return quotient if product >= 0 else -quotient
