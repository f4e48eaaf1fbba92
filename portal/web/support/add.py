"""*Add ticket* in the help center (S4.28-30)."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.support.commands.opening import add_ticket as command
from portal.web.access import ctx, does, shows, takes_files
from portal.web.render import page
from portal.web.support import pages
from portal.web.support.ticket_form import TicketForm, new_form, submitted, unprioritized


@pages.get("/new")
@shows(P.SUPPORT_WRITE)
def add_ticket() -> Response:
    ctx().actor.require(P.SUPPORT_OPEN)
    return _page(new_form())


@pages.post("/new")
@does(command)
@takes_files
def submit_ticket() -> Response:
    ctx().actor.require(P.SUPPORT_OPEN)
    return submitted("help-center", _page)


def _page(form: TicketForm, status: int = 200) -> Response:
    return page("support/add_ticket.html", status=status, form=form, unprioritized=unprioritized(),
                submit_url=url_for("support.submit_ticket"), back_url=url_for("support.requests"),
                limits=ctx().programme.support, customer=request.args.get("customer"))
