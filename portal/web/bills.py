"""A bill in words: what each line is for, the formula that it was worked out by, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from flask_babel import gettext, ngettext

from portal.billing.models import Invoice, InvoiceLine
from portal.billing.policy.bills import Bill, Line
from portal.core.words import N_
from portal.web import formats
from portal.web.formats import ReaderLocale
from portal.web.i18n import reader_locale

_WHOLE = 10_000  # basis points


AnyLine = Line | InvoiceLine
AnyBill = Bill | Invoice


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as people read it; `span` are its days, `rounding` says what was rounded, each may be empty."""

    label: str
    span: str
    formula: str
    rounding: str
    amount: str


@dataclass(frozen=True, slots=True)
class ShownBill:
    """A bill as people read it. `tax` is None where none is charged; `note` says why."""

    lines: list[Shown]
    net: str
    tax: Shown | None
    note: str
    total: str


_LABELS = {
    "plan": N_("%(plan)s"),
    "plan-part": N_("%(plan)s, rest of the period"),
    "plan-credit": N_("Credit for %(plan)s, rest of the period"),
    "storage": N_("Extra storage"),
    "storage-part": N_("Extra storage, rest of the period"),
    "storage-credit": N_("Credit for extra storage, rest of the period"),
    "margin": N_("Margin of the reseller"),
    "correction": N_("Correction"),
}
_NOTES = {
    "reverse-charge": N_("Reverse charge: the recipient owes the tax to its own authority."),
    "untaxed": N_("No tax is charged to a recipient in this country."),
}


def shown_bill(
    bill: AnyBill, lines: Iterable[AnyLine], name_of: Callable[[AnyLine], str], tax_name: str = "",
    locale: ReaderLocale | None = None,
) -> ShownBill:
    """Return a bill in the reader's words and formats; `name_of` names the plan of a line.

    Elsewhere than on a reader's own page (an invoice is in its recipient's language), give the `locale` and call it
    within `flask_babel.force_locale`.
    """
    locale = locale or reader_locale()
    return ShownBill(
        [shown_line(line, bill.currency, name_of(line), locale) for line in lines],
        formats.money(bill.net, bill.currency, locale), _tax(bill, tax_name, locale),
        gettext(_NOTES[bill.tax_note]) if bill.tax_note in _NOTES else "",
        formats.money(bill.total, bill.currency, locale),
    )


def shown_line(line: AnyLine, currency: str, name: str, locale: ReaderLocale) -> Shown:
    """Return one line in words; `name` is its plan's."""
    return Shown(
        gettext(_LABELS[line.kind], plan=name), _span(line, locale), _formula(line, currency, locale),
        _rounding(_exact(line), line.net, currency, locale), formats.money(line.net, currency, locale),
    )


def _tax(bill: AnyBill, name: str, locale: ReaderLocale) -> Shown | None:
    if not bill.tax_rate:
        return None
    net, rate = formats.money(bill.net, bill.currency, locale), formats.percent(bill.tax_rate, locale)
    return Shown(
        name or gettext("Tax"), "", gettext("%(amount)s × %(rate)s", amount=net, rate=rate),
        _rounding(Fraction(bill.net * bill.tax_rate, _WHOLE), bill.tax, bill.currency, locale),
        formats.money(bill.tax, bill.currency, locale),
    )


def _span(line: AnyLine, locale: ReaderLocale) -> str:
    if line.starts_on is None or line.ends_on is None:
        return ""
    last = line.ends_on - timedelta(days=1)
    return gettext("%(first)s to %(last)s", first=formats.day(line.starts_on, locale), last=formats.day(last, locale))


def _formula(line: AnyLine, currency: str, locale: ReaderLocale) -> str:
    price = formats.money(line.unit_price, currency, locale)
    if line.kind == "margin":
        return "− " + gettext("%(amount)s × %(rate)s", amount=price, rate=formats.percent(line.rate, locale))
    if line.kind == "correction":
        return ""
    values: dict[str, object] = {
        "quantity": formats.number(line.quantity, locale), "price": price, "days": line.days, "of_days": line.of_days,
    }
    return ("− " if line.kind.endswith("-credit") else "") + _product(line, values)


def _product(line: AnyLine, values: dict[str, object]) -> str:
    storage, count = line.kind.startswith("storage"), line.quantity
    if line.of_days is None:
        if storage:
            return gettext("%(quantity)s GB × %(price)s", **values)
        return str(ngettext("%(quantity)s license × %(price)s", "%(quantity)s licenses × %(price)s", count, **values))
    if storage:
        return gettext("%(quantity)s GB × %(price)s × %(days)s of %(of_days)s days", **values)
    return str(ngettext(
        "%(quantity)s license × %(price)s × %(days)s of %(of_days)s days",
        "%(quantity)s licenses × %(price)s × %(days)s of %(of_days)s days", count, **values,
    ))


def _exact(line: AnyLine) -> Fraction:
    """Return what a line comes to before it is rounded, in minor units."""
    if line.kind == "margin":
        return Fraction(-line.unit_price * line.rate, _WHOLE)
    if line.of_days is None:
        return Fraction(line.net)
    sign = -1 if line.kind.endswith("-credit") else 1
    return Fraction(sign * line.quantity * line.unit_price * (line.days or 0), line.of_days)


def _rounding(exact: Fraction, net: int, currency: str, locale: ReaderLocale) -> str:
    if exact == net:
        return ""
    return gettext("%(exact)s is rounded to %(amount)s.", exact=formats.exact_money(exact, currency, locale),
                   amount=formats.money(net, currency, locale))
