"""The commission part of the schema: tiers of partners and effective-dated rates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Literal

from portal.programme.checks import Filled, Ref, remedy
from portal.programme.entry import BasisPoints, BrokenRules, Code, Entry
from portal.programme.text import Text

Settlement = Literal["margin", "accrual"]


@dataclass(frozen=True, kw_only=True)
class Tier(Entry):
    """A standing of a partner that decides its commission."""

    code: str
    name: Text


@dataclass(frozen=True, kw_only=True)
class TierRates(Entry):
    """Rates in basis points of the net price: one for all services, and others for named ones."""

    default: BasisPoints
    services: Mapping[Annotated[str, Ref("services")], BasisPoints] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Schedule(Entry):
    """The rates of all tiers from a day on, until the next schedule begins."""

    effective_from: date
    rates: Mapping[Code, TierRates]


@dataclass(frozen=True, slots=True)
class Rule:
    """The rate in basis points that counts for somebody on a day, and by which tier and schedule it does."""

    rate: int
    tier: str
    effective_from: date | None


@dataclass(frozen=True, kw_only=True)
class Commission(Entry):
    """What partners earn (G11): `margin` is kept when the card is charged, `accrual` is owed on paid invoices."""

    example: bool = False
    reseller_card: Settlement
    customer_card: Settlement
    default_tier: Code
    tiers: Annotated[Mapping[Code, Tier], Filled()]
    schedules: Annotated[tuple[Schedule, ...], Filled()]

    def rule(self, tier: str, service: str, on: date) -> Rule:
        """The rule of a tier for a service on a day; a rate of 0 before the first schedule.

        Raises KeyError for an unknown tier.
        """
        begun = [schedule for schedule in self.schedules if schedule.effective_from <= on]
        if not begun:
            return Rule(0, tier, None)
        schedule = max(begun, key=lambda schedule: schedule.effective_from)
        rates = schedule.rates[tier]
        return Rule(rates.services.get(service, rates.default), tier, schedule.effective_from)

    def settlement(self, card_kind: str) -> Settlement:
        """Whether commission is kept at the charge or accrues, by whose card pays (S3.28-30)."""
        return self.reseller_card if card_kind == "reseller" else self.customer_card

    def broken_rules(self) -> BrokenRules:
        if self.default_tier not in self.tiers:
            yield "default_tier", f"{self.default_tier!r} is not in tiers: {remedy(self.default_tier, self.tiers)}"
        for place, schedule in enumerate(self.schedules):
            for tier in sorted(self.tiers.keys() - schedule.rates.keys()):
                yield f"schedules[{place}].rates", f"{tier} is missing: add it, because tiers has it"
            for tier in sorted(schedule.rates.keys() - self.tiers.keys()):
                yield f"schedules[{place}].rates", f"{tier!r} is not in tiers: {remedy(tier, self.tiers)}"
