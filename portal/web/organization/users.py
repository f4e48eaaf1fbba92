"""The people of an organization; to look at, for now."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.directory.queries.users import users as people
from portal.web.access import shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import page


@pages.get("/<organization>/users")
@shows(P.DIRECTORY_READ, realm)
def users(organization: str) -> Response:
    search = request.args.get("q", "").replace("\0", "").strip()[:100]
    found = people(here().id, search, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        if cursor is None:
            return None
        return url_for("organization.users", organization=organization, after=cursor, q=search or None)

    return page(
        "organization/users.html", block="people", organization=here(), users=found.rows, search=search,
        previous_url=turn(found.previous), next_url=turn(found.next),
    )
