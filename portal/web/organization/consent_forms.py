"""The forms by which a partner asks for one task: what each task needs, and the reason."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.consents.policy import REASON_MAX
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.pictures import MAX_MEGABYTES, draw
from portal.directory.policy import dashboard
from portal.directory.policy.settings import CONTACTS_SYNC
from portal.directory.policy.users import GIVEN_ROLES, ROLES
from portal.web.forms import Form, tidy


class AskForm(Form):
    """Why, and nothing else: for tasks that need only a user, or nothing."""

    task = HiddenField()
    user = HiddenField()
    reason = TextAreaField(
        N_("Reason"), [DataRequired(), Length(max=REASON_MAX)], filters=[tidy],
        description=N_("Your customer's super administrator reads it and decides by it."),
    )

    def arguments(self) -> dict[str, Any]:
        """Return what the task needs. Slow for an image; raises `DomainError`."""
        return {}


class RoleForm(AskForm):
    """Which role the user shall have."""

    role = RadioField(N_("New role"), [InputRequired()])

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.role.choices = [SelectChoice(code, gettext(ROLES[code])) for code in GIVEN_ROLES]

    def arguments(self) -> dict[str, Any]:
        return {"role": self.role.data}


class SecondFactorForm(AskForm):
    """On or off."""

    required = RadioField(N_("Second factor"), [InputRequired()])

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.required.choices = [
            SelectChoice("on", gettext("Required from everybody")), SelectChoice("off", gettext("Not required")),
        ]

    def arguments(self) -> dict[str, Any]:
        return {"required": self.required.data == "on"}


class ContactsForm(AskForm):
    """How address books shall follow the directory."""

    mode = RadioField(N_("Contacts synchronization"), [InputRequired()])

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.mode.choices = [SelectChoice(code, gettext(words)) for code, words in CONTACTS_SYNC.items()]

    def arguments(self) -> dict[str, Any]:
        return {"mode": self.mode.data}


class PictureForm(AskForm):
    """The new profile image."""

    picture = FileField(
        N_("Image"), [FileRequired()], description=N_("PNG, JPEG, WebP or GIF, at most %(size)s MB."),
        render_kw={"accept": "image/png,image/jpeg,image/webp,image/gif"},
    )
    hint_values = {"size": MAX_MEGABYTES}

    def arguments(self) -> dict[str, Any]:
        drawn = draw(self.picture.data.read(MAX_MEGABYTES * 1024 * 1024 + 1))
        return {"image": base64.b64encode(drawn.data).decode()}


class _DashboardForm(AskForm):
    """The place of every part."""

    def __init__(self, stored: list[str] | None = None, **more: Any) -> None:
        super().__init__(data={**dashboard.places(stored), **more.pop("data", {})}, **more)
        self.stored = stored
        hidden = gettext("Not shown")
        for code in dashboard.WIDGETS:
            self[code].choices = [SelectChoice(0, hidden)] + [
                SelectChoice(place, str(place)) for place in range(1, len(dashboard.WIDGETS) + 1)
            ]

    def arguments(self) -> dict[str, Any]:
        wanted = {code: self[code].data for code in dashboard.WIDGETS}
        return {"widgets": dashboard.arranged(wanted, self.stored)}


# One field per part that there is, called as the part.
DashboardForm = type(
    "DashboardForm", (_DashboardForm,),
    {code: SelectField(label, coerce=int) for code, label in dashboard.WIDGETS.items()},
)

_FORMS: Mapping[P, type[AskForm]] = {
    P.USER_ROLE_CHANGE: RoleForm, P.TFA_SET: SecondFactorForm, P.CONTACTS_SYNC_SET: ContactsForm,
    P.USER_PICTURE_SET: PictureForm,
}


def form_for(task: P, widgets: list[str] | None, **values: Any) -> AskForm:
    """Return the form of a task; `widgets` are those of the organization's dashboard."""
    if task is P.DASHBOARD_EDIT:
        return DashboardForm(stored=widgets, **values)  # type: ignore[no-any-return]
    return _FORMS.get(task, AskForm)(**values)
