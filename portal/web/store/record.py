"""What a partner did in a customer's organization: its own acts, whatever became of its access."""

from __future__ import annotations

from werkzeug.wrappers import Response

from portal.audit.queries import acts, every, of_partner
from portal.core.permissions import P
from portal.customers.queries import find
from portal.web.access import ctx, shows
from portal.web.record import Listing, as_file, asked
from portal.web.render import page
from portal.web.store import pages


@pages.get("/customers/<customer>/record")
@shows(P.STORE_OPEN)
def customer_record(customer: str) -> Response:
    organization, wanted = find(ctx(), customer), asked()
    zone = organization.time_zone
    own = acts(of_partner(ctx().actor, organization.id), wanted, zone)
    return page(
        "store/record.html", organization=organization, time_zone=zone,
        record=Listing(wanted, own, zone, "store.customer_record", {"customer": customer}, sides=False),
    )


@pages.get("/customers/<customer>/record.csv")
@shows(P.STORE_OPEN)
def customer_record_file(customer: str) -> Response:
    organization = find(ctx(), customer)
    zone = organization.time_zone
    return as_file(every(of_partner(ctx().actor, organization.id), asked(), zone), zone)
