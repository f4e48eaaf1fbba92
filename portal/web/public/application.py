"""The applicant's own page: where the application stands, questions, withdrawing, applying again."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.applications.commands import answer_question, apply_again, withdraw_application
from portal.applications.policy import REFUSED, UNDER_REVIEW
from portal.applications.queries import own_application
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.countries import countries
from portal.web.forms import SeenForm
from portal.web.i18n import current_language
from portal.web.public import pages
from portal.web.public.apply_forms import AnswerForm
from portal.web.render import notify, page, see_other


@pages.get("/application")
@shows(P.APPLICATION_WRITE)
def application() -> Response:
    return _page()


@pages.post("/application")
@does(answer_question)
def answer() -> Response:
    form = AnswerForm()
    if not form.validate():
        return _page(form, 422)
    try:
        answer_question(ctx(), form.body.data or "", form.seen.data or 0)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(form, 409)
    notify("success", N_("Your answer is on its way to the reviewer."))
    return see_other(url_for("public.application"))


@pages.get("/application/withdraw")
@shows(P.APPLICATION_WRITE)
def withdraw() -> Response:
    found = own_application(ctx())
    if found is None or found.state not in UNDER_REVIEW:
        return see_other(url_for("public.application"))
    return page("public/application_withdraw.html", application=found, form=SeenForm(seen=found.version))


@pages.post("/application/withdraw")
@does(withdraw_application)
def withdraw_now() -> Response:
    form = SeenForm()
    try:
        withdraw_application(ctx(), form.seen.data or 0)
    except DomainError as error:
        notify("warning", error.message, **error.params)
    else:
        notify("success", N_("Your application is withdrawn."))
    return see_other(url_for("public.application"))


@pages.post("/application/again")
@does(apply_again)
def again() -> Response:
    apply_again(ctx())
    return see_other(url_for("public.apply_step", step="company"))


def _page(form: AnswerForm | None = None, status: int = 200) -> Response:
    found = own_application(ctx())
    form = form or AnswerForm(formdata=None)
    form.show(found.version if found else 0)
    return page(
        "public/application.html", status=status, application=found, form=form, refused=REFUSED,
        under_review=UNDER_REVIEW, country_names=dict(countries(current_language())),
    )
