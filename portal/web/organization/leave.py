"""Leaving the partner: fair exit, its being taken back, and the organization's dispute of a change."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.relations.commands import disputes, ending
from portal.relations.queries.ending import announced_of, disputable
from portal.relations.queries.obligations import obligations
from portal.relations.words import OBLIGATIONS
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.relations import DisputeForm, LeaveForm
from portal.web.render import notify, page, see_other


@pages.get("/<organization>/partner/leave")
@shows(P.PARTNER_CHOOSE, realm)
def leave(organization: str) -> Response:
    return _leaving(LeaveForm(formdata=None))


@pages.post("/<organization>/partner/leave")
@does(ending.leave, realm)
def do_leave(organization: str) -> Response:
    form = LeaveForm()
    if not form.validate():
        return _leaving(form, 422)
    try:
        change = ending.leave(ctx(), form.subscriptions.data or "", form.reason.data or "")
    except DomainError as error:
        form.refuse(error)
        return _leaving(form, 409)
    notify("success", N_("You leave your partner. It was told by e-mail, and its access has ended."))
    return see_other(_address(change.public_id))


@pages.get("/<organization>/partner/changes/<change>/take-back")
@pages.get("/<organization>/partner/changes/<change>/dispute")
@shows(P.PARTNER_CHOOSE, realm)
def change_act(organization: str, change: str) -> Response:
    """Lead a reader who reloads a refused act, or changes its language, to the page it belongs to."""
    return see_other(_address(change))


@pages.post("/<organization>/partner/changes/<change>/take-back")
@does(ending.take_back, realm)
def take_back(organization: str, change: str) -> Response:
    try:
        ending.take_back(ctx(), change)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return see_other(_address(change))
    notify("success", N_("It is taken back: your partner stays. It gets access only if you allow it again."))
    return see_other(_address(change))


@pages.post("/<organization>/partner/changes/<change>/dispute")
@does(disputes.raise_dispute, realm)
def dispute(organization: str, change: str) -> Response:
    form = DisputeForm()
    if not form.validate():
        return _disputing(change, form, 422)
    try:
        disputes.raise_dispute(ctx(), change, form.text.data or "")
    except DomainError as error:
        form.refuse(error)
        return _disputing(change, form, 409)
    notify("success", N_("Your words are with us. You get the decision by e-mail."))
    return see_other(_address(change))


def _leaving(form: LeaveForm, status: int = 200) -> Response:
    relations = ctx().programme.relations
    return page(
        "organization/leave.html", status=status, organization=here(), form=form, days=relations.cooling_off_days,
        announced=announced_of(here().id), obligations=obligations(here().id), kinds=OBLIGATIONS,
    )


def _disputing(change: str, form: DisputeForm, status: int) -> Response:
    """Answer a dispute that was not accepted with its form alone: nothing that was typed is lost."""
    return page(
        "organization/dispute.html", status=status, organization=here(), form=form,
        disputable=disputable(ctx(), change))


def _address(change: str) -> str:
    return url_for("organization.change_of_partner", organization=here().public_id, change=change)
