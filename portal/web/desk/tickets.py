"""Tickets at the desk: the queue by what is due next, and one ticket with all of its history."""

from __future__ import annotations

import re
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.locales import LANGUAGES
from portal.core.permissions import P
from portal.support.policy.tickets import ENDED
from portal.support.queries.agents import colleagues
from portal.support.queries.desk import COUNTED, ME, NOBODY, STATES, Dossier, counts, dossier, find_file, queue
from portal.support.queries.desk import partner_name as name_of_partner
from portal.support.verdicts import service_name
from portal.support.words import CHANNELS, DESK_STATES
from portal.web.access import ctx, shows
from portal.web.desk import pages
from portal.web.desk.tickets_forms import AnswerForm, forms_of
from portal.web.desk.tickets_history import told
from portal.web.desk.tickets_listing import asked_from, listing
from portal.web.formats import locale_for
from portal.web.i18n import current_language
from portal.web.render import page, see_other
from portal.web.support.files import handed_out

# Verdicts that a person has to do something about: nobody knows the customer yet, or not by what decides.
UNCLEAR = ("not-identified", "not-found", "email-missing", "email-other", "ambiguous")
REFRESH = "20s"
_PLACEHOLDER = re.compile(r"\{(name|number|subject|vendor)\}")


@pages.get("/tickets")
@shows(P.TICKET_WORK)
def tickets() -> Response:
    asked = asked_from(request.args)
    found = listing(asked, queue(ctx(), asked))
    return page(
        "desk/tickets.html", block="live", listing=found, asked=asked, counts=counts(ctx()), most=COUNTED,
        states=DESK_STATES, all_states=STATES, severities=ctx().programme.severities,
        regions=ctx().programme.regions, languages_named={one.code: one.name for one in LANGUAGES.values()},
        staff=colleagues(ctx()), me=ME, nobody=NOBODY, refresh=REFRESH,
        partner_name=name_of_partner(asked.partner) if asked.partner else "",
        ticket_page=url_for("desk.ticket", ticket="-id-").split("-id-"),
    )


@pages.get("/tickets/<ticket>")
@shows(P.TICKET_WORK)
def ticket(ticket: str) -> Response:
    return ticket_page(ticket)


@pages.get("/tickets/<ticket>/attachments/<attachment>")
@shows(P.TICKET_WORK)
def ticket_file(ticket: str, attachment: str) -> Response:
    return handed_out(find_file(ctx(), ticket, attachment))


@pages.get("/tickets/<ticket>/answer")
@pages.get("/tickets/<ticket>/notes")
@pages.get("/tickets/<ticket>/calls")
@pages.get("/tickets/<ticket>/determination")
@pages.get("/tickets/<ticket>/promise")
@pages.get("/tickets/<ticket>/state")
@pages.get("/tickets/<ticket>/identity")
@pages.get("/tickets/<ticket>/customer")
@pages.get("/tickets/<ticket>/severity")
@pages.get("/tickets/<ticket>/assignee")
@pages.get("/tickets/<ticket>/merge")
@pages.get("/tickets/<ticket>/links")
@pages.get("/tickets/<ticket>/links/remove")
@pages.get("/tickets/<ticket>/spam")
@shows(P.TICKET_WORK)
def ticket_act(ticket: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.ticket", ticket=ticket))


def ticket_page(ticket: str, status: int = 200, **sent: Any) -> Response:
    """Answer with the page of a ticket; a form that was sent keeps what was typed."""
    found = dossier(ctx(), ticket)
    row, programme = found.ticket, ctx().programme
    forms = forms_of(found, sent)
    if status == 200 and "answer" in sent:
        fill(forms["answer"], found)
    return page(
        "desk/ticket.html", status=status, found=found, ticket=row, forms=forms,
        lines=[told(one) for one in found.lines],
        states=DESK_STATES, channels=CHANNELS, severities=programme.severities, limits=programme.support,
        ended=row.state in ENDED, unclear=row.verdict in UNCLEAR, refused=next(iter(sent), ""),
        offered=_offered(found), language_name=locale_for(current_language()).languages.get(row.language, row.language),
        service=service_name(programme, current_language(), row.service) if row.service else "",
        region=programme.regions.get(row.region), own=row.assignee_id == ctx().actor.account_id,
    )


def _offered(found: Dossier) -> str:
    """Return the address that may be filled in with one click: of the super administrator of a customer whose numbers
    the ticket names (S4.16).
    """
    customer = found.customer
    missing = found.ticket.verdict in ("email-missing", "email-other")
    return str(customer.admin_email) if customer is not None and missing else ""


def fill(form: AnswerForm, found: Dossier) -> None:
    """Put a prepared answer below what is written already, in the language of the ticket."""
    macro = ctx().programme.support.macros.get(form.macro.data or "")
    if macro is None:
        return
    row = found.ticket
    values = {"name": row.requester_name or row.requester_email, "number": row.number, "subject": row.subject,
              "vendor": ctx().programme.vendor.name}
    words = _PLACEHOLDER.sub(lambda match: values[match.group(1)], macro.body.get(row.language))
    form.text.data = f"{form.text.data}\n\n{words}" if form.text.data else words
