"""What a subscription is at a price, and which parts of a change take effect now or at the next renewal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.programme.schema import Programme

PERIODS = ("monthly", "yearly")
RENEWALS = ("renew", "ask", "end")  # what happens on the renewal date
_LONGER = {period: length for length, period in enumerate(PERIODS)}


@dataclass(frozen=True, slots=True)
class Terms:
    """What an organization has and what it costs per period, in minor units without tax."""

    plan: str
    licenses: int
    period: str
    unit_price: int  # per license
    extra_storage_gb: int = 0
    storage_price: int = 0  # per GB

    @property
    def price(self) -> int:
        """The price of one whole period, in minor units without tax."""
        return self.licenses * self.unit_price + self.extra_storage_gb * self.storage_price


@dataclass(frozen=True, slots=True)
class Steps:
    """The two parts of a change: what it is from now on, and what from the next renewal on, where that differs."""

    now: Terms
    later: Terms | None


def unit_price(programme: Programme, plan: str, period: str, currency: str) -> int:
    """Return the programme's price per license and period in minor units.

    Raises `DomainError` on `plan` or `period` when it is not sold like that.
    """
    offer = programme.plans.get(plan)
    if offer is None:
        raise DomainError(N_("The programme does not offer this plan any more."), field="plan")
    prices: Mapping[Any, int] = offer.prices.get(currency, {})
    price = prices.get(period)
    if price is None:
        raise DomainError(N_("This plan is not sold for this period."), field="period")
    return price


def storage_price(programme: Programme, period: str, currency: str) -> int:
    """Return the programme's price per extra GB and period in minor units; `DomainError` when it is not sold so."""
    prices: Mapping[Any, int] = programme.billing.storage_prices.get(currency, {})
    price = prices.get(period)
    if price is None:
        raise DomainError(N_("Extra storage is not sold for this period."), field="extra_storage_gb")
    return price


def agreed(
    programme: Programme, currency: str, plan: str, licenses: int, period: str, extra_storage_gb: int = 0,
    present: Terms | None = None,
) -> Terms:
    """Return terms at the prices that count today: those that were agreed on stay for what does not change."""
    same_period = present is not None and present.period == period
    if present and same_period and present.plan == plan:
        unit = present.unit_price
    else:
        unit = unit_price(programme, plan, period, currency)
    if present and same_period and present.extra_storage_gb:
        storage = present.storage_price
    else:
        storage = storage_price(programme, period, currency) if extra_storage_gb else 0
    return Terms(plan, licenses, period, unit, extra_storage_gb, storage if extra_storage_gb else 0)


def steps(programme: Programme, currency: str, present: Terms, wanted: Terms) -> Steps:
    """Split a change (S0.17, G12): more takes effect now and is charged for, less at the next renewal.

    A plan of a higher rank, more licenses, more storage and the longer period are more. A higher plan that costs less
    per license than what was agreed on waits for the renewal too: nothing is paid back in the middle of a period.
    """
    period = wanted.period if _LONGER[wanted.period] > _LONGER[present.period] else present.period
    plan = wanted.plan if _is_upgrade(programme, currency, present, wanted.plan, period) else present.plan
    now = agreed(
        programme, currency, plan, max(present.licenses, wanted.licenses), period,
        max(present.extra_storage_gb, wanted.extra_storage_gb), present,
    )
    return Steps(now, None if now == wanted else wanted)


def _is_upgrade(programme: Programme, currency: str, present: Terms, plan: str, period: str) -> bool:
    if plan == present.plan:
        return False
    old, new = programme.plans.get(present.plan), programme.plans[plan]
    if old is not None and new.rank < old.rank:
        return False
    dearer = agreed(programme, currency, plan, 1, period, present=replace(present, extra_storage_gb=0))
    return period != present.period or dearer.unit_price >= present.unit_price
