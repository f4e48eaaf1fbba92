"""Mail policies of an organization: the list, one policy and those it is for, and the one that counts for a user."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.mailpolicies import commands, queries
from portal.mailpolicies.policy import POLICIES_MAX, Rules
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.policy_forms import AssignForm, EditPolicyForm, PolicyForm, answers_of, differences
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import notify, page, see_other

_FIRST = Rules(name="", attachment_mb=25, forwarding="internal", keep_copy=True, retention_days=None)


@pages.get("/<organization>/mail-policies")
@shows(P.DIRECTORY_READ, realm)
def mail_policies(organization: str) -> Response:
    return _list()


@pages.get("/<organization>/mail-policies/add")
@shows(commands.add_policy.permission, realm)
def add_policy(organization: str) -> Response:
    return _add_page(PolicyForm(formdata=None, data=answers_of(_FIRST)))


@pages.post("/<organization>/mail-policies/add")
@does(commands.add_policy, realm)
def do_add_policy(organization: str) -> Response:
    form = PolicyForm()
    if not form.right():
        return _add_page(form, 422)
    try:
        policy = commands.add_policy(ctx(), form.rules())
    except DomainError as error:
        form.refuse(error)
        return _add_page(form, 409)
    notify("success", N_("The policy %(name)s is there. Now say whom it is for."), name=form.name.data)
    return see_other(_address(policy))


@pages.get("/<organization>/mail-policies/<policy>")
@shows(P.DIRECTORY_READ, realm)
def mail_policy(organization: str, policy: str) -> Response:
    return _policy_page(policy)


@pages.post("/<organization>/mail-policies/<policy>")
@does(commands.edit_policy, realm)
def edit_policy(organization: str, policy: str) -> Response:
    form = EditPolicyForm()
    if not form.right():
        return _policy_page(policy, 422, form)
    try:
        commands.edit_policy(ctx(), policy, form.rules(), form.seen.data)
    except Stale:
        return _policy_page(policy, 409, form, conflict=True)
    except DomainError as error:
        form.refuse(error)
        return _policy_page(policy, 409, form)
    notify("success", N_("The policy is saved."))
    return see_other(_address(policy))


@pages.get("/<organization>/mail-policies/<policy>/<any(delete, default, move, assignments):part>")
@shows(P.DIRECTORY_READ, realm)
def policy_part(organization: str, policy: str, part: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(_address(policy))


@pages.post("/<organization>/mail-policies/<policy>/delete")
@does(commands.delete_policy, realm)
def delete_policy(organization: str, policy: str) -> Response:
    try:
        commands.delete_policy(ctx(), policy, _seen())
    except DomainError as error:
        notify("error", error.message, **error.params)
        return _policy_page(policy, 409)
    notify("success", N_("The policy is deleted."))
    return see_other(url_for("organization.mail_policies", organization=organization))


@pages.post("/<organization>/mail-policies/<policy>/default")
@does(commands.make_default, realm)
def make_default(organization: str, policy: str) -> Response:
    try:
        commands.make_default(ctx(), policy, _seen())
    except DomainError as error:
        notify("error", error.message, **error.params)
        return _policy_page(policy, 409)
    notify("success", N_("The policy now counts for everybody who has no other one."))
    return see_other(_address(policy))


@pages.post("/<organization>/mail-policies/<policy>/move")
@does(commands.move_policy, realm)
def move_policy(organization: str, policy: str) -> Response:
    try:
        commands.move_policy(ctx(), policy, request.form.get("direction") == "up", _seen())
    except DomainError as error:
        notify("error", error.message, **error.params)
        return _list(409)
    return see_other(url_for("organization.mail_policies", organization=organization))


@pages.post("/<organization>/mail-policies/<policy>/assignments")
@does(commands.assign_policy, realm)
def assign_policy(organization: str, policy: str) -> Response:
    form = AssignForm()
    if not form.validate():
        return _policy_page(policy, 422, assign=form)
    try:
        name = commands.assign_policy(ctx(), policy, form.address.data)
    except DomainError as error:
        form.refuse(error)
        return _policy_page(policy, 409, assign=form)
    notify("success", N_("The policy is assigned to %(name)s."), name=name)
    return see_other(_address(policy))


@pages.post("/<organization>/mail-policies/<policy>/assignments/<assignment>/remove")
@does(commands.unassign_policy, realm)
def unassign_policy(organization: str, policy: str, assignment: str) -> Response:
    """`assignment` is the public id of the user or group."""
    name = commands.unassign_policy(ctx(), policy, assignment)
    notify("success", N_("The policy is no longer assigned to %(name)s."), name=name)
    return see_other(_address(policy))


@pages.get("/<organization>/users/<user>/policy")
@shows(P.DIRECTORY_READ, realm)
def effective_policy(organization: str, user: str) -> Response:
    found = queries.user(ctx().actor, user)
    return page("organization/effective_policy.html", organization=here(), user=found,
                effective=queries.effective_for(found))


def _address(policy: str, after: str | None = None) -> str:
    return url_for("organization.mail_policy", organization=here().public_id, policy=policy, after=after)


def _seen() -> int:
    """Return the version or place that the page showed; without one the command finds it changed."""
    return request.form.get("seen", -1, int)


def _list(status: int = 200) -> Response:
    return page("organization/mail_policies.html", status=status, organization=here(),
                policies=queries.listed(ctx().actor), most=POLICIES_MAX)


def _add_page(form: PolicyForm, status: int = 200) -> Response:
    return page("organization/add_mail_policy.html", status=status, organization=here(), form=form)


def _policy_page(
    policy: str, status: int = 200, form: Any = None, assign: AssignForm | None = None, conflict: bool = False
) -> Response:
    """Show a policy with what was typed, if anything was, and with the version that the next save is about."""
    found = queries.held(ctx().actor, policy)
    pairs = list(differences(form, found.rules)) if conflict else []
    form = form or EditPolicyForm(formdata=None, data=answers_of(found.rules))
    if status != 422 or form.seen.data is None:
        form.show(found.version)
    assigned = queries.assigned(found, request.args.get("after"))
    return page(
        "organization/mail_policy.html", status=status, organization=here(), policy=found, form=form, pairs=pairs,
        conflict=conflict, assign=assign or AssignForm(formdata=None), assigned=assigned.rows,
        previous_url=_address(policy, assigned.previous) if assigned.previous else None,
        next_url=_address(policy, assigned.next) if assigned.next else None,
    )
