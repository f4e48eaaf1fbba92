"""Forms about an organization's people. None has a field that its reader may not change."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import EmailField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TelField
from wtforms.validators import DataRequired, Email, Length, Optional

from portal.accounts.policy import NAME_MAX
from portal.core.ids import random_token
from portal.core.words import N_
from portal.directory.policy.addresses import shown
from portal.directory.policy.users import EMAIL_MAX, GIVEN_ROLES, PHONE_MAX, ROLES, TITLE_MAX
from portal.directory.queries.users import Person
from portal.web.forms import Form, SeenForm, tidy, tidy_line
from portal.web.languages import language_choices

_OFF = {"autocomplete": "off"}  # it is about somebody else


def _line(label: str, most: int, *validators: Any, kind: Any = StringField) -> Any:
    return kind(label, [*validators, Length(max=most)], filters=[tidy_line], render_kw=_OFF)


def _email(*validators: Any, hint: str = "") -> EmailField:
    return EmailField(
        N_("E-mail address"), [*validators, Length(max=EMAIL_MAX), Email(allow_smtputf8=False)], filters=[tidy],
        description=hint, render_kw={**_OFF, "inputmode": "email", "autocapitalize": "none", "spellcheck": "false"},
    )


class AddUserForm(Form):
    """What is asked about a new user. Only who may change roles is shown, and may send, another role than the first."""

    # Names this opening of the form: sent twice by a double click, it adds one user.
    once = HiddenField()
    name = _line(N_("Name"), NAME_MAX, DataRequired())
    email = _email(DataRequired(), hint=N_("The invitation goes to this address."))
    role = RadioField(N_("Role"))
    title = _line(N_("Job title"), TITLE_MAX)
    phone = _line(N_("Phone number"), PHONE_MAX, kind=TelField)
    language = SelectField(
        N_("Language"), description=N_("The language in which we write to this person, until they choose one."),
        choices=language_choices,
    )

    def __init__(self, language: str) -> None:
        super().__init__(data={"once": random_token(), "role": GIVEN_ROLES[0], "language": language})
        self.role.choices = [SelectChoice(role, gettext(ROLES[role])) for role in GIVEN_ROLES]


class EditUserForm(SeenForm):
    """What a user is called and reached by. The address is asked only while the invitation is open."""

    name = _line(N_("Name"), NAME_MAX, DataRequired())
    title = _line(N_("Job title"), TITLE_MAX)
    phone = _line(N_("Phone number"), PHONE_MAX, kind=TelField)
    email = _email(Optional(), hint=N_("A corrected address gets a new invitation; the former one no longer works."))

    def __init__(self, user: Person | None = None) -> None:
        """Begin with what is there, if a user is given, instead of with what was sent."""
        if user is None:
            super().__init__()
        else:
            super().__init__(formdata=None, data={
                "seen": user.version, "name": user.name, "title": user.title, "phone": user.phone,
                "email": shown(user.email),
            })

    def differences(self, user: Person) -> list[tuple[str, str, str]]:
        """Return label, what was typed and what is there now, for each field that was sent."""
        present = EditUserForm(user)
        sent = [self[name] for name in ("name", "title", "phone", "email") if self[name].raw_data]
        return [(field.label.text, field.data or "", present[field.name].data) for field in sent]


class RoleForm(SeenForm):
    """The role that a user is to have, by somebody who saw the present one."""

    role = RadioField(N_("Role"), choices=[SelectChoice(role, role) for role in GIVEN_ROLES])


class PictureForm(Form):
    """A new profile image."""

    picture = FileField(
        N_("Image file"), [FileRequired()], render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"}
    )
