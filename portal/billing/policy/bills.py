"""What is charged, line by line: every line can show its formula, and every sum is one rounding of exact integers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Protocol

from portal.billing.policy.taxes import TaxRule
from portal.core.money import share
from portal.programme.commission import Rule, Settlement
from portal.subscriptions.policy import Terms, remaining

WHOLE = 10_000  # basis points
_DAYS = ("starts_on", "ends_on", "commission_from")


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `net` = quantity × unit price, × days / of_days where it is a part; a margin is − base × rate.

    A credit is negative. `ends_on` is the first day after.
    """

    kind: str
    net: int
    plan: str = ""
    quantity: int = 1
    unit_price: int = 0
    days: int | None = None
    of_days: int | None = None
    rate: int = 0
    starts_on: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """Lines and what they come to, in minor units; total = net + tax.

    `commission` is what the partner earns on `commission_base`: with a line `margin` it is taken off here, otherwise it
    accrues when the bill is paid.
    """

    currency: str
    lines: tuple[Line, ...]
    net: int
    tax: int
    tax_rate: int = 0
    tax_note: str = ""
    commission_base: int = 0
    commission: int = 0
    commission_rate: int = 0
    commission_tier: str = ""
    commission_from: date | None = None

    @property
    def total(self) -> int:
        return self.net + self.tax

    def as_json(self) -> dict[str, Any]:
        """Return the bill as JSON values, for the row of an order."""
        return _with_days(asdict(self), str)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Bill:
        """Return the bill that `as_json` made."""
        read = _with_days(values, date.fromisoformat)
        return cls(**{**read, "lines": tuple(Line(**_with_days(line, date.fromisoformat)) for line in read["lines"])})


def _with_days(values: Mapping[str, Any], convert: Any) -> dict[str, Any]:
    kept = {name: convert(value) if name in _DAYS and value is not None else value for name, value in values.items()}
    if convert is str and "lines" in kept:
        kept["lines"] = [_with_days(line, str) for line in kept["lines"]]
    return kept


def whole_period(terms: Terms, starts_on: date, ends_on: date) -> list[Line]:
    """Return the lines of one whole period: a purchase or a renewal."""

    def line(kind: str, quantity: int, price: int) -> Line:
        return Line(kind, quantity * price, terms.plan, quantity, price, starts_on=starts_on, ends_on=ends_on)

    storage = [line("storage", terms.extra_storage_gb, terms.storage_price)] if terms.extra_storage_gb else []
    return [line("plan", terms.licenses, terms.unit_price), *storage]


def prorated(present: Terms, now: Terms, today: date, starts_on: date, ends_on: date, renews_on: date) -> list[Line]:
    """Return the lines of a change within the period [starts_on, ends_on), from today on.

    `renews_on` is when the period ends afterwards: `ends_on`, or a whole new period from today where the period
    changes. A part is days left / days of the period; the old plan is credited where the plan changes, and only what is
    added is charged where it does not.
    """
    left, whole = remaining(today, starts_on, ends_on)

    def part(kind: str, quantity: int, price: int, plan: str, sign: int = 1) -> Line:
        net = sign * share(quantity * price, left, whole)
        return Line(kind, net, plan, quantity, price, left, whole, starts_on=today, ends_on=ends_on)

    if now.period != present.period:
        credits = [part("plan-credit", present.licenses, present.unit_price, present.plan, -1)]
        if present.extra_storage_gb:
            credits.append(part("storage-credit", present.extra_storage_gb, present.storage_price, present.plan, -1))
        return credits + whole_period(now, today, renews_on)
    lines = []
    if (now.plan, now.unit_price) != (present.plan, present.unit_price):
        lines += [
            part("plan-credit", present.licenses, present.unit_price, present.plan, -1),
            part("plan-part", now.licenses, now.unit_price, now.plan),
        ]
    elif now.licenses > present.licenses:
        lines.append(part("plan-part", now.licenses - present.licenses, now.unit_price, now.plan))
    if now.extra_storage_gb > present.extra_storage_gb:
        added = now.extra_storage_gb - present.extra_storage_gb
        lines.append(part("storage-part", added, now.storage_price, now.plan))
    return lines


def bill(lines: Sequence[Line], currency: str, settlement: Settlement | None, rule: Rule, tax: TaxRule) -> Bill:
    """Return the bill of these lines: commission by its rule, as a margin or to accrue, then tax on what remains.

    Without a `settlement` nobody earns anything on it (nothing is charged). A sum below zero counts as zero.
    """
    base = max(0, sum(line.net for line in lines))
    commission = share(base, rule.rate, WHOLE) if settlement else 0
    all_lines = tuple(lines)
    if settlement == "margin" and commission:
        all_lines += (Line("margin", -commission, unit_price=base, rate=rule.rate),)
    net = base - commission if settlement == "margin" else base
    return Bill(
        currency, all_lines, net, share(net, tax.rate, WHOLE), tax.rate, tax.note, base, commission,
        rule.rate if settlement else 0, rule.tier if settlement else "", rule.effective_from if settlement else None,
    )


class AnyLine(Protocol):
    """A line of a bill, or of the invoice that was made from it."""

    @property
    def kind(self) -> str: ...
    @property
    def quantity(self) -> int: ...
    @property
    def unit_price(self) -> int: ...
    @property
    def days(self) -> int | None: ...
    @property
    def of_days(self) -> int | None: ...
    @property
    def rate(self) -> int: ...


def worked_out(line: AnyLine) -> int:
    """Return what a line comes to by its own formula."""
    if line.kind == "margin":
        return -share(line.unit_price, line.rate, WHOLE)
    sign = -1 if line.kind.endswith("-credit") else 1
    if line.days is None:
        return sign * line.quantity * line.unit_price
    return sign * share(line.quantity * line.unit_price, line.days, line.of_days or 1)


def portion(amount: int, part: int, whole: int, before: int = 0) -> int:
    """Return which part of `amount` belongs to `part` of `whole` after `before` of it has had its own.

    Rounded on the running sum, so that all parts of a whole together are exactly `amount`: refunds in pieces return
    net, tax and commission to the last cent.
    """
    return share(amount, before + part, whole) - share(amount, before, whole)


