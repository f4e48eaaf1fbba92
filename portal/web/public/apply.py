"""The way to an application: introduction, steps, review; with or without an account until the last step."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, request, session, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.accounts.policy import TooManyAttempts
from portal.applications.commands import claim_draft, count_new_draft, save_draft, submit_application
from portal.applications.policy import FIELDS, REFUSED, STEPS, UNDER_REVIEW, Incomplete, first_incomplete
from portal.applications.queries import draft_answers, own_state
from portal.core.errors import DomainError, Stale
from portal.core.ids import random_token
from portal.core.words import N_
from portal.web.access import PUBLIC, ctx, does
from portal.web.countries import countries
from portal.web.formats import day
from portal.web.i18n import current_language, reader_locale
from portal.web.public import pages
from portal.web.public.apply_forms import FORMS, CompanyForm, PartnershipForm, TermsForm
from portal.web.render import notify, page, public_links, see_other, shared

_NEXT = {"company": "partnership", "partnership": "review"}


@pages.get("/apply")
@PUBLIC
def apply() -> Response:
    answers = _answers()
    response = page(
        "public/apply.html", answers=answers, resume=_incomplete(answers) or "review", state=own_state(ctx()),
        under_review=UNDER_REVIEW, refused=REFUSED, **public_links("public.apply"),
        description=gettext("Apply to the partner programme of %(vendor)s.", vendor=ctx().programme.vendor.name),
    )
    return response if session.get("draft") else shared(response)


@pages.get("/apply/review")
@PUBLIC
def apply_review() -> Response:
    answers = _answers()
    elsewhere = _elsewhere() or _unfinished(answers)
    if elsewhere:
        return elsewhere
    if not ctx().actor.signed_in:
        return page("public/apply_account.html", steps=_steps("review", answers))
    return _review_page(answers, TermsForm(terms_version=ctx().programme.vendor.terms_version))


# Not `does(submit_application)`: whoever was signed out meanwhile meets the flow's account page, not a bare sign-in.
@pages.post("/apply/review")
@PUBLIC
def submit() -> Response:
    answers = _answers()
    elsewhere = _elsewhere()
    if elsewhere or not ctx().actor.signed_in or _incomplete(answers):
        return elsewhere or see_other(url_for("public.apply_review"))
    form = TermsForm()
    if not form.validate():
        return _review_page(answers, form, 422)
    try:
        submit_application(ctx(), form.terms_version.data or "", current_language())
    except (Incomplete, Stale):
        return see_other(url_for("public.apply_review"))
    except DomainError as error:
        form.refuse(error)
        form.accept.data = False
        form.terms_version.data = ctx().programme.vendor.terms_version
        return _review_page(answers, form, 409)
    return see_other(url_for("public.application"))


@pages.get("/apply/<step>")
@PUBLIC
def apply_step(step: str) -> Response:
    answers = _answers()
    form = _form(step, answers)
    return _elsewhere() or _step_page(step, form, answers)


@pages.post("/apply/<step>")
@does(save_draft)
def save_step(step: str) -> Response:
    answers = _answers()
    form = _form(step)
    complete = form.validate()
    try:
        if answers is None and not ctx().actor.signed_in:
            count_new_draft(ctx(), request.remote_addr or "")
        elsewhere = _elsewhere() or save_draft(ctx(), form.keepable(), current_language(), _token())
    except Stale:
        return see_other(url_for("public.application"))
    except TooManyAttempts as error:
        form.refuse(error)
        return _step_page(step, form, answers, 429)
    if elsewhere:
        return elsewhere
    if request.form.get("action") == "later" and form.postpone():
        notify("success", N_("Your draft is saved. It is kept until %(day)s."), day=_kept_until())
        return see_other(url_for("public.apply"))
    if complete:
        return see_other(url_for("public.apply_step", step=_NEXT[step]))
    return _step_page(step, form, _answers(), 422)


def _kept_until() -> str:
    actor, days = ctx().actor, ctx().programme.retention.draft_applications
    last = ctx().today(actor.time_zone) + timedelta(days=days)
    return day(last, reader_locale(), "long")


def _claim() -> None:
    """Move what was typed before signing in to the account."""
    token = session.get("draft")
    if token and ctx().actor.signed_in and claim_draft(ctx(), token):
        session.pop("draft")


def _token() -> str:
    """Return the cookie value of this visitor's draft. It outlives the browser, as a saved draft should."""
    if ctx().actor.signed_in:
        return ""
    if "draft" not in session:
        session["draft"] = random_token()
        session.permanent = True
    return str(session["draft"])


def _answers() -> dict[str, str] | None:
    _claim()
    return draft_answers(ctx(), session.get("draft") or "")


def _elsewhere() -> Response | None:
    """Return where people belong who have nothing to fill in: partners, and those whose application is under way."""
    if ctx().actor.partner_id is not None:
        return see_other(url_for("public.apply"))
    if own_state(ctx()) in UNDER_REVIEW:
        return see_other(url_for("public.application"))
    return None


def _incomplete(answers: dict[str, str] | None) -> str | None:
    return first_incomplete(answers or dict.fromkeys(FIELDS, ""), ctx().programme.application.expertises)


def _unfinished(answers: dict[str, str] | None) -> Response | None:
    step = _incomplete(answers)
    if step is None:
        return None
    notify("info", N_("Please complete this step first."))
    return see_other(url_for("public.apply_step", step=step))


def _form(step: str, answers: dict[str, str] | None = None) -> CompanyForm | PartnershipForm:
    if step not in FORMS:
        abort(404)
    form = FORMS[step](data=answers or {})
    form.offer(ctx().programme, current_language())
    return form


def _steps(current: str, answers: dict[str, str] | None) -> list[dict[str, Any]]:
    """Return the steps with their states; words are the template's."""
    missing = _incomplete(answers)
    done = {"company": bool(answers) and missing != "company", "partnership": bool(answers) and missing is None}
    return [
        {"step": step, "state": "current" if step == current else "done" if done.get(step) else "todo",
         "url": url_for("public.apply_step", step=step) if step != "review" or missing is None else None}
        for step in (*STEPS, "review")
    ]


def _step_page(step: str, form: Any, answers: dict[str, str] | None, status: int = 200) -> Response:
    return page("public/apply_step.html", status=status, step=step, form=form, steps=_steps(step, answers))


def _review_page(answers: dict[str, str] | None, form: TermsForm, status: int = 200) -> Response:
    return page(
        "public/apply_review.html", status=status, form=form, answers=answers, steps=_steps("review", answers),
        country_names=dict(countries(current_language())),
    )
