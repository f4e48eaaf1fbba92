"""The bank account that commission goes to: who changes it types their password once more."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from portal.accounts.policy import TooManyAttempts
from portal.commissions.commands.accounts import change_bank as change
from portal.commissions.policy.accounts import Details
from portal.commissions.queries.accounts import Account, accounts_of
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, shows
from portal.web.account.entrance import remote_address
from portal.web.countries import countries
from portal.web.forms import Form, tidy, tidy_line
from portal.web.i18n import current_language
from portal.web.render import notify, page, see_other
from portal.web.store import pages

_PLAIN = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}


class BankForm(Form):
    """A bank account, and the password of who enters it; `seen` is the account that the page showed."""

    seen = HiddenField()
    holder = StringField(N_("Account holder"), [DataRequired(), Length(max=140)], filters=[tidy_line])
    country = SelectField(N_("Country of the bank"))
    bank_name = StringField(N_("Name of the bank"), [DataRequired(), Length(max=140)], filters=[tidy_line])
    number = StringField(
        N_("IBAN or account number"), [DataRequired(), Length(max=80)], filters=[tidy], render_kw=_PLAIN,
        description=N_("Afterwards only its last four characters are shown."),
    )
    bic = StringField(
        N_("BIC (SWIFT code)"), [Length(max=20)], filters=[tidy], render_kw=_PLAIN,
        description=N_("Optional. Banks abroad need it."),
    )
    password = PasswordField(
        N_("Your password"), [DataRequired()], render_kw={"autocomplete": "current-password"},
        description=N_("Type it again, so that nobody else can do this at your desk."),
    )


@pages.get("/commission/bank")
@shows(P.BANK_EDIT)
def bank() -> Response:
    return _page()


@pages.post("/commission/bank")
@shows(P.BANK_EDIT)
def change_bank() -> Response:
    form = _form()
    if not form.validate():
        return _page(form, 422)
    details = Details(
        form.holder.data or "", form.bank_name.data or "", form.number.data or "", form.bic.data or "",
        form.country.data,
    )
    try:
        change(ctx(), details, form.password.data or "", remote_address(), form.seen.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(form, 429 if isinstance(error, TooManyAttempts) else 409)
    notify("success", N_("The bank account is changed. All super administrators of your company are told by e-mail."))
    return see_other(url_for("store.bank"))


def _form(**values: object) -> BankForm:
    form = BankForm(**values)
    form.country.choices = list(countries(current_language()))
    return form


def _page(form: BankForm | None = None, status: int = 200) -> Response:
    accounts = accounts_of(ctx().actor)
    present: Account | None = next((one for one in accounts if one.replaced_at is None), None)
    if form is None:
        form = _form(formdata=None, country=present.country if present else ctx().actor.country)
    form.seen.data = present.public_id if present else ""
    return page(
        "store/bank.html", status=status, form=form, present=present,
        former=[one for one in accounts if one.replaced_at is not None], now=ctx().now,
        days=ctx().programme.billing.payouts.cooling_days, country_names=dict(countries(current_language())),
    )
