"""Received mail at the desk: what is held and why, one mail as safe text, and what staff do with it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response as Answer
from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.support.commands import held_mail as commands
from portal.support.queries.mails import STATES, Shown, find_mail, places_of, raw
from portal.support.queries.mails import mails as listed
from portal.support.words import HELD_REASONS, MAIL_STATES
from portal.web.access import ctx, does, shows
from portal.web.csv_file import attached
from portal.web.desk import pages
from portal.web.forms import Form, tidy, tidy_line
from portal.web.render import notify, page, see_other


class FileForm(Form):
    """The ticket that a mail is added to."""

    number = StringField(N_("Number of the ticket"), [DataRequired(), Length(max=20)], filters=[tidy_line],
                         render_kw={"inputmode": "numeric", "autocomplete": "off"})
    takes_part = BooleanField(
        N_("The sender takes part from now on"),
        description=N_("They get the answers and may write in this ticket by e-mail."),
    )
    seen = HiddenField()


class OpenForm(Form):
    """For whom a ticket is opened from a mail."""

    member = StringField(
        N_("E-mail address of the member"), [DataRequired(), Length(max=254)], filters=[tidy],
        description=N_("Somebody who works at a partner. They get the receipt and the answers."),
        render_kw={"autocomplete": "off"},
    )
    partner = SelectField(N_("Partner"), validate_choice=False, filters=[tidy])
    seen = HiddenField()


class SeenMailForm(Form):
    """A mail as the page showed it: the state that it was in."""

    seen = HiddenField()


@pages.get("/mail")
@shows(P.TICKET_WORK)
def received_mails() -> Response:
    asked = request.args.get("state", "")
    state = asked if asked in STATES else STATES[0]
    found = listed(ctx(), state, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("desk.received_mails", state=state, after=cursor) if cursor else None

    tabs = [{"label": gettext(MAIL_STATES[one]), "url": url_for("desk.received_mails", state=one),
             "current": one == state} for one in STATES]
    return page("desk/received_mails.html", rows=found.rows, state=state, tabs=tabs, reasons=HELD_REASONS,
                previous_url=turn(found.previous), next_url=turn(found.next))


@pages.get("/mail/<mail>")
@shows(P.TICKET_WORK)
def received_mail(mail: str) -> Response:
    return _page(mail)


@pages.get("/mail/<mail>/<any(ticket, new, discard, restore):mail_act>")
@shows(P.TICKET_WORK)
def mail_act(mail: str, mail_act: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.received_mail", mail=mail))


@pages.post("/mail/<mail>/ticket")
@does(commands.file_mail)
def file_mail(mail: str) -> Response:
    form = FileForm()
    if not form.validate():
        return _page(mail, 422, filing=form)
    try:
        ticket = commands.file_mail(ctx(), mail, form.number.data or "", bool(form.takes_part.data),
                                    form.seen.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(mail, 409, filing=form)
    notify("success", N_("The mail is added to ticket %(number)s."), number=ticket.number)
    return see_other(url_for("desk.ticket", ticket=ticket.public_id))


@pages.post("/mail/<mail>/new")
@does(commands.open_from_mail)
def open_from_mail(mail: str) -> Response:
    form = _open_form(OpenForm())
    if not form.validate():
        return _page(mail, 422, opening=form)
    try:
        ticket = commands.open_from_mail(ctx(), mail, form.member.data or "", form.partner.data or "",
                                         form.seen.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(mail, 409, opening=form)
    notify("success", N_("Ticket %(number)s is opened from the mail."), number=ticket.number)
    return see_other(url_for("desk.ticket", ticket=ticket.public_id))


@pages.post("/mail/<mail>/discard")
@does(commands.discard_mail)
def discard_mail(mail: str) -> Response:
    return _decided(mail, commands.discard_mail, N_("The mail is put aside. It is kept, and you can take this back."))


@pages.post("/mail/<mail>/restore")
@does(commands.restore_mail)
def restore_mail(mail: str) -> Response:
    return _decided(mail, commands.restore_mail, N_("The mail waits for support again."))


@pages.get("/mail/<mail>/raw")
@shows(P.TICKET_WORK)
def raw_mail(mail: str) -> Response:
    """Hand out a mail as a file. It is never shown: whatever is in it must not run in the portal's name."""
    answer = Answer(raw(ctx(), mail), mimetype="application/octet-stream")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return attached(answer, f"{mail}.eml")


def _decided(mail: str, decide: Callable[..., None], done: str) -> Response:
    form = SeenMailForm()
    if not form.validate():
        return _page(mail, 422, acting=form)
    try:
        decide(ctx(), mail, form.seen.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(mail, 409, acting=form)
    notify("success", done)
    return see_other(url_for("desk.received_mail", mail=mail))


def _open_form(form: OpenForm, partners: list[tuple[str, str]] | None = None) -> OpenForm:
    """Let somebody choose among the partners at which the person works."""
    found = partners if partners is not None else places_of(ctx(), (form.member.data or "").lower())
    form.partner.choices = [("", gettext("The only one")), *found]
    return form


def _page(
    mail: str, status: int = 200, filing: FileForm | None = None, opening: OpenForm | None = None,
    acting: SeenMailForm | None = None,
) -> Response:
    found = find_mail(ctx(), mail)
    filing = filing or _first_filing(found)
    opening = opening or _first_open(found)
    acting = acting or SeenMailForm(formdata=None)
    for form in (filing, opening, acting):
        form.seen.data = found.mail.state
    return page(
        "desk/received_mail.html", status=status, shown=found, mail=found.mail, filing=filing, opening=opening,
        acting=acting, states=MAIL_STATES, reasons=HELD_REASONS, open=found.mail.state in commands.OPEN,
    )


def _first_filing(found: Shown) -> FileForm:
    """Return the form that adds a mail to a ticket: to the one that it is signed for, if it is."""
    form = FileForm(formdata=None)
    form.number.data = found.mail.ticket.number if found.mail.ticket_id and found.mail.ticket else ""
    return form


def _first_open(found: Shown) -> OpenForm:
    """Return the form that opens a ticket for who sent the mail, as far as they are known."""
    form = _open_form(OpenForm(formdata=None), list(found.partners))
    form.member.data = found.mail.from_email if found.partners else ""
    return form
