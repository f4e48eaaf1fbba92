"""The page of one user, and changing what they are called and reached by."""

from __future__ import annotations

from flask import url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.delegation.policy import FORBIDDEN
from portal.directory import pictures
from portal.directory.commands import users as commands
from portal.directory.policy.addresses import shown
from portal.directory.policy.users import ACTS, ROLES, Target, refusal
from portal.directory.queries.users import Person
from portal.directory.queries.users import user as one
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.organization.user_forms import EditUserForm, PictureForm
from portal.web.render import notify, page, see_other


@pages.get("/<organization>/users/<user>")
@shows(P.DIRECTORY_READ, realm)
def user(organization: str, user: str) -> Response:
    return user_page(user)


@pages.post("/<organization>/users/<user>")
@does(commands.edit_user, realm)
def edit_user(organization: str, user: str) -> Response:
    form = EditUserForm()
    if not form.validate():
        return user_page(user, 422, form)
    try:
        commands.edit_user(
            ctx(), user, form.seen.data, form.name.data, form.title.data, form.phone.data, form.email.data
        )
    except Stale:
        return user_page(user, 409, form, stale=True)
    except DomainError as error:
        form.refuse(error)
        return user_page(user, 409, form)
    notify("success", N_("The details of %(name)s are saved."), name=form.name.data)
    return see_other(address_of(user))


def address_of(user: str) -> str:
    """Return the address of a user's page in the organization of this request."""
    return url_for("organization.user", organization=here().public_id, user=user)


def user_page(
    user: str, status: int = 200, form: EditUserForm | None = None, stale: bool = False,
    refused: DomainError | None = None,
) -> Response:
    """Answer with a user's page; `form` is one that was not taken, `refused` why another act was not done."""
    found = one(here().id, user)
    conflict = form.differences(found) if form and stale else None
    if form and stale:
        form.show(found.version)
    return page(
        "organization/user.html", block="details", status=status, organization=here(), user=found,
        form=form or EditUserForm(found), picture_form=PictureForm(formdata=None), conflict=conflict,
        refused=gettext(refused.message, **refused.params) if refused else "", closed=_closed(found), roles=ROLES,
        address=shown(found.email), tasks={task.value: words for task, words in FORBIDDEN.items()},
        megabytes=pictures.MAX_MEGABYTES, megapixels=pictures.MAX_MEGAPIXELS,
    )


def _closed(found: Person) -> dict[str, str]:
    """Return for each act why the reader may not do it to this user; an empty text where they may."""
    actor = ctx().actor
    own = found.account_id is not None and found.account_id == actor.account_id
    target = Target(found.role, found.state, own)
    reasons = {act: refusal(act, actor.roles, target) for act in ACTS}
    return {act: gettext(reason.message, **reason.params) if reason else "" for act, reason in reasons.items()}
