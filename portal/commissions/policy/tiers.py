"""From when on a partner may have another tier."""

from __future__ import annotations

from collections.abc import Container
from datetime import date

from portal.core.errors import DomainError
from portal.core.words import N_


class TierBegun(DomainError):
    """On this day a tier has begun, and bills may have been written by it."""

    def __init__(self) -> None:
        super().__init__(N_("A tier has begun on the chosen day already. Choose a later day."), field="effective_from")


def check_tier(tier: str, tiers: Container[str], effective_from: date, today: date) -> None:
    """Raise `DomainError` on `tier` or `effective_from`: a day that is over has its invoices, and keeps its tier."""
    if tier not in tiers:
        raise DomainError(N_("Choose a tier of the programme."), field="tier")
    if effective_from < today:
        raise DomainError(N_("Choose today or a later day: what was earned before does not change."),
                          field="effective_from")
