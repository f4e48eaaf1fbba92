"""Forms about a ticket, each with a prefix of its own: they stand on one page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext
from wtforms import DateTimeLocalField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.core.ids import digest, random_token
from portal.core.words import N_
from portal.support.policy.tickets import BODY_MAX, GOING, REASON_MAX
from portal.support.queries.desk import Dossier
from portal.support.verdicts import service_name
from portal.web.access import ctx
from portal.web.forms import Form, SeenForm, tidy, tidy_line
from portal.web.i18n import current_language
from portal.web.support.files import FilesForm
from portal.web.support.forms import CustomerForm

THEN = {"open": N_("Leave it open"), "waiting": N_("Wait for the partner"), "hold": N_("Put it on hold"),
        "resolved": N_("It is resolved")}
CALLS = {"phone": N_("Phone call"), "chat": N_("Chat conversation")}
_NUMBER = {"inputmode": "numeric", "autocomplete": "off"}


def instant_of(local: datetime | None) -> datetime | None:
    """Return the instant that a member of staff means by a day and a time of their own time zone."""
    try:
        return local.replace(tzinfo=ZoneInfo(ctx().actor.time_zone)).astimezone(UTC) if local else None
    except OverflowError:  # the first or the last day of all
        return datetime.min.replace(tzinfo=UTC)


class Written(Form):
    """Something to be written once. `key` names this opening of the form, `read` the last event its page showed."""

    key = HiddenField()
    read = HiddenField()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **{"data": {"key": random_token()}, **more})

    def fit(self, found: Dossier) -> None:
        """Let the form know what its page shows, unless it was sent: its writer has read what was there before."""
        self.read.data = self.read.data or found.read
        self.read.raw_data = None

    @property
    def once(self) -> str:
        """Return what a second sending of the same words has in common with the first."""
        return digest(f"{self.key.data}\n{self['text'].data}")


class Decided(SeenForm):
    """An act on the ticket as the page showed it."""

    def fit(self, found: Dossier) -> None:
        """Let the form speak of the ticket as its page shows it."""
        self.show(found.ticket.version)


class AnswerForm(Written, FilesForm):
    """A public answer, and what follows from it."""

    macro = SelectField(N_("Prepared answer"), [Optional()], validate_choice=False)
    text = TextAreaField(N_("Answer to the partner"), [InputRequired(), Length(max=BODY_MAX)], filters=[tidy],
                         render_kw={"rows": 9})
    then = RadioField(N_("And then"), [InputRequired()])
    reason = StringField(N_("Why it is on hold"), [Length(max=REASON_MAX)], filters=[tidy_line],
                         description=N_("Only if you put it on hold. The partner reads it."))
    promise = DateTimeLocalField(N_("Next update by"), [Optional()], format="%Y-%m-%dT%H:%M")

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        language, macros = current_language(), ctx().programme.support.macros
        self.macro.choices = [("", gettext("Choose one")), *((code, one.name.get(language))
                                                             for code, one in macros.items())]
        self.then.choices = [SelectChoice(code, gettext(words)) for code, words in THEN.items()]

    def fit(self, found: Dossier) -> None:
        super().fit(found)
        if not self.then.data:
            self.then.data = found.ticket.state if found.ticket.state in GOING else "open"
        self.text.render_kw = {**(self.text.render_kw or {}), "lang": found.ticket.language}


class NoteForm(Written, FilesForm):
    """A note for colleagues."""

    text = TextAreaField(N_("Internal note"), [InputRequired(), Length(max=BODY_MAX)], filters=[tidy],
                         render_kw={"rows": 4})


class CallForm(Written):
    """A call or a chat that has taken place."""

    channel = RadioField(N_("How you talked"), [InputRequired()])
    text = TextAreaField(N_("What was said"), [InputRequired(), Length(max=BODY_MAX)], filters=[tidy],
                         description=N_("The partner reads it."), render_kw={"rows": 4})

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.channel.choices = [SelectChoice(code, gettext(words)) for code, words in CALLS.items()]


class DeterminationForm(Written):
    """What the issue is."""

    text = TextAreaField(N_("What the issue is"), [InputRequired(), Length(max=BODY_MAX)], filters=[tidy],
                         description=N_("The partner reads it."), render_kw={"rows": 4})


class PromiseForm(Form):
    """When the partner hears more."""

    promise = DateTimeLocalField(N_("Next update by"), [InputRequired()], format="%Y-%m-%dT%H:%M")

    def fit(self, found: Dossier) -> None:
        """Nothing of the ticket stands in it."""


class StateForm(Decided):
    """Another state, without an answer."""

    state = RadioField(N_("New state"), [InputRequired()])
    reason = StringField(N_("Reason"), [Length(max=REASON_MAX)], filters=[tidy_line],
                         description=N_("The partner reads it. It is needed to wait or to put on hold."))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.state.choices = [SelectChoice(code, gettext(words)) for code, words in THEN.items()]

    def fit(self, found: Dossier) -> None:
        super().fit(found)
        self.state.choices = [SelectChoice(code, gettext(words)) for code, words in _states(found).items()]


def _states(found: Dossier) -> dict[str, str]:
    """Return the states that a ticket may get now."""
    if found.ticket.state not in GOING:
        return {"open": N_("Open it again")}
    words = {**THEN, "open": N_("Go on with it")}
    return {code: said for code, said in words.items() if code != found.ticket.state}


class IdentityForm(Decided, CustomerForm):
    """Whose ticket it is, and about which service (S4.15-17)."""

    service = SelectField(N_("Service name"), [Optional()])

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        programme, language = ctx().programme, current_language()
        codes = [code for name, service in programme.services.items()
                 for code in (name, *(f"{name}/{addon}" for addon in service.addons))]
        self.service.choices = [("", gettext("Not chosen yet")),
                                *sorted(((code, service_name(programme, language, code)) for code in codes),
                                        key=lambda entry: entry[1].casefold())]


class ChoiceForm(Decided):
    """Which of several customers the ticket is about (G17)."""

    customer = RadioField(N_("Customer"), [InputRequired()], choices=[], validate_choice=False)

    def fit(self, found: Dossier) -> None:
        super().fit(found)
        self.customer.choices = [SelectChoice(one.key, f"{one.name} ({one.note})") for one in found.candidates]


class SeverityForm(Decided):
    """A severity by hand."""

    severity = SelectField(N_("Severity"), [InputRequired()])
    reason = StringField(N_("Reason"), [DataRequired(), Length(max=REASON_MAX)], filters=[tidy_line],
                         description=N_("The partner reads it."))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.severity.choices = [(code, one.name.get(current_language()))
                                 for code, one in ctx().programme.severities.items()]


class AssigneeForm(Decided):
    """Who works on it."""

    assignee = SelectField(N_("Who works on it"), [Optional()], choices=[], validate_choice=False)

    def fit(self, found: Dossier) -> None:
        super().fit(found)
        self.assignee.choices = [("", gettext("Nobody")), *((one.key, one.name or one.note) for one in found.staff)]


class MergeForm(Decided):
    """The ticket that this one becomes part of."""

    into = StringField(N_("Number of the other ticket"), [DataRequired(), Length(max=20)], filters=[tidy_line],
                       render_kw=_NUMBER)


class LinkForm(Form):
    """A ticket that this one has to do with."""

    other = StringField(N_("Number of the other ticket"), [DataRequired(), Length(max=20)], filters=[tidy_line],
                        render_kw=_NUMBER)

    def fit(self, found: Dossier) -> None:
        """Nothing of the ticket stands in it."""


FORMS: dict[str, type[Any]] = {
    "answer": AnswerForm, "note": NoteForm, "call": CallForm, "determination": DeterminationForm,
    "promise": PromiseForm, "state": StateForm, "identity": IdentityForm, "choice": ChoiceForm,
    "severity": SeverityForm, "assignee": AssigneeForm, "merge": MergeForm, "link": LinkForm, "spam": Decided,
}


def forms_of(found: Dossier, sent: dict[str, Any]) -> dict[str, Any]:
    """Return all forms of a ticket's page; one that was sent keeps what was typed."""
    ticket = found.ticket
    begun = {
        "identity": {name: getattr(ticket, name) for name in ("customer_email", "service_org", "service_user",
                                                              "service")},
        "severity": {"severity": ticket.severity},
        "assignee": {"assignee": found.assignee.key if found.assignee else ""},
    }
    forms = {name: sent.get(name) or _made(name, begun.get(name, {})) for name in FORMS}
    for form in forms.values():
        form.fit(found)
    return forms


def _made(name: str, begun: dict[str, Any]) -> Any:
    form = FORMS[name](prefix=name, formdata=None)
    for field, value in begun.items():
        form[field].data = value
    return form
