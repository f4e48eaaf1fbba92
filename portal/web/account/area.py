"""*My area*: one's own requests, and sending one through the general help center (S4.31-34)."""

from __future__ import annotations

from dataclasses import replace

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.support.commands.opening import add_ticket
from portal.support.queries.partner import listed
from portal.web.access import ctx, does, shows, takes_files
from portal.web.account import pages
from portal.web.render import page
from portal.web.support.requests import Listing, asked_from, words
from portal.web.support.ticket_form import TicketForm, new_form, submitted, unprioritized


@pages.get("/account/area")
@shows(P.SUPPORT_READ)
def area() -> Response:
    asked = replace(asked_from(request.args), mine=True, customer="")
    listing = Listing(asked, listed(ctx(), asked), url_for("account.area"))
    return page("account/area.html", block="rows", listing=listing, **words())


@pages.get("/account/area/departments")
@shows(P.SUPPORT_WRITE)
def departments() -> Response:
    """Show the list of departments (S4.32)."""
    return page("account/departments.html", department=ctx().programme.support.department)


@pages.get("/account/area/departments/partner-support")
@shows(P.SUPPORT_WRITE)
def general_ticket() -> Response:
    return _page(new_form())


@pages.post("/account/area/departments/partner-support")
@does(add_ticket)
@takes_files
def submit_general_ticket() -> Response:
    return submitted("general", _page)


def _page(form: TicketForm, status: int = 200) -> Response:
    return page("account/general_ticket.html", status=status, form=form, unprioritized=unprioritized(),
                submit_url=url_for("account.submit_general_ticket"), back_url=url_for("account.departments"),
                limits=ctx().programme.support, department=ctx().programme.support.department)
