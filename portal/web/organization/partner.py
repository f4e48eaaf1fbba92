"""*Your partner*: who may enter the organization's console on its behalf, and the organization's say in it."""

from __future__ import annotations

from collections.abc import Callable

from flask import url_for
from werkzeug.wrappers import Response

from portal.audit.queries import Act, Asked, acts, of_organization
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.delegation.commands import accept_access, decline_access, resume_access, revoke_access, suspend_access
from portal.delegation.policy import ALLOWED, FORBIDDEN
from portal.delegation.queries import relation
from portal.team.policy import TASKS
from portal.web.access import ctx, does, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.record import sentence
from portal.web.render import notify, page, see_other

_SHOWN = 5  # acts


@pages.get("/<organization>/partner")
@shows(P.DIRECTORY_READ, realm)
def partner(organization: str) -> Response:
    return _page()


@pages.get("/<organization>/partner/suspend")
@pages.get("/<organization>/partner/resume")
@pages.get("/<organization>/partner/invitations/<invitation>/accept")
@pages.get("/<organization>/partner/invitations/<invitation>/decline")
@shows(P.DIRECTORY_READ, realm)
def partner_act(organization: str, invitation: str = "") -> Response:
    """Lead a reader who reloads a refused act, or changes its language, to the page it belongs to."""
    return see_other(_address())


@pages.post("/<organization>/partner/suspend")
@does(suspend_access, realm)
def suspend_partner(organization: str) -> Response:
    return _carry_out(lambda: suspend_access(ctx()), N_("Access is suspended. Your partner was told by e-mail."))


@pages.get("/<organization>/partner/revoke")
@shows(P.ACCESS_CONTROL, realm)
def revoke_partner(organization: str) -> Response:
    found = relation(ctx(), here().id)
    if found is None or found.state in {"revoked", "none"}:
        return see_other(_address())
    return page("organization/revoke_partner.html", organization=here(), relation=found)


@pages.post("/<organization>/partner/revoke")
@does(revoke_access, realm)
def do_revoke_partner(organization: str) -> Response:
    return _carry_out(lambda: revoke_access(ctx()), N_("Access is revoked. Your partner was told by e-mail."))


@pages.post("/<organization>/partner/resume")
@does(resume_access, realm)
def resume_partner(organization: str) -> Response:
    return _carry_out(lambda: resume_access(ctx()), N_("Your partner has access again."))


@pages.post("/<organization>/partner/invitations/<invitation>/accept")
@does(accept_access, realm)
def accept_partner(organization: str, invitation: str) -> Response:
    return _carry_out(lambda: accept_access(ctx(), invitation), N_("Your partner has access again."))


@pages.post("/<organization>/partner/invitations/<invitation>/decline")
@does(decline_access, realm)
def decline_partner(organization: str, invitation: str) -> Response:
    done = N_("The request is declined. Your partner was told by e-mail.")
    return _carry_out(lambda: decline_access(ctx(), invitation), done)


def _carry_out(act: Callable[[], object], done: str) -> Response:
    """Run a command; whatever refuses it, the page shows the truth."""
    try:
        act()
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(409)
    notify("success", done)
    return see_other(_address())


def _address() -> str:
    return url_for("organization.partner", organization=here().public_id)


def _page(status: int = 200) -> Response:
    found = here()
    return page(
        "organization/partner.html", status=status, organization=found, own=not found.on_behalf,
        relation=relation(ctx(), found.id), allowed=ALLOWED.values(), forbidden=FORBIDDEN.values(),
        lately=_lately(), tasks=TASKS,
    )


def _lately() -> list[tuple[str, Act]]:
    """Return the last acts of the partner in this organization, each with its sentence."""
    actor = ctx().actor
    found = acts(of_organization(actor), Asked(side="partner"), actor.time_zone, _SHOWN)
    return [(sentence(act), act) for act in found.rows]
