"""The review of applications: the queue, one whole application, and what a reviewer does with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from portal.applications.commands import accept_application, add_note, ask_applicant, decline_application
from portal.applications.policy import UNDER_REVIEW
from portal.applications.queries import FILTERS, dossier, overdue_count, queue
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.countries import countries
from portal.web.desk import pages
from portal.web.desk.forms import FORMS
from portal.web.formats import locale_for
from portal.web.i18n import current_language
from portal.web.render import notify, page, see_other


@pages.get("/applications")
@shows(P.APPLICATION_READ)
def applications() -> Response:
    chosen = request.args.get("state", "open")
    if chosen not in FILTERS:
        abort(404)
    found = queue(ctx(), chosen, request.args.get("after"))
    return page(
        "desk/applications.html", block="rows", rows=found.rows, chosen=chosen, filters=list(FILTERS),
        overdue=overdue_count(ctx()), previous_url=_at(chosen, found.previous), next_url=_at(chosen, found.next),
        country_names=dict(countries(current_language())),
    )


@pages.get("/applications/<application>")
@shows(P.APPLICATION_READ)
def application(application: str) -> Response:
    return _page(application)


@pages.get("/applications/<application>/<any(note, question, accept, decline):act>")
@shows(P.APPLICATION_READ)
def act(application: str, act: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.application", application=application))


@pages.post("/applications/<application>/note")
@does(add_note)
def note(application: str) -> Response:
    return _carry_out(application, "note", N_("The note is saved."), lambda form: add_note(
        ctx(), application, form.body.data, form.seen.data))


@pages.post("/applications/<application>/question")
@does(ask_applicant)
def question(application: str) -> Response:
    return _carry_out(application, "question", N_("The question is on its way to the applicant."), lambda form:
                      ask_applicant(ctx(), application, form.body.data, form.seen.data))


@pages.post("/applications/<application>/accept")
@does(accept_application)
def accept(application: str) -> Response:
    return _carry_out(application, "accept", N_("The application is accepted. The welcome e-mail is on its way."),
                      lambda form: accept_application(ctx(), application, form.seen.data))


@pages.post("/applications/<application>/decline")
@does(decline_application)
def decline(application: str) -> Response:
    return _carry_out(application, "decline", N_("The application is declined. The applicant hears of it by e-mail."),
                      lambda form: decline_application(ctx(), application, form.body.data, form.seen.data))


def _carry_out(application: str, name: str, done: str, command: Callable[[Any], object]) -> Response:
    """Run a command with the form `name`; whatever refuses it, the page shows the truth and keeps what was typed."""
    form = FORMS[name](prefix=name)
    if not form.validate():
        return _page(application, 422, **{name: form})
    try:
        command(form)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(application, 409, **{name: form})
    notify("success", done)
    return see_other(url_for("desk.application", application=application))


def _page(application: str, status: int = 200, **sent: Any) -> Response:
    found = dossier(ctx(), application)
    forms = {name: sent.get(name) or form(prefix=name, formdata=None) for name, form in FORMS.items()}
    for form in forms.values():
        form.show(found.version)
    languages = locale_for(current_language()).languages
    return page(
        "desk/application.html", status=status, application=found, forms=forms, under_review=UNDER_REVIEW,
        country_names=dict(countries(current_language())), language_name=languages.get(found.language, found.language),
        terms_language=languages.get(found.terms_language or "", ""),
        expertise=ctx().programme.application.expertises.get(found.answers["expertise"]),
    )


def _at(chosen: str, cursor: str | None) -> str | None:
    return url_for("desk.applications", state=chosen, after=cursor) if cursor else None
