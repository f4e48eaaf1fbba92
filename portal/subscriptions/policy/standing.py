"""Which of an organization's subscriptions is the one that customer lists show."""

from __future__ import annotations

from datetime import date

from portal.programme.schema import Programme

_LIVE = frozenset({"trial", "paid"})
_LAST = date.max


def console_services(programme: Programme) -> frozenset[str]:
    """Return the services that the Partner Console is about."""
    return frozenset(plan.service for plan in programme.plans.values() if plan.console)


def rank(service: str, state: str, renews_on: date | None, console: frozenset[str]) -> tuple[bool, bool, date]:
    """Return the sort key by which the first of an organization's subscriptions is the one that lists show.

    The Console's services come first, then live subscriptions, then the earliest renewal.
    """
    return service not in console, state not in _LIVE, renews_on or _LAST
