"""The customer list as a CSV file, in the conventions of the reader's spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from flask import Response, request, stream_with_context
from flask_babel import gettext, pgettext

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.core.words import N_, NP_
from portal.delegation.queries import every
from portal.programme.schema import Programme
from portal.subscriptions.queries import Customer
from portal.web.access import ctx, shows
from portal.web.console import pages
from portal.web.i18n import current_language
from portal.web.listing import asked_from

_SEPARATORS = {"es": ";", "fr": ";"}  # where the comma is the decimal mark
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_LINES = 200  # sent together
_HEADINGS = (
    N_("Domain name"), N_("Organization"), N_("Super administrator"), N_("Super administrator's e-mail address"),
    N_("Plan"), N_("Number of licenses"), N_("Subscription period"), N_("Renewal date"), N_("State"),
    N_("Domain verified"),
)
PERIODS = {"monthly": NP_("subscription period", "Monthly"), "yearly": NP_("subscription period", "Yearly")}
STATES = {
    "trial": NP_("subscription state", "Trial"),
    "paid": NP_("subscription state", "Paid"),
    "expired": NP_("subscription state", "Expired"),
    "suspended": NP_("subscription state", "Suspended"),
    "ended": NP_("subscription state", "Ended"),
}


@pages.get("/customers.csv")
@shows(P.CUSTOMER_EXPORT)
def export_customers() -> Response:
    language = current_language()
    lines = _lines(ctx(), every(ctx(), asked_from(request.args)), language)
    response = Response(stream_with_context(lines), mimetype="text/csv")
    name = gettext("customers") + f"-{ctx().today(ctx().actor.time_zone).isoformat()}.csv"
    response.headers["Content-Disposition"] = f"attachment; filename=\"customers.csv\"; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def safe(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _lines(context: Ctx, customers: Iterable[Customer], language: str) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=_SEPARATORS.get(language, ","))
    buffer.write("\ufeff")  # without it a spreadsheet reads UTF-8 as something else
    writer.writerow([gettext(heading) for heading in _HEADINGS])
    for number, customer in enumerate(customers, 1):
        writer.writerow([safe(cell) for cell in _cells(context.programme, customer, language)])
        if number % _LINES == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _cells(programme: Programme, customer: Customer, language: str) -> list[object]:
    plan = programme.plans.get(customer.plan or "")
    return [
        customer.domain, customer.name, customer.admin_name, customer.admin_email,
        plan.name.get(language) if plan else customer.plan or "",
        customer.licenses if customer.licenses is not None else "",
        pgettext(*PERIODS[customer.period]) if customer.period else "",
        customer.renews_on.isoformat() if customer.renews_on else "",
        pgettext(*STATES[customer.standing]),
        gettext("Yes") if customer.verified else gettext("No"),
    ]
