"""What is done to one user besides editing: suspending, resuming, roles, passwords, invitations, deleting."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands import second_factor, user_states, users
from portal.directory.queries.users import user as one
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.organization.user import address_of, user_page
from portal.web.organization.user_forms import RoleForm
from portal.web.render import notify, page, see_other


@pages.get("/<organization>/users/<user>/<any(suspend, resume, role, password, 'second-factor', invitation):task>")
@shows(P.DIRECTORY_READ, realm)
def user_part(organization: str, user: str, task: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(address_of(user))


@pages.post("/<organization>/users/<user>/suspend")
@does(user_states.suspend_user, realm)
def suspend_user(organization: str, user: str) -> Response:
    return _answer(user, lambda: user_states.suspend_user(ctx(), user),
                   N_("The user is suspended and can no longer enter."))


@pages.post("/<organization>/users/<user>/resume")
@does(user_states.resume_user, realm)
def resume_user(organization: str, user: str) -> Response:
    return _answer(user, lambda: user_states.resume_user(ctx(), user), N_("The user can enter again."))


@pages.post("/<organization>/users/<user>/role")
@does(user_states.change_role, realm)
def change_role(organization: str, user: str) -> Response:
    form = RoleForm()
    if not form.validate():
        return user_page(user, 422, refused=DomainError(N_("Choose a role.")))
    return _answer(user, lambda: user_states.change_role(ctx(), user, form.role.data, form.seen.data),
                   N_("The role is changed."))


@pages.post("/<organization>/users/<user>/password")
@does(user_states.reset_password, realm)
def reset_user_password(organization: str, user: str) -> Response:
    return _answer(user, lambda: user_states.reset_password(ctx(), user),
                   N_("A mail with a link to a new password is on its way."))


@pages.post("/<organization>/users/<user>/second-factor")
@does(second_factor.reset_factor, realm)
def reset_second_factor(organization: str, user: str) -> Response:
    return _answer(user, lambda: second_factor.reset_factor(ctx(), user),
                   N_("The second factor is reset. This person gets a mail about it."))


@pages.post("/<organization>/users/<user>/invitation")
@does(users.resend_invitation, realm)
def resend_invitation(organization: str, user: str) -> Response:
    return _answer(user, lambda: users.resend_invitation(ctx(), user), N_("The invitation is on its way again."))


def _answer(user: str, act: Callable[[], None], done: str) -> Response:
    try:
        act()
    except DomainError as error:
        return user_page(user, 409, refused=error)
    notify("success", done)
    return see_other(address_of(user))


@pages.get("/<organization>/users/<user>/delete")
@shows(P.USER_DELETE, realm)
def delete_user(organization: str, user: str) -> Response:
    return page("organization/delete_user.html", organization=here(), user=one(here().id, user))


@pages.post("/<organization>/users/<user>/delete")
@does(user_states.delete_user, realm)
def do_delete_user(organization: str, user: str) -> Response:
    try:
        name = user_states.delete_user(ctx(), user)
    except DomainError as error:
        return user_page(user, 409, refused=error)
    notify("success", N_("%(name)s is deleted. The license is free."), name=name)
    return see_other(url_for("organization.users", organization=organization))
