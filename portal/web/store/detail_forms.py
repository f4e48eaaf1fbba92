"""Forms of details: a customer's own, and to whom invoices are made out. Fields are called as in the record."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import EmailField, IntegerField, SelectChoice, SelectField, StringField, TelField
from wtforms.validators import DataRequired, Email, InputRequired, Length, Optional
from wtforms.widgets import HiddenInput

from portal.billing.commands.details import RECORDED
from portal.billing.models import BillTo
from portal.billing.policy.details import MOST, Details
from portal.core.words import N_
from portal.customers.models import Organization
from portal.customers.policy import NAME_MAX
from portal.web.account.forms import zone_choices
from portal.web.countries import countries
from portal.web.forms import SeenForm, tidy, tidy_line
from portal.web.i18n import current_language
from portal.web.languages import language_choices

OWN = ("name", "language", "country", "time_zone")
BILLED = tuple(RECORDED.values())


def _line(name: str, label: str, autocomplete: str, description: str = "") -> StringField:
    return StringField(
        label, [Length(max=MOST[name])], filters=[tidy_line], description=description,
        render_kw={"autocomplete": autocomplete},
    )


class BillingForm(SeenForm):
    """To whom and where invoices are made out; `seen_details` is the version that the page showed."""

    seen_details = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    bill_name = _line("name", N_("Name on invoices"), "organization")
    tax_id = _line("tax_id", N_("Tax number"), "off", N_("It decides in some countries which tax an invoice carries."))
    bill_street = _line("street", N_("Street and number"), "street-address")
    bill_postal_code = _line("postal_code", N_("Postal code"), "postal-code")
    bill_city = _line("city", N_("City"), "address-level2")
    bill_region = _line("region", N_("State or province"), "address-level1")
    bill_country = SelectField(N_("Country on invoices"), render_kw={"autocomplete": "country"})
    bill_email = EmailField(
        N_("E-mail address for invoices"), [Optional(), Length(max=MOST["email"]), Email(allow_smtputf8=False)],
        filters=[tidy], description=N_("Invoices are sent there as well."),
        render_kw={"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"},
    )
    bill_phone = TelField(N_("Phone"), [Length(max=MOST["phone"])], filters=[tidy_line],
                          render_kw={"autocomplete": "tel"})
    bill_language = SelectField(N_("Language of invoices"))

    def __init__(self, row: BillTo | None, present: dict[str, Any] | None = None, **more: Any) -> None:
        billed = {field: getattr(row, name) if row else "" for name, field in RECORDED.items()}
        version = row.version if row else 0
        super().__init__(data={"seen": 0, "seen_details": version, **billed, **(present or {})}, **more)
        same = gettext("The same as above") if present else gettext("As in your partner account")
        self.bill_country.choices = [SelectChoice("", same), *_countries()]
        self.bill_language.choices = [SelectChoice("", same), *language_choices()]

    @property
    def details(self) -> Details:
        """The billing details as they were typed."""
        return Details(**{name: self[field].data or "" for name, field in RECORDED.items()})

    def speak_of(self, seen: int, row: BillTo | None) -> None:
        """Let the form speak of these versions from now on."""
        self.show(seen)
        self.seen_details.data, self.seen_details.raw_data = row.version if row else 0, None


class CustomerForm(BillingForm):
    """What a customer is called and where it is, and its billing details (S3.26)."""

    name = StringField(
        N_("Organization name"), [DataRequired(), Length(max=NAME_MAX)], filters=[tidy_line],
        render_kw={"autocomplete": "off"},
    )
    language = SelectField(
        N_("Language"), description=N_("In this language we write to users who have not chosen one yet."),
    )
    country = SelectField(N_("Country"))
    time_zone = SelectField(N_("Time zone"), description=N_("Days of trials and renewals begin and end by its clock."))

    def __init__(self, organization: Organization, row: BillTo | None, closed: bool, **more: Any) -> None:
        own = {name: getattr(organization, name) for name in OWN}
        super().__init__(row, {"seen": organization.version, **own}, **more)
        if closed:  # the customer decides these alone: nothing that is sent counts
            for name in OWN:
                del self[name]
        else:
            self.language.choices, self.country.choices = language_choices(), _countries()
            self.time_zone.choices = list(zone_choices(organization.time_zone))

    def own(self, organization: Organization) -> dict[str, str]:
        """Return the organization's own details as typed, or as they are where the form does not ask for them."""
        return {name: str(self[name].data) if name in self else getattr(organization, name) for name in OWN}


def _countries() -> list[SelectChoice]:
    return [SelectChoice(code, name) for code, name in countries(current_language())]
