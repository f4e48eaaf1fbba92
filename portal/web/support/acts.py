"""What a partner does with its ticket: answers, completes it, closes it, opens it again."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.support.commands import conversation
from portal.support.commands.identity import complete
from portal.support.queries.partner import find
from portal.web.access import ctx, does, shows, takes_files
from portal.web.forms import SeenForm
from portal.web.render import notify, see_other
from portal.web.support import pages
from portal.web.support.forms import CustomerForm, ReplyForm
from portal.web.support.ticket import ticket_page


@pages.get("/tickets/<ticket>/replies")
@pages.get("/tickets/<ticket>/close")
@pages.get("/tickets/<ticket>/reopen")
@pages.get("/tickets/<ticket>/customer")
@shows(P.SUPPORT_READ)
def ticket_act(ticket: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(_address(ticket))


@pages.post("/tickets/<ticket>/replies")
@does(conversation.reply)
@takes_files
def reply(ticket: str) -> Response:
    find(ctx(), ticket)  # nobody leaves files at a ticket that is not there
    form = ReplyForm()
    fine = form.validate()
    if not form.take() or not fine:
        return ticket_page(ticket, 422, reply=form)
    try:
        conversation.reply(ctx(), ticket, form.text.data or "", form.files, form.once)
    except DomainError as error:
        form.refuse(error)
        return ticket_page(ticket, 409, reply=form)
    notify("success", N_("Your answer has been sent."))
    return see_other(_address(ticket))


@pages.post("/tickets/<ticket>/customer")
@does(complete)
def complete_ticket(ticket: str) -> Response:
    form = CustomerForm()
    if not form.validate():
        return ticket_page(ticket, 422, customer=form)
    try:
        complete(ctx(), ticket, form.customer_email.data or "", form.service_org.data or "",
                 form.service_user.data or "", form.seen.data)
    except DomainError as error:
        form.refuse(error)
        form.show(find(ctx(), ticket).version)
        return ticket_page(ticket, 422 if error.field else 409, customer=form)
    notify("success", N_("The details of the customer are saved."))
    return see_other(_address(ticket))


@pages.post("/tickets/<ticket>/close")
@does(conversation.close)
def close_ticket(ticket: str) -> Response:
    return _act(ticket, conversation.close, N_("The request is closed."))


@pages.post("/tickets/<ticket>/reopen")
@does(conversation.reopen)
def reopen_ticket(ticket: str) -> Response:
    return _act(ticket, conversation.reopen, N_("The request is open again."))


def _act(ticket: str, command: Callable[..., None], words: str) -> Response:
    """Do something to a ticket as the page showed it, and say so; or say why not, beside how it is now."""
    form = SeenForm()
    try:
        command(ctx(), ticket, form.seen.data if form.validate() else -1)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return ticket_page(ticket, 409)
    notify("success", words)
    return see_other(_address(ticket))


def _address(ticket: str) -> str:
    return url_for("support.ticket", ticket=ticket)
