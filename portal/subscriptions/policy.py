"""The rules of subscriptions: how long a trial lasts, and which subscription a customer list shows."""

from __future__ import annotations

from datetime import date, timedelta

from portal.core.errors import DomainError, Stale
from portal.core.words import N_
from portal.programme.schema import Programme, Trial

_LIVE = frozenset({"trial", "paid"})
_LAST = date.max


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


def tried_services(programme: Programme) -> frozenset[str]:
    """Return the services that a customer can try: those that the Partner Console is about."""
    return frozenset(plan.service for plan in programme.plans.values() if plan.trial)


def rank(service: str, state: str, renews_on: date | None, tried: frozenset[str]) -> tuple[bool, bool, date]:
    """Return the sort key by which the first of an organization's subscriptions is the one that lists show.

    The Console's services come first, then live subscriptions, then the earliest renewal.
    """
    return service not in tried, state not in _LIVE, renews_on or _LAST
