"""What is open between a customer and its partner, as dated facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that is open: its kind, until when or since when, and how much, in minor units."""

    kind: str
    day: date | None = None
    amount: int | None = None
    currency: str = ""


def obligations(organization_id: int) -> tuple[Obligation, ...]:
    """Return what is open between an organization and its partner of now."""
    return ()
