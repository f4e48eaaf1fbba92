"""Proposing a new super administrator; the proposed person answers on a page of their own account."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError, NotFound
from portal.core.words import N_
from portal.directory.commands import handover as commands
from portal.directory.queries.handover import user_at
from portal.web.access import ctx, does
from portal.web.organization import pages
from portal.web.organization.realm import realm
from portal.web.organization.settings import settings_page
from portal.web.organization.settings_forms import SuccessorForm
from portal.web.render import notify, see_other


@pages.post("/<organization>/settings/super-admin")
@does(commands.propose_super_admin, realm)
def propose_super_admin(organization: str) -> Response:
    form = SuccessorForm(prefix="successor")
    if not form.validate():
        return settings_page(422, successor=form)
    try:
        _propose(form.user.data)
    except DomainError as error:
        form.refuse(error)
        return settings_page(409, successor=form)
    notify("success", N_("The proposal is on its way. Nothing changes until it is accepted."))
    return see_other(url_for("organization.settings", organization=organization))


def _propose(email: str) -> None:
    try:
        commands.propose_super_admin(ctx(), user_at(ctx(), email))
    except NotFound as nobody:
        raise DomainError(N_("No user of this organization has this address."), "user") from nobody


@pages.post("/<organization>/settings/super-admin/withdraw")
@does(commands.withdraw_proposal, realm)
def withdraw_proposal(organization: str) -> Response:
    try:
        commands.withdraw_proposal(ctx())
        notify("success", N_("The proposal is withdrawn."))
    except DomainError as error:
        notify("warning", error.message, **error.params)
    return see_other(url_for("organization.settings", organization=organization))
