"""What a partner would earn on a subscription in the coming year: every payment that is due, by its own day's rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from portal.billing.policy.bills import WHOLE, prorated
from portal.core.money import share
from portal.programme.commission import Rule, Settlement
from portal.programme.schema import Programme
from portal.subscriptions.policy import Steps, Terms, next_renewal, steps

RuleAt = Callable[[str, date], Rule]  # of a service, on a day


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription as it is: `later` is planned for its renewal, and `renews` tells whether it has one."""

    service: str
    currency: str
    terms: Terms
    later: Terms | None = None
    trial: bool = False
    renews: bool = True
    period_from: date | None = None
    renews_on: date | None = None
    anchor_day: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """Equal payments: `count` × (`base` × rate of the rule = `each`) = `earned`, from `first` to `last`."""

    count: int
    base: int
    rule: Rule
    each: int
    first: date
    last: date

    @property
    def earned(self) -> int:
        return self.count * self.each


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a subscription brings its partner in a year, and how: kept as a margin, accrued, or not at all."""

    settlement: Settlement | None
    parts: tuple[Part, ...] = ()

    @property
    def earned(self) -> int:
        return sum(part.earned for part in self.parts)


def outlook(
    programme: Programme, held: Held, settlement: Settlement | None, rule_at: RuleAt, today: date,
    wanted: Terms | None = None,
) -> Outlook:
    """Return what a subscription brings in the year from `today` on if it goes on, or is changed to `wanted` now.

    Without a `settlement` nobody pays, and nothing is earned. A trial brings nothing unless it is bought.
    """
    if settlement is None:
        return Outlook(None)
    until = next_renewal(today, "yearly", today.day)
    payments = _bought(held, wanted, today, until) if held.trial else _going_on(programme, held, wanted, today, until)
    return Outlook(settlement, tuple(_parts(payments, held.service, rule_at)))


def _bought(held: Held, wanted: Terms | None, today: date, until: date) -> list[tuple[date, int]]:
    return list(_periods(wanted, today, today.day, until)) if wanted else []


def _going_on(
    programme: Programme, held: Held, wanted: Terms | None, today: date, until: date
) -> list[tuple[date, int]]:
    at_once, following = 0, held.later or held.terms
    if wanted and held.period_from and held.renews_on:
        at_once, following = _changed(programme, held, wanted, today, held.period_from, held.renews_on)
    first = [(today, at_once)] if at_once else []
    if held.renews and held.renews_on:
        return [*first, *_periods(following, held.renews_on, held.anchor_day, until)]
    return first


def _changed(
    programme: Programme, held: Held, wanted: Terms, today: date, period_from: date, renews_on: date
) -> tuple[int, Terms]:
    """Return what a change within the period costs now, and the terms of the renewals: more at once, less later."""
    found = steps(programme, held.currency, held.terms, wanted)
    at_once = sum(line.net for line in prorated(held.terms, found.now, today, period_from, renews_on, renews_on))
    if at_once < 0:  # nothing is paid back in the middle of a period
        found, at_once = Steps(held.terms, wanted), 0
    return at_once, found.later or found.now


def _periods(terms: Terms, start: date, anchor_day: int, until: date) -> Iterator[tuple[date, int]]:
    """Yield day and price of each period that begins before `until`."""
    while start < until:
        yield start, terms.price
        start = next_renewal(start, terms.period, anchor_day)


def _parts(payments: Sequence[tuple[date, int]], service: str, rule_at: RuleAt) -> Iterator[Part]:
    ruled = [(on, base, rule_at(service, on)) for on, base in payments]
    for (base, rule), equal in groupby(ruled, key=lambda payment: payment[1:]):
        days = [on for on, _base, _rule in equal]
        yield Part(len(days), base, rule, share(base, rule.rate, WHOLE), days[0], days[-1])
