"""What everybody did in an organization, for its administrators and for its partner."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.audit.queries import acts, every, fingerprints, of_organization
from portal.core.permissions import P
from portal.web.access import ctx, shows
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.record import Listing, as_file, asked
from portal.web.render import page


@pages.get("/<organization>/record")
@shows(P.RECORD_READ, realm)
def record(organization: str) -> Response:
    found, wanted = here(), asked()
    shown = acts(of_organization(ctx().actor), wanted, found.time_zone)
    return page(
        "organization/record.html", organization=found, fingerprint=fingerprints([found.id]).get(found.id),
        record=Listing(wanted, shown, found.time_zone, "organization.record", {"organization": organization}),
    )


@pages.get("/<organization>/record.csv")
@shows(P.RECORD_READ, realm)
def record_file(organization: str) -> Response:
    zone = here().time_zone
    return as_file(every(of_organization(ctx().actor), asked(), zone), zone)
