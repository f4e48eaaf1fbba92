"""The public page behind a recommendation: who recommends, and a form for an answer."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectField, StringField
from wtforms.validators import DataRequired, Email, Length

from portal.accounts.policy import TooManyAttempts
from portal.core.errors import DomainError
from portal.core.words import N_
from portal.referrals.commands import receive
from portal.referrals.policy import TEXT_MAX
from portal.referrals.queries import recommender
from portal.web.access import PUBLIC, ctx
from portal.web.forms import Form, tidy, tidy_line
from portal.web.i18n import current_language
from portal.web.languages import language_choices
from portal.web.public import pages
from portal.web.render import page, see_other


class ReferForm(Form):
    """Who would like to hear from the vendor."""

    company = StringField(
        N_("Your organization"), [DataRequired(), Length(max=TEXT_MAX)], filters=[tidy_line],
        render_kw={"autocomplete": "organization"},
    )
    domain = StringField(
        N_("Domain name"), [DataRequired(), Length(max=253)], filters=[tidy_line],
        description=N_("For example siam.example, as in the addresses of your mails."),
        render_kw={"autocapitalize": "none", "spellcheck": "false"},
    )
    contact_name = StringField(
        N_("Your name"), [DataRequired(), Length(max=TEXT_MAX)], filters=[tidy_line],
        render_kw={"autocomplete": "name"},
    )
    contact_email = EmailField(
        N_("E-mail address"), [DataRequired(), Length(max=254), Email(allow_smtputf8=False)], filters=[tidy],
        render_kw={"autocomplete": "email", "inputmode": "email", "autocapitalize": "none"},
    )
    language = SelectField(N_("Language of the answer"), choices=language_choices)


@pages.get("/refer/<code>")
@PUBLIC
def refer(code: str) -> Response:
    return _page(code, ReferForm(data={"language": current_language()}))


@pages.post("/refer/<code>")
@PUBLIC
def do_refer(code: str) -> Response:
    form = ReferForm()
    if not form.validate():
        return _page(code, form, 422)
    answers = {name: form[name].data for name in ("company", "domain", "contact_name", "contact_email", "language")}
    try:
        receive(ctx(), code, **answers, address=request.remote_addr or "")
    except DomainError as error:
        form.refuse(error)
        return _page(code, form, 429 if isinstance(error, TooManyAttempts) else 409)
    return see_other(url_for("public.referred", code=code))


@pages.get("/refer/<code>/sent")
@PUBLIC
def referred(code: str) -> Response:
    recommender(code)
    return page("public/referred.html")


def _page(code: str, form: ReferForm, status: int = 200) -> Response:
    return page("public/refer.html", status=status, code=code, form=form, recommender=recommender(code))
