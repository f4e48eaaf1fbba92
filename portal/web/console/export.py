"""The customer list as a CSV file, in the conventions of the reader's spreadsheet."""

from __future__ import annotations

from flask import Response, request
from flask_babel import gettext, pgettext

from portal.core.permissions import P
from portal.core.words import N_, NP_
from portal.delegation.queries import every
from portal.programme.schema import Programme
from portal.subscriptions.queries import Customer
from portal.web.access import ctx, shows
from portal.web.console import pages
from portal.web.csv_file import download
from portal.web.i18n import current_language
from portal.web.languages import write_whole
from portal.web.listing import asked_from

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
    write_whole()
    language, programme = current_language(), ctx().programme
    customers = every(ctx(), asked_from(request.args))
    return download(
        "customers.csv", [gettext(heading) for heading in _HEADINGS],
        (_cells(programme, customer, language) for customer in customers),
        gettext("customers") + f"-{ctx().today(ctx().actor.time_zone).isoformat()}.csv",
    )


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
