"""What an organization may ask its partner to change in a subscription."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.programme.schema import Plan, Programme

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


def check_numbers(licenses: int, extra_storage_gb: int) -> None:
    """Raise `DomainError` beside its field unless these numbers can be sold."""
    if not 1 <= licenses <= MOST_LICENSES:
        raise DomainError(N_("Use a number from %(least)s to %(most)s."), "licenses", least=1, most=MOST_LICENSES)
    if not 0 <= extra_storage_gb <= MOST_STORAGE_GB:
        raise DomainError(N_("Use a number from %(least)s to %(most)s."), "extra_storage_gb", least=0,
                          most=MOST_STORAGE_GB)
