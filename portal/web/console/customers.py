"""*Manage customers*: the list of the organizations that a partner administers."""

from __future__ import annotations

from dataclasses import replace

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.delegation.queries import managed
from portal.subscriptions.queries import Asked
from portal.web.access import ctx, shows
from portal.web.console import pages
from portal.web.listing import Listing, around, asked_from, plan_names, query_string
from portal.web.render import page, see_other


@pages.get("/")
@shows(P.CONSOLE_OPEN)
def home() -> Response:
    return see_other(url_for("console.customers"))


@pages.get("/customers")
@shows(P.CONSOLE_OPEN)
def customers() -> Response:
    return customer_list(asked_from(request.args))


def customer_list(asked: Asked, status: int = 200) -> Response:
    """Answer with the list, or with its block `rows` for htmx."""
    return page(
        "console/customers.html", block="rows", status=status,
        listing=Listing(asked, managed(ctx(), asked), url_for("console.customers")),
        plans=plan_names(),
        add_url=url_for("console.add_customer") if ctx().actor.can(P.CUSTOMER_ADD) else None,
        export_url=url_for("console.export_customers") + query_string(replace(asked, after=None)),
        manage=around("organization.home", "organization"),
        verify=around("console.domain", "customer"),
        extend=around("console.extend_trial", "customer"),
    )
