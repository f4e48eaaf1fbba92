"""Inviting people to the partner's team, sending an invitation again, and taking it back."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.team import commands
from portal.team.models import Invitation
from portal.team.policy import INCLUDES
from portal.web.access import ctx, does, shows
from portal.web.i18n import current_language
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.store.team import team_page
from portal.web.store.team_forms import InviteForm


@pages.get("/team/invite")
@shows(P.MEMBER_EDIT)
def invite_member() -> Response:
    return _page(_form())


@pages.post("/team/invite")
@does(commands.invite_member)
def do_invite_member() -> Response:
    form = _form()
    if not form.validate():
        return _page(form, 422)
    try:
        row = commands.invite_member(ctx(), form.email.data, form.name.data, form.language.data, **form.given())
    except DomainError as error:
        form.refuse(error)
        return _page(form, 409)
    notify("success", N_("The invitation to %(address)s is on its way."), address=row.account.email)
    return see_other(url_for("store.team"))


def _form() -> InviteForm:
    return InviteForm(ctx().actor, current_language())


def _page(form: InviteForm, status: int = 200) -> Response:
    return page("store/invite_member.html", status=status, form=form, includes=INCLUDES)


@pages.get("/team/invitations/<invited>")
@pages.get("/team/invitations/<invited>/withdraw")
@shows(P.MEMBER_READ)
def member_invitation(invited: str) -> Response:
    """Lead a reader who reloads a refused form to the page that it belongs to."""
    return see_other(url_for("store.team"))


@pages.post("/team/invitations/<invited>")
@does(commands.resend_invitation)
def resend_member_invitation(invited: str) -> Response:
    return _act(commands.resend_invitation, invited, N_("The invitation to %(address)s is on its way."))


@pages.post("/team/invitations/<invited>/withdraw")
@does(commands.withdraw_invitation)
def withdraw_member_invitation(invited: str) -> Response:
    return _act(commands.withdraw_invitation, invited, N_("The invitation to %(address)s is withdrawn."))


def _act(command: Callable[..., Invitation], invited: str, done: str) -> Response:
    try:
        row = command(ctx(), invited)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return team_page(status=409)
    notify("success", done, address=row.account.email)
    return see_other(url_for("store.team"))
