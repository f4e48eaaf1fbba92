"""The vendor's staff: who has which task until when, appointing, changing, ending; and one's own task."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import DateField, EmailField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from portal.accounts.commands import staff as commands
from portal.accounts.policy import NAME_MAX, TooManyAttempts
from portal.accounts.policy.staff import INCLUDES, TASKS, last_day, mark
from portal.accounts.queries.staff import Colleague, colleague, own_task
from portal.accounts.queries.staff import staff as listed
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.desk import pages
from portal.web.forms import Form, tidy_line
from portal.web.i18n import current_language
from portal.web.languages import language_choices
from portal.web.render import notify, page, see_other


class TaskForm(Form):
    """What one of the staff does, and until when."""

    role = RadioField(N_("Task of this person"), [InputRequired()])
    until = DateField(
        N_("Last day"), [Optional()],
        description=N_("The task ends by itself at the end of this day. Empty: it has no end."),
    )

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.role.choices = [SelectChoice(code, gettext(label)) for code, label in TASKS.items()]


class AppointForm(TaskForm):
    """Somebody who is to join the staff."""

    email = EmailField(N_("E-mail address"), [DataRequired(), Length(max=254), Email(allow_smtputf8=False)])
    name = StringField(N_("Name"), [Length(max=NAME_MAX)], filters=[tidy_line],
                       description=N_("Only for somebody without an account."))
    language = SelectField(N_("Language of the invitation"), description=N_("Only for somebody without an account."))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.language.choices = language_choices()


class EndForm(Form):
    """An act on a task as the page showed it."""

    seen = StringField(widget=HiddenInput(), validators=[InputRequired()])


class ChangeForm(TaskForm):
    """Another task, or another end."""

    seen = StringField(widget=HiddenInput(), validators=[InputRequired()])


class LanguageForm(Form):
    """The language of mails about one's work."""

    language = SelectField(N_("Language of mails about this work"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.language.choices = [SelectChoice("", gettext("As in your settings")), *language_choices()]


# ---- Everybody ----

@pages.get("/staff")
@shows(P.STAFF_EDIT)
def staff() -> Response:
    return page("desk/staff.html", rows=listed(ctx()), tasks=TASKS, includes=INCLUDES, last_day=_last_day)


def _last_day(one: Colleague) -> Any:
    return last_day(one.task.expires_at, ctx().actor.time_zone)


@pages.get("/staff/appoint")
@shows(P.STAFF_EDIT)
def appoint_staff() -> Response:
    return _appointing(AppointForm(formdata=None, language=current_language()))


@pages.post("/staff/appoint")
@does(commands.appoint)
def do_appoint_staff() -> Response:
    form = AppointForm()
    if not form.validate():
        return _appointing(form, 422)
    try:
        commands.appoint(ctx(), form.email.data, form.name.data, form.language.data, form.role.data, form.until.data)
    except DomainError as error:
        form.refuse(error)
        return _appointing(form, 409)
    notify("success", N_("The task is given, and a mail is on its way to %(email)s."), email=form.email.data)
    return see_other(url_for("desk.staff"))


def _appointing(form: AppointForm, status: int = 200) -> Response:
    return page("desk/staff_appoint.html", status=status, form=form, tasks=TASKS, includes=INCLUDES)


# ---- One ----

@pages.get("/staff/<person>")
@shows(P.STAFF_EDIT)
def member_of_staff(person: str) -> Response:
    return _page(person)


@pages.post("/staff/<person>")
@does(commands.change_task)
def change_staff(person: str) -> Response:
    form = ChangeForm()
    if not form.validate():
        return _page(person, form, 422)
    try:
        commands.change_task(ctx(), person, form.role.data, form.until.data, form.seen.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(person, form, 409)
    notify("success", N_("The task is changed. The person is told by mail."))
    return see_other(url_for("desk.member_of_staff", person=person))


@pages.get("/staff/<person>/end")
@pages.get("/staff/<person>/invite")
@shows(P.STAFF_EDIT)
def staff_act(person: str) -> Response:
    """Lead a reader who reloads an act, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.member_of_staff", person=person))


@pages.post("/staff/<person>/end")
@does(commands.end_task)
def end_staff(person: str) -> Response:
    form = EndForm(prefix="end")
    if not form.validate():
        return _page(person, status=422)
    try:
        commands.end_task(ctx(), person, form.seen.data or "")
    except DomainError as error:
        notify("error", error.message, **error.params)
        return _page(person, status=409)
    notify("success", N_("This person is no longer on the staff, and is told by mail."))
    return see_other(url_for("desk.staff"))


@pages.post("/staff/<person>/invite")
@does(commands.invite_again)
def invite_staff_again(person: str) -> Response:
    try:
        commands.invite_again(ctx(), person)
    except DomainError as error:
        notify("error", error.message, **error.params)
        return _page(person, status=429 if isinstance(error, TooManyAttempts) else 409)
    notify("success", N_("The invitation is on its way once more."))
    return see_other(url_for("desk.member_of_staff", person=person))


def _page(person: str, form: ChangeForm | None = None, status: int = 200) -> Response:
    found = colleague(ctx(), person)
    seen = mark(found.task)
    form = form or ChangeForm(formdata=None, role=found.task.role, until=_last_day(found))
    end = EndForm(prefix="end", formdata=None)
    for each in (form, end):
        each.seen.data, each.seen.raw_data = seen, None
    return page("desk/staff_member.html", status=status, found=found, form=form, end=end, tasks=TASKS,
                includes=INCLUDES, last_day=_last_day(found))


# ---- Oneself ----

@pages.get("/task")
@shows(P.DESK_OPEN)
def own_place() -> Response:
    return _own()


@pages.post("/task")
@does(commands.set_language)
def set_staff_language() -> Response:
    form = LanguageForm()
    if not form.validate():
        return _own(form, 422)
    commands.set_language(ctx(), form.language.data)
    notify("success", N_("Mails about your work come in this language from now on."))
    return see_other(url_for("desk.own_place"))


def _own(form: LanguageForm | None = None, status: int = 200) -> Response:
    found = own_task(ctx())
    return page("desk/own_task.html", status=status, found=found, tasks=TASKS, includes=INCLUDES,
                form=form or LanguageForm(formdata=None, language=found.language), last_day=_last_day(found))
