"""Changes of partner, and each: what was agreed and when, what was open then, and what can still be done about it."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.relations.queries.ending import disputable
from portal.relations.queries.history import find_change, history, name_of
from portal.relations.words import OBLIGATIONS
from portal.web.access import ctx, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.relations import BY, STATES, DisputeForm
from portal.web.render import page
from portal.web.terms import shown


@pages.get("/<organization>/partner/changes")
@shows(P.PARTNER_CHOOSE, realm)
def changes_of_partner(organization: str) -> Response:
    return page("organization/changes.html", organization=here(), changes=history(here().id), by=BY, states=STATES)


@pages.get("/<organization>/partner/changes/<change>")
@shows(P.PARTNER_CHOOSE, realm)
def change_of_partner(organization: str, change: str) -> Response:
    found = find_change(ctx(), change)
    return page(
        "organization/change.html", organization=here(), change=found, former=name_of(found, "former"),
        following=name_of(found, "next"), by=BY, states=STATES, terms=shown(found.terms), kinds=OBLIGATIONS,
        disputable=disputable(ctx(), change), form=DisputeForm(formdata=None),
    )
