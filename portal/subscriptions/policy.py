"""The rules of subscriptions: how long a trial lasts, what may be changed, and which one a customer list shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from portal.core.errors import DomainError, Stale
from portal.core.words import N_
from portal.programme.schema import Plan, Programme, Trial

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


MOST_LICENSES = 100_000
MOST_STORAGE_GB = 100_000


class TooFewLicenses(DomainError):
    """There are more users than licenses would be."""

    def __init__(self, users: int) -> None:
        super().__init__(
            N_("There are already %(users)s users: the number of licenses cannot be lower."), "licenses", users=users
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What an organization would like one of its subscriptions to be; one of the three, the others are None."""

    plan: str | None = None
    licenses: int | None = None  # in total
    storage_gb: int | None = None  # on top of the plan, in total


def offers(programme: Programme, service: str, plan: str, period: str, currency: str, trial: bool) -> list[Plan]:
    """Return the plans that a subscription could become: same service and period, and on trial only what has one."""
    sold = (
        offer for offer in programme.plans.values()
        if offer.service == service and offer.code != plan and (offer.trial or not trial)
        and period in offer.prices.get(currency, {})
    )
    return sorted(sold, key=lambda offer: offer.rank)


def kind_of(wish: Wish, present: str, programme: Programme) -> str:
    """Return what kind of change a wish is; one plan is above another by its rank. A plan of old times has none."""
    if wish.plan is None:
        return "storage" if wish.licenses is None else "licenses"
    old = programme.plans.get(present)
    return "downgrade" if old and programme.plans[wish.plan].rank < old.rank else "upgrade"


def check_licenses(wanted: int, present: int, users: int) -> None:
    """Raise `DomainError` on `licenses` unless this number may be asked for: every user keeps theirs."""
    if wanted == present:
        raise DomainError(N_("This is the number of licenses you have."), field="licenses")
    if not 1 <= wanted <= MOST_LICENSES:
        raise DomainError(N_("Use a number from %(least)s to %(most)s."), "licenses", least=1, most=MOST_LICENSES)
    if wanted < users:
        raise TooFewLicenses(users)


def check_storage(wanted: int, present: int) -> None:
    """Raise `DomainError` on `storage_gb` unless this much extra storage, in GB, may be asked for."""
    if wanted == present:
        raise DomainError(N_("This is the extra storage you have."), field="storage_gb")
    if not 0 <= wanted <= MOST_STORAGE_GB:
        raise DomainError(N_("Use a number from %(least)s to %(most)s."), "storage_gb", least=0, most=MOST_STORAGE_GB)
