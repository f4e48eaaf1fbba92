"""Whether support has helped: a page by GET, which mails link to, and a vote by POST alone."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.support.commands.conversation import rate
from portal.support.policy.tickets import ENDED, RATINGS
from portal.support.queries.partner import find
from portal.web.access import ctx, does, shows
from portal.web.render import notify, page, see_other
from portal.web.support import pages
from portal.web.support.forms import RatingForm


@pages.get("/tickets/<ticket>/rating")
@shows(P.SUPPORT_READ)
def rate_ticket(ticket: str) -> Response:
    """Show the question; a link may suggest an answer (`?rating=good`), which nobody has given by that."""
    found = find(ctx(), ticket)
    suggested = request.args.get("rating", "")
    return _page(ticket, RatingForm(formdata=None, data={
        "rating": suggested if suggested in RATINGS else found.rating, "note": found.rating_note}))


@pages.post("/tickets/<ticket>/rating")
@does(rate)
def submit_rating(ticket: str) -> Response:
    form = RatingForm()
    if not form.validate():
        return _page(ticket, form, 422)
    try:
        rate(ctx(), ticket, form.rating.data or "", form.note.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(ticket, form, 409)
    notify("success", N_("Thank you. Your answer is saved."))
    return see_other(url_for("support.ticket", ticket=ticket))


def _page(ticket: str, form: RatingForm, status: int = 200) -> Response:
    found = find(ctx(), ticket)
    return page("support/rating.html", status=status, ticket=found, form=form,
                open=found.state in ENDED and ctx().actor.can(P.SUPPORT_WRITE))
