"""What staff do with a ticket: each act is a form of its page, and leads back to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.words import N_
from portal.support.commands import answering, identity, merging, triage
from portal.support.commands.attachments import upload_as_staff
from portal.support.policy.tickets import Overtaken
from portal.support.queries.desk import check_there
from portal.web.access import ctx, does, takes_files
from portal.web.desk import pages
from portal.web.desk.tickets import ticket_page
from portal.web.desk.tickets_forms import FORMS, AnswerForm, NoteForm, instant_of
from portal.web.render import notify, see_other
from portal.web.support.files import FilesForm

Act = Callable[[Any], object]


@pages.post("/tickets/<ticket>/answer")
@does(answering.answer)
@takes_files
def answer_ticket(ticket: str) -> Response:
    check_there(ctx(), ticket)  # nobody leaves files at a ticket that is not there
    form = AnswerForm(prefix="answer")
    if request.form.get("fill"):  # nothing is sent: the text comes back with the prepared answer
        form.take(upload_as_staff)
        return ticket_page(ticket, answer=form)
    return _sent(ticket, "answer", form, N_("Your answer is on its way to the partner."), lambda form: answering.answer(
        ctx(), ticket, form.text.data, form.then.data, instant_of(form.promise.data), form.files, form.once,
        form.reason.data or "", form.read.data or ""))


@pages.post("/tickets/<ticket>/notes")
@does(answering.note)
@takes_files
def note_ticket(ticket: str) -> Response:
    check_there(ctx(), ticket)
    form = NoteForm(prefix="note")
    return _sent(ticket, "note", form, N_("The note is saved."), lambda form: answering.note(
        ctx(), ticket, form.text.data, form.files, form.once))


@pages.post("/tickets/<ticket>/calls")
@does(answering.log_call)
def log_call(ticket: str) -> Response:
    return _act(ticket, "call", N_("The call is logged."), lambda form: answering.log_call(
        ctx(), ticket, form.channel.data, form.text.data, form.once))


@pages.post("/tickets/<ticket>/determination")
@does(answering.determine)
def determine_ticket(ticket: str) -> Response:
    return _act(ticket, "determination", N_("The partner learns what the issue is."), lambda form: answering.determine(
        ctx(), ticket, form.text.data, form.once, form.read.data or ""))


@pages.post("/tickets/<ticket>/promise")
@does(answering.promise_update)
def promise_update(ticket: str) -> Response:
    return _act(ticket, "promise", N_("The partner knows by when to expect an update."), lambda form:
                answering.promise_update(ctx(), ticket, instant_of(form.promise.data)))  # type: ignore[arg-type]


@pages.post("/tickets/<ticket>/state")
@does(answering.set_state)
def set_ticket_state(ticket: str) -> Response:
    return _act(ticket, "state", N_("The state is changed."), lambda form: answering.set_state(
        ctx(), ticket, form.state.data, form.reason.data or "", form.seen.data))


@pages.post("/tickets/<ticket>/identity")
@does(identity.identify)
def identify_ticket(ticket: str) -> Response:
    return _act(ticket, "identity", N_("Saved. The ticket was classified anew if it had to be."), lambda form:
                identity.identify(ctx(), ticket, form.customer_email.data or "", form.service_org.data or "",
                                  form.service_user.data or "", form.service.data or "", form.seen.data))


@pages.post("/tickets/<ticket>/customer")
@does(identity.choose_customer)
def choose_customer(ticket: str) -> Response:
    return _act(ticket, "choice", N_("The customer is chosen, and the ticket is classified."), lambda form:
                identity.choose_customer(ctx(), ticket, form.customer.data, form.seen.data))


@pages.post("/tickets/<ticket>/severity")
@does(triage.set_severity)
def set_severity(ticket: str) -> Response:
    return _act(ticket, "severity", N_("The severity is set."), lambda form: triage.set_severity(
        ctx(), ticket, form.severity.data, form.reason.data, form.seen.data))


@pages.post("/tickets/<ticket>/assignee")
@does(triage.assign)
def assign_ticket(ticket: str) -> Response:
    return _act(ticket, "assignee", N_("Saved."), lambda form: triage.assign(
        ctx(), ticket, form.assignee.data or "", form.seen.data))


@pages.post("/tickets/<ticket>/merge")
@does(merging.merge)
def merge_ticket(ticket: str) -> Response:
    return _act(ticket, "merge", N_("The tickets are merged. Nobody was told by mail."), lambda form: merging.merge(
        ctx(), ticket, form.into.data, form.seen.data))


@pages.post("/tickets/<ticket>/links")
@does(merging.link)
def link_tickets(ticket: str) -> Response:
    return _act(ticket, "link", N_("The tickets are linked."), lambda form: merging.link(
        ctx(), ticket, form.other.data))


@pages.post("/tickets/<ticket>/links/remove")
@does(merging.unlink)
def unlink_tickets(ticket: str) -> Response:
    return _act(ticket, "link", N_("The tickets are no longer linked."), lambda form: merging.unlink(
        ctx(), ticket, form.other.data))


@pages.post("/tickets/<ticket>/spam")
@does(triage.mark_spam)
def mark_spam(ticket: str) -> Response:
    if request.form.get("undo"):
        return _act(ticket, "spam", N_("The ticket is open again."), lambda form: triage.unmark_spam(
            ctx(), ticket, form.seen.data))
    return _act(ticket, "spam", N_("The ticket is put away as spam. Nobody was told."), lambda form: triage.mark_spam(
        ctx(), ticket, form.seen.data))


def _act(ticket: str, name: str, done: str, command: Act) -> Response:
    return _sent(ticket, name, FORMS[name](prefix=name), done, command)


def _sent(ticket: str, name: str, form: Any, done: str, command: Act) -> Response:
    """Run a command with a form; whatever refuses it, the page shows the truth and keeps what was typed."""
    fine = form.validate()
    if isinstance(form, FilesForm):
        fine = form.take(upload_as_staff) and fine
    if not fine:
        return ticket_page(ticket, 422, **{name: form})
    try:
        command(form)
    except DomainError as error:
        return _refused(ticket, name, form, error)
    notify("success", done)
    return see_other(url_for("desk.ticket", ticket=ticket))


def _refused(ticket: str, name: str, form: Any, error: DomainError) -> Response:
    if error.field:
        form.refuse(error)
        return ticket_page(ticket, 422, **{name: form})
    notify("warning", error.message, **error.params)
    if isinstance(error, Overtaken):
        form.read.data = ""  # the page that comes now shows what is to be read
    return ticket_page(ticket, 409, **{name: form})
