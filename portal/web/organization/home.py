"""The overview of an organization: its dashboard."""

from __future__ import annotations

from flask import g, url_for
from werkzeug.wrappers import Response

from portal.audit.words import SIDES, VERBS
from portal.core.permissions import P
from portal.delegation.policy import FORBIDDEN
from portal.web.access import shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.organization.widgets import widgets
from portal.web.render import page


@pages.get("/<organization>/")
@shows(P.ORGANIZATION_OPEN, realm)
def home(organization: str) -> Response:
    found = here()
    return page(
        "organization/home.html", organization=found, own=not found.on_behalf, widgets=widgets(found),
        edit_task=FORBIDDEN[P.DASHBOARD_EDIT], verbs=VERBS, sides=SIDES,
        support_urls=_support(organization) if found.on_behalf else None,
    )


def _support(organization: str) -> tuple[str, str] | None:
    """Return where the partner's people read and send requests about this customer, if the help center is theirs."""
    if not (g.visitor.can(P.SUPPORT_OPEN) and g.visitor.can(P.SUPPORT_WRITE)):
        return None
    return url_for("support.requests", customer=organization), url_for("support.add_ticket", customer=organization)
