"""One-task consent: a partner asks for one forbidden task, the super administrator decides."""

from __future__ import annotations

from collections.abc import Callable

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.accounts.policy import normalize_email
from portal.consents import commands
from portal.consents.policy import ABOUT_USERS, effect, standing
from portal.consents.queries import find, named, user_of
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound
from portal.core.permissions import FORBIDDEN_ON_BEHALF, P
from portal.core.words import N_
from portal.delegation.policy import FORBIDDEN
from portal.directory.policy.dashboard import WIDGETS
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.consent_forms import AskForm, form_for
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other


@pages.get("/<organization>/consents/ask")
@shows(P.CONSENT_ASK, realm)
def ask_consent(organization: str) -> Response:
    task, user = _task(request.args.get("task")), request.args.get("user", "")
    if task in ABOUT_USERS and not user:
        return _find(task)
    return _ask(task, user, form_for(task, here().widgets, formdata=None, data={"task": task.value, "user": user}))


@pages.post("/<organization>/consents/ask")
@does(commands.ask_consent, realm)
def do_ask_consent(organization: str) -> Response:
    task, user = _task(request.form.get("task")), request.form.get("user", "")
    form = form_for(task, here().widgets)
    if not form.validate():
        return _ask(task, user, form, 422)
    try:
        asked = commands.ask_consent(ctx(), task.value, user, form.arguments(), form.reason.data or "")
    except DomainError as error:
        form.refuse(error)
        return _ask(task, user, form, 409)
    notify("success", N_("%(name)s has your request and decides about it."), name=here().admin_name)
    return see_other(_address(asked.public_id))


@pages.get("/<organization>/consents/<consent>")
@shows(P.ORGANIZATION_OPEN, realm)
def consent(organization: str, consent: str) -> Response:
    return _show(consent)


@pages.post("/<organization>/consents/<consent>/approve")
@does(commands.approve, realm)
def approve_consent(organization: str, consent: str) -> Response:
    seen = request.form.get("seen", "")

    def approve(ctx: Ctx, consent: str) -> None:
        commands.approve(ctx, consent, seen)

    return _decide(approve, consent, N_("This was carried out once, as your partner asked. The partner was told."))


@pages.post("/<organization>/consents/<consent>/decline")
@does(commands.decline, realm)
def decline_consent(organization: str, consent: str) -> Response:
    return _decide(commands.decline, consent, N_("The request was declined. Nothing was changed."))


@pages.post("/<organization>/consents/<consent>/withdraw")
@does(commands.withdraw, realm)
def withdraw_consent(organization: str, consent: str) -> Response:
    return _decide(commands.withdraw, consent, N_("The request was withdrawn."))


def _decide(decide: Callable[[Ctx, str], None], consent: str, done: str) -> Response:
    try:
        decide(ctx(), consent)
    except DomainError as error:
        notify("error", error.message, **error.params)
        return _show(consent, 409)
    notify("success", done)
    return see_other(_address(consent))


def _address(consent: str) -> str:
    return url_for("organization.consent", organization=here().public_id, consent=consent)


def _task(name: str | None) -> P:
    """Return the forbidden task of this name, if the programme lets partners ask for such."""
    task = next((one for one in FORBIDDEN_ON_BEHALF if one.value == name), None)
    if task is None or not ctx().programme.delegation.one_task_consent:
        raise NotFound(name)
    return task


def _find(task: P) -> Response:
    """Let the person say by an address which user they mean."""
    email = request.args.get("email", "").replace("\0", "").strip()
    user = user_of(here().id, normalize_email(email)) if email else None
    if user:
        return see_other(url_for("organization.ask_consent", organization=here().public_id, task=task.value, user=user))
    if email:
        notify("error", N_("No user of this organization has the address %(email)s."), email=email)
    return page(
        "organization/find_consent.html", status=404 if email else 200, organization=here(), task=task.value,
        words=FORBIDDEN[task], email=email,
    )


def _ask(task: P, user: str, form: AskForm, status: int = 200) -> Response:
    name = named(here().id, user) if user else ""
    if name is None or (task in ABOUT_USERS and not user):
        raise NotFound(user)
    return page(
        "organization/ask_consent.html", status=status, organization=here(), words=FORBIDDEN[task], name=name,
        form=form, widgets=WIDGETS if task is P.DASHBOARD_EDIT else {}, with_file=task is P.USER_PICTURE_SET,
        hours=ctx().programme.delegation.consent_hours,
    )


def _show(public_id: str, status: int = 200) -> Response:
    asked = find(ctx(), public_id)
    state, task = standing(asked.state, asked.expires_at, ctx().now), P(asked.task)
    # By today's name while somebody decides, by the name of that time afterwards.
    name = named(here().id, asked.subject) if asked.subject and state == "open" else asked.subject_name
    arguments = asked.arguments or {}
    return page(
        "organization/consent.html", status=status, organization=here(), asked=asked, state=state,
        words=FORBIDDEN[task], effect=effect(task, arguments, name or asked.subject_name), name=name,
        image=arguments.get("image"),
        widgets=[WIDGETS[code] for code in arguments.get("widgets", []) if code in WIDGETS],
        decides=ctx().actor.can(P.CONSENT_DECIDE), withdraws=ctx().actor.can(P.CONSENT_ASK),
    )
