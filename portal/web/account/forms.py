"""The forms of people. Their attributes tell password managers and phone keyboards what belongs where."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask_babel import gettext
from wtforms import EmailField, PasswordField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Email, Length

from portal.accounts.policy import CALENDARS, NAME_MAX, PASSWORD_MIN
from portal.core.countries import time_zones
from portal.core.words import N_
from portal.web.countries import countries
from portal.web.forms import Form, tidy_line
from portal.web.i18n import current_language
from portal.web.languages import language_choices

_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
_PLAIN = {"autocapitalize": "none", "spellcheck": "false"}
_CALENDARS = {
    "": N_("As usual in the language of the page"),
    "gregorian": N_("In the Gregorian calendar: 2026"),
    "buddhist": N_("In the Buddhist era: 2569"),
}
_CHOOSE = N_("At least %(least)s characters. A few unrelated words are easy to remember and hard to guess.")


def _email() -> EmailField:
    return EmailField(
        N_("E-mail address"), [DataRequired(), Length(max=254), Email(allow_smtputf8=False)],
        render_kw={"autocomplete": "username", "inputmode": "email", **_PLAIN},
    )


def _name() -> StringField:
    return StringField(
        N_("Your name"), [DataRequired(), Length(max=NAME_MAX)], filters=[tidy_line], render_kw={"autocomplete": "name"}
    )


def _password(label: str, new: bool = False) -> PasswordField:
    autocomplete = "new-password" if new else "current-password"
    return PasswordField(
        label, [DataRequired()], description=_CHOOSE if new else "", render_kw={"autocomplete": autocomplete, **_PLAIN}
    )


class _ChoosesPassword(Form):
    hint_values = {"least": PASSWORD_MIN}


class SignUpForm(_ChoosesPassword):
    name = _name()
    email = _email()
    password = _password(N_("Choose a password"), new=True)


class SignInForm(Form):
    email = _email()
    password = _password(N_("Password"))


class ConfirmForm(Form):
    """Just the button."""


class ProveForm(Form):
    password = _password(N_("The password you chose when you signed up"))


class ProofForm(Form):
    password = _password(N_("Password"))


class _CodeField(StringField):
    """Shows nothing of what was typed: the next code is another one."""

    def _value(self) -> str:
        return ""


class CodeForm(Form):
    """A code of the authenticator app, or a recovery code where they are taken."""

    otp = _CodeField(
        N_("Code"), [DataRequired(), Length(max=40)],
        render_kw={"autocomplete": "one-time-code", "autocorrect": "off", **_PLAIN},
    )

    def __init__(self, digits: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if digits:  # phones show the keyboard of numbers, in the digits of their language
            self.otp.render_kw = {**self.otp.render_kw, "inputmode": "numeric"}


class PasskeyForm(Form):
    """What a passkey has answered, as the script of the page puts it in."""

    credential = StringField(validators=[DataRequired(), Length(max=20_000)])


class NewPasskeyForm(PasskeyForm):
    name = StringField(
        N_("Name of this passkey"), [DataRequired(), Length(max=NAME_MAX)], filters=[tidy_line],
        description=N_("For your own list: the phone, computer or key that holds it."),
    )


class RenamePasskeyForm(Form):
    name = StringField(N_("Name of this passkey"), [DataRequired(), Length(max=NAME_MAX)], filters=[tidy_line])


class ForgotForm(Form):
    email = _email()


class NewPasswordForm(_ChoosesPassword):
    password = _password(N_("New password"), new=True)


class ArriveForm(_ChoosesPassword):
    name = _name()
    password = _password(N_("Choose a password"), new=True)


class SettingsForm(Form):
    name = _name()
    language = SelectField(N_("Language of pages and mails"), choices=language_choices)
    country = SelectField(N_("Country"), description=N_("Dates and numbers are written as usual there."),
                          render_kw={"autocomplete": "country"})
    time_zone = SelectField(N_("Time zone"), description=N_("Times on pages are the times of this place."))
    calendar = SelectField(
        N_("Years are counted"), description=N_("In Thai, years are usually written in the Buddhist era.")
    )

    def __init__(self, **saved: str) -> None:
        super().__init__(data=saved)
        known = [SelectChoice(code, name) for code, name in countries(current_language())]
        self.country.choices = [SelectChoice("", gettext("Not given")), *known]
        self.time_zone.choices = list(zone_choices(saved["time_zone"]))
        self.calendar.choices = [SelectChoice(code, gettext(_CALENDARS[code])) for code in CALENDARS]


class ChangePasswordForm(_ChoosesPassword):
    current = _password(N_("Current password"))
    password = _password(N_("New password"), new=True)


def zone_choices(present: str) -> tuple[SelectChoice, ...]:
    """Return the zones to choose from; the present one stays among them."""
    names = _zone_names()
    offered = names if present in names else (present, *names)
    return tuple(SelectChoice(zone, zone.replace("_", " ")) for zone in offered)


@cache
def _zone_names() -> tuple[str, ...]:
    return "UTC", *sorted(zone for zone in time_zones() if zone.startswith(_REGIONS))
