"""A quote as people read it before they confirm it: what changes and when, what is charged now, and what follows."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from portal.billing.policy.bills import Bill
from portal.billing.queries.quotes import Quote
from portal.core.words import N_
from portal.subscriptions.policy import Terms
from portal.web import formats
from portal.web.access import ctx
from portal.web.bills import AnyLine, ShownBill, shown_bill
from portal.web.i18n import current_language
from portal.web.listing import plan_names
from portal.web.store.terms import period_names

_LABELS = {
    "plan": N_("Plan"), "licenses": N_("Number of licenses"), "period": N_("Subscription period"),
    "unit_price": N_("Price per license"), "extra_storage_gb": N_("Extra storage"),
    "storage_price": N_("Price per extra GB"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One of the terms: what it is at present, from now on, and from the renewal on; empty where there is no such."""

    label: str
    present: str
    now: str
    later: str
    changed: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A quote in words. `bill` is charged now; `renewal` is what the next renewal costs.

    `first`: it is about a trial, and what follows is its first paid period.
    """

    quote: Quote
    rows: list[Row]
    bill: ShownBill
    renewal: ShownBill
    first: bool


def preview_of(quote: Quote, first: bool = False) -> Preview:
    """Return a quote in the reader's words."""
    name = ""
    if quote.tax_country:
        name = ctx().programme.billing.taxes[quote.tax_country].name.get(current_language())
    return Preview(quote, rows_of(quote.present, quote.steps.now, quote.steps.later, quote.currency),
                   _shown(quote.bill, name), _shown(quote.renewal, name), first)


def rows_of(present: Terms | None, now: Terms, later: Terms | None, currency: str) -> list[Row]:
    """Compare terms, line by line; what nobody has on either side is left out."""
    return [
        Row(gettext(label), _said(present, field, currency), _said(now, field, currency), _said(later, field, currency),
            any(terms is not None and getattr(terms, field) != getattr(present or now, field)
                for terms in (now, later)))
        for field, label in _LABELS.items()
        if field not in {"extra_storage_gb", "storage_price"}
        or any(terms and getattr(terms, field) for terms in (present, now, later))
    ]


def _said(terms: Terms | None, field: str, currency: str) -> str:
    if terms is None:
        return ""
    value, locale = getattr(terms, field), formats.locale_for(current_language(), ctx().actor.country)
    if field == "plan":
        return plan_names()[value]
    if field == "period":
        return period_names()[value]
    if field == "extra_storage_gb":
        return gettext("%(amount)s GB", amount=formats.number(value, locale))
    return formats.number(value, locale) if field == "licenses" else formats.money(value, currency, locale)


def _shown(bill: Bill, tax_name: str) -> ShownBill:
    names = plan_names()

    def name_of(line: AnyLine) -> str:
        return names[line.plan]

    return shown_bill(bill, bill.lines, name_of, tax_name)
