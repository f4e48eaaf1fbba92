"""What a partner asks of an organization, and the organization of its partner, with what became of it."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import pgettext
from werkzeug.wrappers import Response

from portal.consents.policy import standing
from portal.consents.queries import consents
from portal.core.permissions import P
from portal.core.words import NP_
from portal.delegation.policy import FORBIDDEN
from portal.subscriptions.queries.changes import changes_of
from portal.web.access import ctx, shows
from portal.web.listing import plan_names
from portal.web.menus import Item
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import page

_TABS = {"open": NP_("requests", "Open"), "closed": NP_("requests", "Closed")}


@pages.get("/<organization>/requests")
@shows(P.ORGANIZATION_OPEN, realm)
def requests(organization: str) -> Response:
    tab = "closed" if request.args.get("state") == "closed" else "open"
    asked = consents(ctx(), tab == "open", request.args.get("after"))
    return page(
        "organization/requests.html", organization=here(), tab=tab, plans=plan_names(), tasks=FORBIDDEN,
        tabs=[Item(pgettext(*label), _address(name), name == tab) for name, label in _TABS.items()],
        consents=[(one, standing(one.state, one.expires_at, ctx().now)) for one in asked.rows],
        changes=changes_of(here().id, is_open=tab == "open").rows, decides=ctx().actor.can(P.CONSENT_DECIDE),
        previous_url=asked.previous and _address(tab, asked.previous),
        next_url=asked.next and _address(tab, asked.next),
    )


def _address(tab: str, after: str | None = None) -> str:
    return url_for("organization.requests", organization=here().public_id, state=tab, after=after)
