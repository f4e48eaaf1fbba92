"""Adding one customer organization (S0.28)."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import EmailField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import Email, InputRequired, Length, NumberRange

from portal.core.errors import DomainError
from portal.core.ids import random_token
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.policy import NAME_MAX
from portal.directory.commands.organizations import add_organization
from portal.directory.policy.organizations import LICENSES_DEFAULT, LICENSES_MAX, QUESTIONS, trial_plans
from portal.programme.schema import Plan
from portal.web import formats
from portal.web.access import ctx, does, shows
from portal.web.console import pages
from portal.web.countries import countries
from portal.web.forms import Form
from portal.web.i18n import current_language
from portal.web.languages import language_choices
from portal.web.render import notify, page, see_other

_PRICES = {
    "monthly": N_("%(plan)s, %(price)s per license and month"),
    "yearly": N_("%(plan)s, %(price)s per license and year"),
}


def _name(key: str, **more: Any) -> StringField:
    return StringField(QUESTIONS[key], [InputRequired(), Length(max=NAME_MAX)], **more)


class AddCustomerForm(Form):
    """What is asked about a new organization."""

    # Names this opening of the form: sent twice by a double click, it adds one organization.
    once = HiddenField()
    name = _name("name", render_kw={"autocomplete": "off"})
    domain = StringField(
        QUESTIONS["domain"], [InputRequired()], render_kw={"autocapitalize": "none", "spellcheck": "false"},
        description=N_("The domain of the customer's e-mail addresses, such as company.example."),
    )
    country = SelectField(QUESTIONS["country"], [InputRequired()])
    admin_name = _name("admin_name", render_kw={"autocomplete": "off"})
    admin_email = EmailField(
        QUESTIONS["admin_email"], [InputRequired(), Length(max=254), Email(allow_smtputf8=False)],
        description=N_("The invitation goes to this address."), render_kw={"autocomplete": "off"},
    )
    language = SelectField(
        QUESTIONS["language"], [InputRequired()], description=N_("The language in which we write to this person.")
    )
    plan = SelectField(QUESTIONS["plan"], [InputRequired()])
    # The validator compares as floats do, and breaks at a number of hundreds of digits.
    licenses = IntegerField(
        QUESTIONS["licenses"], [InputRequired(), NumberRange(1, LICENSES_MAX)],
        filters=[lambda number: number and min(number, LICENSES_MAX + 1)],
    )

    def __init__(self) -> None:
        language, country = current_language(), ctx().actor.country
        super().__init__(
            data={"once": random_token(), "country": country, "language": language, "licenses": LICENSES_DEFAULT}
        )
        self.country.choices = [("", ""), *countries(language)]
        self.language.choices = language_choices()
        plans = trial_plans(ctx().programme)
        self.plan.choices = [(plan.code, _offer(plan, self.country.data or country)) for plan in plans]


def _offer(plan: Plan, country: str) -> str:
    """Return a plan with its price where the customer is."""
    currency = ctx().programme.currency_for_country(country)
    period, price = next(iter(plan.prices[currency].items()))
    locale = formats.locale_for(current_language(), ctx().actor.country)
    name = plan.name.get(current_language())
    return gettext(_PRICES[period], plan=name, price=formats.money(price, currency, locale))


@pages.get("/customers/add")
@shows(P.CUSTOMER_ADD)
def add_customer() -> Response:
    return _page(AddCustomerForm(), 200)


@pages.post("/customers/add")
@does(add_organization)
def do_add_customer() -> Response:
    form = AddCustomerForm()
    if not form.validate():
        return _page(form, 422)
    answers = {key: value for key, value in form.data.items() if key != "csrf_token"}
    try:
        organization = add_organization(ctx(), **answers)
    except DomainError as error:
        form.refuse(error)
        return _page(form, 409)
    notify("success", N_("%(name)s was added and its trial has begun. Now verify the domain."), name=organization.name)
    return see_other(url_for("console.domain", customer=organization.public_id))


def _page(form: AddCustomerForm, status: int) -> Response:
    return page("console/add_customer.html", block="form", status=status, form=form, trial=ctx().programme.trial)
