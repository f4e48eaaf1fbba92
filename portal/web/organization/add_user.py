"""Adding one user to an organization (S3.5)."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.policy import spelled
from portal.directory.commands.users import add_user as add
from portal.directory.policy.users import free_licenses
from portal.directory.queries.users import verified_domains
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.organization.user_forms import AddUserForm
from portal.web.render import notify, page, see_other

_FIELDS = ("once", "name", "email", "role", "title", "phone", "language")


@pages.get("/<organization>/users/add")
@shows(P.USER_ADD, realm)
def add_user(organization: str) -> Response:
    return _page(AddUserForm(here().language), 200)


@pages.post("/<organization>/users/add")
@does(add, realm)
def do_add_user(organization: str) -> Response:
    form = AddUserForm(here().language)
    if not form.validate():
        return _page(form, 422)
    try:
        user = add(ctx(), **{name: form[name].data for name in _FIELDS})
    except DomainError as error:
        form.refuse(error)
        return _page(form, 409)
    notify("success", N_("%(name)s was added and invited by mail."), name=user.name)
    return see_other(url_for("organization.user", organization=organization, user=user.public_id))


def _page(form: AddUserForm, status: int) -> Response:
    found = here()
    return page(
        "organization/add_user.html", block="form", status=status, organization=found, form=form,
        free=free_licenses(found.users, found.licenses),
        domains=sorted(spelled(domain) for domain in verified_domains(found.id)),
    )
