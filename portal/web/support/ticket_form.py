"""The form of a new ticket: the same in the help center and in the general one, with the same result (S4.30, S4.34)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional

from portal.core.errors import DomainError
from portal.core.ids import digest, random_token
from portal.core.words import N_
from portal.programme.schema import Addon, Service
from portal.support.commands.opening import Request, add_ticket
from portal.support.models import Ticket
from portal.support.policy.tickets import BODY_MAX, ID_MAX, SUBJECT_MAX
from portal.support.queries.partner import Known, known
from portal.support.verdicts import service_name
from portal.web.access import ctx
from portal.web.forms import tidy
from portal.web.i18n import current_language
from portal.web.render import notify, see_other
from portal.web.support.files import FilesForm

_OTHER = "other"


class TicketForm(FilesForm):
    """What a ticket says. `key` names this opening of the form: sent twice by a double click, it is one ticket."""

    key = HiddenField()
    service = SelectField(N_("Service name"), [InputRequired()])
    service_org = StringField(
        N_("Service organization ID"), [Optional(), Length(max=ID_MAX)], filters=[tidy],
        render_kw={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"},
    )
    subject = StringField(N_("Subject"), [DataRequired(), Length(max=SUBJECT_MAX)], filters=[tidy])
    description = TextAreaField(
        N_("Description"), [DataRequired(), Length(max=BODY_MAX)], filters=[tidy], render_kw={"rows": 10},
        description=N_("What happens, since when, whom it concerns, and what you have tried."),
    )
    customer_email = EmailField(
        N_("Customer's primary e-mail address"), [Optional(), Length(max=254), Email(allow_smtputf8=True)],
        filters=[tidy], render_kw={"autocomplete": "off"},
    )

    def __init__(self, begun: Known | None = None) -> None:
        super().__init__(data={"key": random_token(), **_begun(begun)})
        self.service.choices = _choices(self.service.data or "")
        numbers = ctx().programme.vendor.identifiers
        if numbers:
            self.service_org.label.text = gettext(
                "Service organization ID (%(organization)s or %(group)s)", organization=numbers.organization,
                group=numbers.group)

    @property
    def once(self) -> str:
        """Return what a second sending of the same words has in common with the first."""
        return digest(f"{self.key.data}\n{self.subject.data}\n{self.description.data}")


def new_form() -> TicketForm:
    """Return the form with everything filled in that is known of the customer in the address (S4.30).

    Raises `NotFound` for a customer that the actor does not see.
    """
    customer = request.args.get("customer", "")
    return TicketForm(known(ctx(), customer) if customer else None)


def submitted(channel: str, shown: Callable[[TicketForm, int], Response]) -> Response:
    """Open the ticket that the form of this request asks for and lead to it; or show the form, which says why not."""
    form = TicketForm()
    made = _sent(form, channel)
    if isinstance(made, int):
        return shown(form, made)
    notify("success", N_("Request %(number)s has been sent."), number=made.number)
    return see_other(url_for("support.ticket", ticket=made.public_id))


def _sent(form: TicketForm, channel: str) -> Ticket | int:
    """Open the ticket that a form asks for, or return the status of the page that says why not."""
    fine = form.validate()
    if not form.take() or not fine:
        return 422
    service = "" if form.service.data == _OTHER else form.service.data
    asked = Request(
        form.subject.data or "", form.description.data or "", service, form.service_org.data or "",
        customer_email=form.customer_email.data or "", attachments=form.files,
    )
    try:
        return add_ticket(ctx(), asked, channel, form.once)
    except DomainError as error:
        form.refuse(error)
        return 422 if error.field else 409


def unprioritized() -> list[tuple[str, str]]:
    """Return the services and add-ons without priority support, each with what it is measured by (S4.6-12)."""
    language, programme = current_language(), ctx().programme
    found = []
    for code, service in programme.services.items():
        entries: list[tuple[str, Service | Addon]] = [
            (code, service), *((f"{code}/{addon}", entry) for addon, entry in service.addons.items())]
        found += [(service_name(programme, language, one), entry.measured_by.get(language))
                  for one, entry in entries if not entry.priority_support and entry.measured_by]
    return found


def _begun(begun: Known | None) -> dict[str, Any]:
    service = request.args.get("service", "")
    if begun is None:
        return {"service": service}
    return {"service": service or begun.service, "service_org": begun.service_org,
            "customer_email": begun.customer_email}


def _choices(chosen: str) -> dict[str, list[tuple[str, str]]]:
    """Return the catalog by category (S4.41), each service once, its add-ons below it, and another service."""
    language, programme = current_language(), ctx().programme
    shelves = defaultdict[str, list[tuple[str, str]]](list)
    for code, service in programme.services.items():
        shelves[service.categories[0]] += _entries(code, service)
    named = {category.name.get(language): shelves[code] for code, category in programme.categories.items()
             if shelves[code]}
    return {gettext("Not chosen yet"): [("", gettext("Choose a service"))], **named,
            gettext("Something else"): [(_OTHER, gettext("Another service"))]}


def _entries(code: str, service: Service) -> list[tuple[str, str]]:
    codes = [code, *(f"{code}/{addon}" for addon in service.addons)]
    return [(one, service_name(ctx().programme, current_language(), one)) for one in codes]
