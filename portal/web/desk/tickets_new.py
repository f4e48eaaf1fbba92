"""Logging a call or a chat as a ticket (S4.1): first the partner, then who called and what it is about."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.core.errors import DomainError, NotFound
from portal.core.ids import digest, random_token
from portal.core.permissions import P
from portal.core.words import N_
from portal.support.commands.answering import log_call
from portal.support.commands.opening import Request
from portal.support.commands.opening import log_ticket as command
from portal.support.policy.tickets import BODY_MAX, SUBJECT_MAX
from portal.support.queries.callers import SEARCH_MAX, Callers, callers, matching
from portal.web.access import ctx, does, shows
from portal.web.desk import pages
from portal.web.desk.tickets_forms import CALLS, IdentityForm
from portal.web.forms import tidy, tidy_line
from portal.web.render import notify, page, see_other


class CallerForm(IdentityForm):
    """A call or a chat that is over: who called, what for, and what they were told."""

    key = HiddenField()
    partner = HiddenField()
    channel = RadioField(N_("How you talked"), [InputRequired()])
    caller = SelectField(N_("Who called or wrote"), [InputRequired()], choices=[], validate_choice=False)
    subject = StringField(N_("Subject"), [DataRequired(), Length(max=SUBJECT_MAX)], filters=[tidy_line])
    description = TextAreaField(N_("What the partner asked"), [DataRequired(), Length(max=BODY_MAX)], filters=[tidy],
                                render_kw={"rows": 5})
    said = TextAreaField(
        N_("What you answered"), [Optional(), Length(max=BODY_MAX)], filters=[tidy], render_kw={"rows": 4},
        description=N_("It acknowledges the ticket. Leave it empty if nothing was answered yet."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"data": {"key": random_token(), "seen": 0}, **more})
        self.channel.choices = [SelectChoice(code, gettext(words)) for code, words in CALLS.items()]

    @property
    def once(self) -> str:
        """Return what a second sending of the same words has in common with the first."""
        return digest(f"{self.key.data}\n{self.subject.data}\n{self.description.data}")

    def request(self) -> Request:
        """Return what the ticket says."""
        return Request(
            self.subject.data or "", self.description.data or "", self.service.data or "", self.service_org.data or "",
            self.service_user.data or "", self.customer_email.data or "",
        )


@pages.get("/tickets/new")
@shows(P.TICKET_WORK)
def new_ticket() -> Response:
    partner = request.args.get("partner", "")
    return _form(callers(ctx(), partner), CallerForm(formdata=None)) if partner else _search()


@pages.post("/tickets/new")
@does(command)
def log_ticket() -> Response:
    form = CallerForm()
    try:
        found = callers(ctx(), form.partner.data or "")
    except NotFound:
        return _search(422)
    if not form.validate():
        return _form(found, form, 422)
    try:
        made = command(ctx(), form.request(), form.channel.data, found.partner.public_id, form.caller.data, form.once)
        if form.said.data:
            log_call(ctx(), made.public_id, form.channel.data, form.said.data, form.once)
    except DomainError as error:
        form.refuse(error)
        return _form(found, form, 422 if error.field else 409)
    notify("success", N_("Ticket %(number)s is logged."), number=made.number)
    return see_other(url_for("desk.ticket", ticket=made.public_id))


def _search(status: int = 200) -> Response:
    search = " ".join(request.args.get("q", "").replace("\0", " ").split())[:SEARCH_MAX]
    return page("desk/ticket_partner.html", status=status, search=search,
                rows=matching(ctx(), search) if search else [])


def _form(found: Callers, form: CallerForm, status: int = 200) -> Response:
    form.partner.data, form.partner.raw_data = found.partner.public_id, None
    form.caller.choices = [("", gettext("Choose one")), *((one.email, f"{one.name} ({one.email})")
                                                          for one in found.members)]
    return page("desk/ticket_new.html", status=status, found=found, form=form)
