"""Forms of the application to become a partner."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import URL, DataRequired, Length, Optional

from portal.core.words import N_
from portal.web.countries import countries
from portal.web.forms import Form, SeenForm, tidy, tidy_line

_TEXT_MAX = 4000


def with_scheme(address: str | None) -> str:
    """Return a web address as people mean it: without a scheme, https."""
    text = tidy(address)
    return text if not text or text.lower().startswith(("http://", "https://")) else f"https://{text}"


def _line(label: str, autocomplete: str, *validators: Any, size: int = 200) -> StringField:
    return StringField(
        label, validators=[*validators, Length(max=size)], filters=[tidy_line], render_kw={"autocomplete": autocomplete}
    )


def _text(label: str, hint: str) -> TextAreaField:
    return TextAreaField(
        label, description=hint, validators=[DataRequired(), Length(max=_TEXT_MAX)], filters=[tidy],
        render_kw={"rows": 7},
    )


class StepForm(Form):
    """A step of the flow. What is merely missing can wait; what is wrong cannot be kept."""

    def keepable(self) -> dict[str, str]:
        """Return the answers that a draft can hold, blank ones included. Ask after `validate`."""
        return {f.short_name: f.data or "" for f in self if f.name != "csrf_token" and not (f.errors and f.data)}

    def postpone(self) -> bool:
        """Forgive missing answers; tell whether nothing wrong remains."""
        for field in self:
            if not field.data:
                field.errors = []
        return not self.errors


class CompanyForm(StepForm):
    """Company details and company address (S0.5)."""

    company = _line(N_("Company name"), "organization", DataRequired())
    website = StringField(
        N_("Website"), validators=[Optional(), URL(), Length(max=200)], filters=[with_scheme],
        render_kw={"autocomplete": "url", "inputmode": "url"},
    )
    phone = _line(N_("Phone"), "tel", size=50)
    street = _line(N_("Street and number"), "address-line1", DataRequired())
    city = _line(N_("City"), "address-level2", DataRequired())
    postal_code = _line(N_("Postal code"), "postal-code", size=20)
    state_province = _line(N_("State or province"), "address-level1")
    country = SelectField(N_("Country"), validators=[DataRequired()], render_kw={"autocomplete": "country"})

    def offer(self, _programme: Any, language: str) -> None:
        self.country.choices = [("", gettext("Choose a country")), *countries(language)]


class PartnershipForm(StepForm):
    """Primary expertise, experience, and the plan for the partnership (S0.6-7)."""

    expertise = SelectField(
        N_("Primary expertise/interest"), validators=[DataRequired()],
        description=N_("The services that you want to sell first. It decides which parts of the portal open to you."),
    )
    experience = _text(N_("Experience"), N_("What has your company sold or set up so far, and for whom?"))
    plan = _text(
        N_("Plan for the partnership"), N_("Which customers do you want to win, and how will you support them?")
    )

    def offer(self, programme: Any, language: str) -> None:
        offered = [(e.code, e.name.get(language)) for e in programme.application.expertises.values()]
        self.expertise.choices = [("", gettext("Choose an expertise")), *offered]


FORMS: dict[str, type[CompanyForm | PartnershipForm]] = {"company": CompanyForm, "partnership": PartnershipForm}


class TermsForm(Form):
    """The last step: what is accepted is the version that was shown (S0.8)."""

    terms_version = HiddenField()
    accept = BooleanField(N_("I accept the terms and conditions"), validators=[DataRequired()])


class AnswerForm(SeenForm):
    """The applicant's answer to the reviewer's question."""

    body = TextAreaField(N_("Your answer"), validators=[DataRequired(), Length(max=_TEXT_MAX)], filters=[tidy])
