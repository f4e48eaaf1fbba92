"""*Payment reports* (S0.29): the same report as in the Store, of the customers that the partner administers."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.web.access import ctx, shows
from portal.web.console import pages
from portal.web.payments import filter_from, payments_page


@pages.get("/payments")
@shows(P.CONSOLE_OPEN)
def payments() -> Response:
    ctx().actor.require(P.REPORT_READ)  # the Console's door alone does not open reports
    return payments_page(filter_from(request.args, administered=True), url_for("console.payments"))
