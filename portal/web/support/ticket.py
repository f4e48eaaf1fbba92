"""The page of a ticket: its thread, its clocks, and what its partner can do with it; and its files."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import make_response, request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.support.policy.tickets import ENDED
from portal.support.queries.partner import Opened, Seen, opened
from portal.support.queries.partner import attachment as find_file
from portal.support.verdicts import service_name
from portal.support.words import CHANNELS, CLOCKS
from portal.web.access import ctx, shows
from portal.web.i18n import current_language
from portal.web.render import page, wants_fragment
from portal.web.support import pages
from portal.web.support.files import handed_out
from portal.web.support.forms import CustomerForm, ReplyForm
from portal.web.support.requests import words

# Verdicts that a partner can do something about: the customer is not known yet.
_UNCLEAR = ("not-identified", "not-found", "email-missing", "email-other", "ambiguous")


@pages.get("/tickets/<ticket>")
@shows(P.SUPPORT_READ)
def ticket(ticket: str) -> Response:
    return ticket_page(ticket)


@pages.get("/tickets/<ticket>/attachments/<attachment>")
@shows(P.SUPPORT_READ)
def attachment(ticket: str, attachment: str) -> Response:
    return handed_out(find_file(ctx(), ticket, attachment))


def ticket_page(
    ticket: str, status: int = 200, reply: ReplyForm | None = None, customer: CustomerForm | None = None
) -> Response:
    """Answer with the page of a ticket, or with what has changed of it for htmx; with nothing if nothing has."""
    found = opened(ctx(), ticket)
    mark = _mark(found)
    if wants_fragment() and request.args.get("mark") == mark:
        return make_response("", 204)
    seen, may, until = found.ticket, ctx().actor.can, _reopening(found.ticket)
    writes = may(P.SUPPORT_WRITE) and not seen.settled
    return page(
        "support/ticket.html", block="live", status=status, ticket=seen, thread=found.thread, found=found.clocks,
        due=found.due, into=found.into, **words(), channels=CHANNELS, clock_names=CLOCKS, reopens_until=until,
        service=service_name(ctx().programme, current_language(), seen.service) if seen.service else "",
        live_url=url_for("support.ticket", ticket=ticket, mark=mark), unclear=seen.verdict in _UNCLEAR,
        ended=seen.state in ENDED, writes=writes, limits=ctx().programme.support,
        reply=reply or ReplyForm(formdata=None), form=customer or _filled(seen),
        replies=writes and (seen.state not in ENDED or _still(until)), reopens=writes and _still(until),
        list_url=url_for("support.requests" if may(P.SUPPORT_OPEN) else "account.area"),
        requests_url=url_for("support.requests", customer=seen.customer_id)
        if seen.customer_id and may(P.SUPPORT_OPEN) else None,
    )


def _mark(found: Opened) -> str:
    """Return what changes when the page does: with each event, and when a clock passes its aim or its limit."""
    faces = "".join(face.state[0] for face in found.clocks.faces)
    return f"{found.ticket.version}{faces}"


def _reopening(ticket: Seen) -> datetime | None:
    """Return until when a ticket that has ended can be opened again."""
    days = timedelta(days=ctx().programme.support.reopen_days)
    return ticket.finished_at + days if ticket.finished_at else None


def _still(until: datetime | None) -> bool:
    return until is not None and ctx().now <= until


def _filled(ticket: Seen) -> CustomerForm:
    return CustomerForm(formdata=None, data={
        "seen": ticket.version, "customer_email": ticket.customer_email, "service_user": ticket.service_user,
        "service_org": ticket.service_org,
    })
