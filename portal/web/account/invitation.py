"""Accepting an invitation."""

from __future__ import annotations

from typing import Any

from flask import url_for
from werkzeug.wrappers import Response

from portal.accounts import commands
from portal.accounts.commands import Accepted
from portal.accounts.commands.invitations import Join
from portal.accounts.policy import Purpose, TokenRefused
from portal.accounts.queries import Link, link
from portal.core.errors import DomainError, NotFound
from portal.core.words import N_
from portal.directory.commands import invitations as directory
from portal.team import commands as team
from portal.web.access import PUBLIC, ctx
from portal.web.account import pages
from portal.web.account.entrance import browser, enter, onward
from portal.web.account.forms import ArriveForm, ConfirmForm
from portal.web.account.links import refused
from portal.web.account.places import settle_in
from portal.web.render import notify, page, see_other


@pages.get("/invitation/<token>")
@PUBLIC
def accept_invitation(token: str) -> Response:
    try:
        invitation = link(ctx(), Purpose.INVITATION, token)
    except TokenRefused:
        return refused()
    form = _form(invitation)
    if not invitation.established:
        form["name"].data = invitation.name
    return _page(token, invitation, form)


@pages.post("/invitation/<token>")
@PUBLIC
def submit_accept_invitation(token: str) -> Response:
    try:
        invitation = link(ctx(), Purpose.INVITATION, token)
        form = _form(invitation)
        if not form.validate_on_submit():
            return _page(token, invitation, form, 422)
        accepted = _accept(token, invitation, form)
    except (TokenRefused, NotFound):  # the one who invited may have taken it back
        return refused()
    except DomainError as error:
        form.refuse(error)
        return _page(token, invitation, form, 409)
    return _onward(invitation, accepted)


def _accept(token: str, invitation: Link, form: ArriveForm | ConfirmForm) -> Accepted:
    """Hand the acceptance to the room that invited: a team, a directory, or nobody for the vendor's staff."""
    join = _join(invitation.payload)
    answers = {name: form[name].data for name in ("name", "password") if name in form}
    return commands.redeem_invitation(
        ctx(), token, answers.get("password", ""), answers.get("name", ""), join=join, **browser()
    )


def _join(payload: dict[str, Any]) -> Join | None:
    if payload.get("staff"):
        return None
    return team.join if "team" in payload else directory.join


def _onward(invitation: Link, accepted: Accepted) -> Response:
    if accepted.session:
        enter(accepted.session)
    notify("success", N_("You have accepted the invitation to %(organization)s."), **_words(invitation))
    if accepted.session or ctx().actor.account_id == accepted.account_id:
        if place := accepted.payload.get("place"):
            settle_in(place)
        return onward()
    return see_other(url_for("account.sign_in"))


def _form(invitation: Link) -> ArriveForm | ConfirmForm:
    return ConfirmForm() if invitation.established else ArriveForm()


def _words(invitation: Link) -> dict[str, str]:
    return {"organization": invitation.payload["organization"]}


def _page(token: str, invitation: Link, form: ArriveForm | ConfirmForm, status: int = 200) -> Response:
    return page("account/invitation.html", status=status, token=token, form=form, address=invitation.email,
                inviter=invitation.payload.get("inviter", ""), established=invitation.established, **_words(invitation))
