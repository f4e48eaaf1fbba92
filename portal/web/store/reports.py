"""Sales and commission of all customers by month, and what differs between sold, assigned and invoiced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import urlencode

from babel.numbers import format_decimal, get_currency_precision
from flask import abort, request, url_for
from flask_babel import gettext, pgettext
from werkzeug.wrappers import Response

from portal.billing.policy.spans import last_months
from portal.billing.queries.differences import differing
from portal.billing.queries.reports import Cell, CurrencyReport, Figures, Month, cells
from portal.billing.queries.reports import overview as by_month
from portal.billing.sheets import FORMATS
from portal.core.money import Money
from portal.core.permissions import P
from portal.core.words import N_
from portal.web import formats
from portal.web.access import ctx, shows
from portal.web.chart import Chart, bars
from portal.web.commission import locale, service_name
from portal.web.languages import write_whole
from portal.web.listing import around, plan_names
from portal.web.payments import card_names, file_response, period_from, words
from portal.web.render import page
from portal.web.store import pages

_MOST_MONTHS = 60
_LISTED = ("succeeded", "refunded")
_SHORT = 12  # months whose names need no year beside them
KINDS = {
    "over-assigned": N_("More users than licenses"),
    "not-invoiced": N_("Not invoiced for the present period"),
    "invoiced-more": N_("More licenses invoiced than sold"),
    "invoiced-less": N_("Fewer licenses invoiced than sold"),
}
_HEADINGS = (
    N_("Month"), N_("Currency"), N_("Service"), N_("Type of card"), N_("State"), N_("Payments"), N_("Without tax"),
    N_("Tax"), N_("With tax"), N_("Commission"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report, with the payments that its figures are made of; `stamp` is set where it is a month."""

    label: str
    figures: Figures
    sold_url: str
    refunded_url: str
    stamp: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The report of a currency: its chart, with the words of its axes, and its tables."""

    currency: str
    chart: Chart
    scale: Sequence[str]
    names: Sequence[str]
    months: Sequence[Row]
    services: Sequence[Row]
    card_kinds: Sequence[Row]
    total: Row


@pages.get("/reports")
@shows(P.REPORT_READ)
def overview() -> Response:
    since, until = _period()
    return page(
        "reports/overview.html", block="figures", since=since, until=until,
        reports=[_shown(report, since, until) for report in by_month(ctx(), since, until)],
        files={fmt: url_for("store.overview_file", format=fmt, since=since, until=until) for fmt in FORMATS},
    )


def _period() -> tuple[date, date]:
    """Return the period that is asked for, cut where it has more months than a page can show."""
    since, until = period_from(request.args)
    return max(since, last_months(until, _MOST_MONTHS)[0]), until


def _shown(report: CurrencyReport, since: date, until: date) -> Shown:
    here, cards = locale(), card_names()
    drawn = bars([[getattr(month.figures, name) for month in report.months] for name in ("net", "commission")])
    row = partial(_row, url_for("store.payments"), {"since": since, "until": until, "currency": report.currency})
    return Shown(
        report.currency, drawn, _scale(drawn, report.currency),
        [formats.short_month(month.since, here, len(report.months) > _SHORT) for month in report.months],
        [_month(row, month) for month in report.months],
        [row(service_name(code), figures, service=code) for code, figures in report.services],
        [row(cards[kind], figures, card=kind) for kind, figures in report.card_kinds],
        row(gettext("Whole period"), report.total),
    )


def _scale(drawn: Chart, currency: str) -> list[str]:
    digits = get_currency_precision(currency)
    return [format_decimal(Decimal(mark.value).scaleb(-digits), locale=locale()) for mark in drawn.scale]


def _month(row: Callable[..., Row], month: Month) -> Row:
    made = row(formats.month(month.since, locale()), month.figures, since=month.since, until=month.until)
    return replace(made, stamp=month.since.isoformat()[:7])


def _row(path: str, asked: Mapping[str, Any], label: str, figures: Figures, **narrower: Any) -> Row:
    urls = (f"{path}?{urlencode({**asked, **narrower, 'state': state})}" for state in _LISTED)
    return Row(label, figures, *urls)


@pages.get("/reports/overview.<format>")
@shows(P.REPORT_READ)
def overview_file(format: str) -> Response:
    if format not in FORMATS:
        abort(404)
    since, until = _period()
    write_whole()
    said = words(_HEADINGS, gettext("Sales and commission"))
    rows = (_cells(cell, said.states, said.card_kinds) for cell in sorted(cells(ctx(), since, until)))
    return file_response(format, said, rows, "sales", pgettext("file name", "sales-and-commission"))


def _cells(cell: Cell, states: Any, kinds: Any) -> list[object]:
    amounts = (cell.net, cell.amount - cell.net, cell.amount, cell.commission)
    return [cell.month, cell.currency, service_name(cell.service), kinds[cell.card_kind], states[cell.state],
            cell.number, *(Money(amount, cell.currency) for amount in amounts)]


@pages.get("/reports/reconciliation")
@shows(P.REPORT_READ)
def reconciliation() -> Response:
    found = differing(ctx().actor, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("store.reconciliation", after=cursor) if cursor else None

    return page(
        "reports/reconciliation.html", differences=found.rows, plans=plan_names(),
        kinds={code: gettext(text) for code, text in KINDS.items()},
        subscription_page=around("store.subscription", "subscription"),
        customer_page=around("store.customer", "customer"), previous_url=turn(found.previous),
        next_url=turn(found.next),
    )
