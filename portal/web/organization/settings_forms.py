"""Forms of an organization's settings. Several stand on one page, each with a prefix of its own."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, EmailField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import DataRequired, Email, Length

from portal.core.words import N_
from portal.customers.policy import NAME_MAX
from portal.directory.policy.settings import CONTACTS_SYNC
from portal.directory.queries.entrance import Entrance
from portal.web.account.forms import zone_choices
from portal.web.countries import countries
from portal.web.forms import Form, SeenForm, tidy, tidy_line
from portal.web.i18n import current_language
from portal.web.languages import language_choices


class _OfOrganization(SeenForm):
    """A form that begins with what the organization has set."""

    name_of_form = ""

    def __init__(self, organization: Entrance, **more: Any) -> None:
        super().__init__(prefix=self.name_of_form, data=self.present(organization), **more)
        self.seen.data = self.seen.data if self.seen.raw_data else organization.version

    def present(self, organization: Entrance) -> dict[str, Any]:
        return {}


class DetailsForm(_OfOrganization):
    """What an organization is called, and where it is."""

    name_of_form = "details"
    name = StringField(
        N_("Organization name"), [DataRequired(), Length(max=NAME_MAX)], filters=[tidy_line],
        render_kw={"autocomplete": "organization"},
    )
    language = SelectField(
        N_("Language"), description=N_("In this language we write to users who have not chosen one yet."),
        choices=language_choices,
    )
    country = SelectField(N_("Country"), render_kw={"autocomplete": "country"})
    time_zone = SelectField(N_("Time zone"), description=N_("Days of trials and renewals begin and end by its clock."))

    def __init__(self, organization: Entrance, **more: Any) -> None:
        super().__init__(organization, **more)
        self.country.choices = [SelectChoice(code, name) for code, name in countries(current_language())]
        self.time_zone.choices = list(zone_choices(organization.time_zone))

    def present(self, organization: Entrance) -> dict[str, Any]:
        return {name: getattr(organization, name) for name in ("name", "language", "country", "time_zone")}


class SecondFactorForm(_OfOrganization):
    """Whether everybody needs a second factor."""

    name_of_form = "tfa"
    required = BooleanField(N_("Require a second factor from everybody"))

    def present(self, organization: Entrance) -> dict[str, Any]:
        return {"required": organization.tfa_required}


class ContactsForm(_OfOrganization):
    """How address books follow the directory."""

    name_of_form = "contacts"
    mode = RadioField(N_("Contacts synchronization"), [DataRequired()])

    def __init__(self, organization: Entrance, **more: Any) -> None:
        super().__init__(organization, **more)
        self.mode.choices = [SelectChoice(code, gettext(words)) for code, words in CONTACTS_SYNC.items()]

    def present(self, organization: Entrance) -> dict[str, Any]:
        return {"mode": organization.contacts_sync}


class SuccessorForm(Form):
    """Who shall become the super administrator."""

    user = EmailField(
        N_("Their e-mail address"), [DataRequired(), Length(max=254), Email(allow_smtputf8=False)], filters=[tidy],
        render_kw={"autocomplete": "off", "list": "successors", "inputmode": "email", "autocapitalize": "none"},
    )
