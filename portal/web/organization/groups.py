"""Groups of an organization: the list, a new one, and one with its members."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.commands import groups as commands
from portal.directory.policy.addresses import shown
from portal.directory.queries import groups as queries
from portal.directory.queries.addresses import domains_with_catch_all
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.address_forms import EditGroupForm, GroupForm, MembersForm
from portal.web.organization.lists import neighbors, searched
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other, wants_fragment


@pages.get("/<organization>/groups")
@shows(P.DIRECTORY_READ, realm)
def groups(organization: str) -> Response:
    search = searched()
    found = queries.groups(here().id, search, request.args.get("after"))
    return page(
        "organization/groups.html", organization=here(), groups=found.rows, search=search, shown=shown,
        **neighbors(found, "organization.groups", organization=organization, q=search or None),
    )


@pages.get("/<organization>/groups/add")
@shows(commands.add_group.permission, realm)
def add_group(organization: str) -> Response:
    return _add_page(GroupForm(_domains(), formdata=None))


@pages.post("/<organization>/groups/add")
@does(commands.add_group, realm)
def do_add_group(organization: str) -> Response:
    form = GroupForm(_domains())
    if not form.validate():
        return _add_page(form, 422)
    try:
        group = commands.add_group(ctx(), **_answers(form))
    except DomainError as error:
        form.refuse(error)
        return _add_page(form, 409)
    notify("success", N_("The group %(name)s is there. Now add its members."), name=group.name)
    return see_other(_address(group.public_id))


@pages.get("/<organization>/groups/<group>")
@shows(P.DIRECTORY_READ, realm)
def group(organization: str, group: str) -> Response:
    return _answer(group)


@pages.post("/<organization>/groups/<group>")
@does(commands.edit_group, realm)
def edit_group(organization: str, group: str) -> Response:
    _row, domains = queries.group(here().id, group)
    form = EditGroupForm(domains)
    if not form.validate():
        return _answer(group, 422, form=form)
    try:
        commands.edit_group(ctx(), group, form.seen.data, **_answers(form))
    except Stale:
        return _answer(group, 409, form=form, conflict=True)
    except DomainError as error:
        form.refuse(error)
        return _answer(group, 409, form=form)
    notify("success", N_("The group is saved."))
    return see_other(_address(group))


@pages.post("/<organization>/groups/<group>/members")
@does(commands.add_members, realm)
def add_members(organization: str, group: str) -> Response:
    form = MembersForm()
    if not form.validate():
        return _answer(group, 422, members_form=form)
    try:
        added = commands.add_members(ctx(), group, form.members.data)
    except DomainError as error:
        form.refuse(error)
        return _answer(group, 409, members_form=form)
    if added.count:
        notify("success", N_("Members added: %(count)s."), count=added.count)
    if added.refused:
        return _answer(group, 409, members_form=_with_refused(form, added))
    return _answer(group) if wants_fragment() else see_other(_address(group))


@pages.post("/<organization>/groups/<group>/members/<user>/remove")
@does(commands.remove_member, realm)
def remove_member(organization: str, group: str, user: str) -> Response:
    removed = commands.remove_member(ctx(), group, user)
    notify("success", N_("%(name)s is no longer in the group."), name=removed.name)
    return _answer(group) if wants_fragment() else see_other(_address(group))


@pages.get("/<organization>/groups/<group>/members")
@shows(P.DIRECTORY_READ, realm)
def members(organization: str, group: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(_address(group))


@pages.get("/<organization>/groups/<group>/delete")
@shows(commands.delete_group.permission, realm)
def delete_group(organization: str, group: str) -> Response:
    row, _others = queries.group(here().id, group)
    return page("organization/delete_group.html", organization=here(), group=row, address=shown(row.address))


@pages.post("/<organization>/groups/<group>/delete")
@does(commands.delete_group, realm)
def do_delete_group(organization: str, group: str) -> Response:
    deleted = commands.delete_group(ctx(), group)
    notify("success", N_("The group %(name)s is deleted."), name=deleted.name)
    return see_other(url_for("organization.groups", organization=organization))


def _domains() -> list[tuple[str, str]]:
    return [(domain.name, domain.display) for domain in domains_with_catch_all(here().id)]


def _answers(form: GroupForm) -> dict[str, str]:
    return {name: str(form[name].data or "") for name in ("name", "local", "domain", "description")}


def _with_refused(form: MembersForm, added: commands.Added) -> MembersForm:
    """Return the form with only those who were refused in its field, and why beside it."""
    form.members.data = "\n".join(line for line, _error in added.refused)
    form.members.errors = [gettext(error.message, **error.params) for _line, error in added.refused]
    return form


def _address(group: str) -> str:
    return url_for("organization.group", organization=here().public_id, group=group)


def _add_page(form: GroupForm, status: int = 200) -> Response:
    return page("organization/add_group.html", status=status, organization=here(), form=form)


def _answer(
    public_id: str, status: int = 200, form: EditGroupForm | None = None, members_form: MembersForm | None = None,
    conflict: bool = False,
) -> Response:
    row, domains = queries.group(here().id, public_id)
    search = searched()
    found = queries.members(row.id, here().id, row.size, search, request.args.get("after"))
    current = _current(row)
    fresh = form or EditGroupForm(domains, formdata=None, seen=row.version, **current)
    pairs = [(field.label.text, field.data, current[field.name]) for field in fresh if field.name in current]
    if conflict:
        fresh.show(row.version)
    return page(
        "organization/group.html", block="members", status=status, organization=here(), group=row,
        address=shown(row.address), members=found.rows, search=search, form=fresh,
        members_form=members_form or MembersForm(formdata=None), conflict=conflict,
        pairs=[pair for pair in pairs if (pair[1] or "") != pair[2]],
        **neighbors(found, "organization.group", organization=here().public_id, group=public_id, q=search or None),
    )


def _current(row: Any) -> dict[str, str]:
    local, _, domain = row.address.rpartition("@")
    return {"name": row.name, "local": local, "domain": domain, "description": row.description}
