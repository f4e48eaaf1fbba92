"""How long a trial lasts: what it begins with, how it is extended, and when not."""

from __future__ import annotations

from datetime import date, timedelta

from portal.core.errors import DomainError, Stale
from portal.core.words import N_
from portal.programme.schema import Trial


class TrialLimitReached(DomainError):
    """All extensions are used up (S2.32)."""

    def __init__(self) -> None:
        super().__init__(N_("This trial has its longest length and cannot be extended again."))


class TrialEnded(DomainError):
    """The trial is over, and so is the time in which it could still be extended (G3)."""

    def __init__(self) -> None:
        super().__init__(N_("This trial has ended and can no longer be extended."))


def extended(days: int, seen: int, terms: Trial, today: date, ends_on: date) -> int:
    """Return the whole length in days of a trial after one more extension (S2.29-32, G2).

    `days` is its present length, `seen` the one that the person looked at, `ends_on` the first day without it, all
    in the organization's time zone. Raises `Stale` when it has changed since, else the `refusal`.
    """
    if seen != days:
        raise Stale
    if refused := refusal(days, terms, today, ends_on):
        raise refused
    return days + terms.extension_days


def refusal(days: int, terms: Trial, today: date, ends_on: date) -> DomainError | None:
    """Return why this trial cannot be extended now, or None when it can.

    Its end and the days of grace after it come first (G3), then the limit (S2.32). The new end counts from the old
    one, so that after a long grace it could lie in the past: such an extension is refused too.
    """
    if today >= ends_on + timedelta(days=min(terms.grace_days, terms.extension_days)):
        return TrialEnded()
    if not extensions_left(days, terms):
        return TrialLimitReached()
    return None


def extensions_left(days: int, terms: Trial) -> int:
    """Return how many more times a trial of this length may be extended."""
    return max(0, (terms.max_days - days) // terms.extension_days)


def days_left(ends_on: date, today: date) -> int:
    """Return how many days of a trial remain, today included."""
    return max(0, (ends_on - today).days)
