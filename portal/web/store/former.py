"""Customers that leave or have left: what their partner keeps of them, and its dispute of the change."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.audit.queries import acts, every
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.relations.commands import disputes
from portal.relations.queries.former import acts_before
from portal.relations.queries.former import former_customer as find
from portal.relations.queries.former import former_customers as listed
from portal.relations.words import OBLIGATIONS
from portal.web.access import ctx, does, shows
from portal.web.record import Listing, as_file, asked
from portal.web.relations import BY, STATES, DisputeForm
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.terms import shown


@pages.get("/former")
@shows(P.STORE_OPEN)
def former_customers() -> Response:
    found = listed(ctx(), request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("store.former_customers", after=cursor) if cursor else None

    return page("store/former_customers.html", rows=found.rows, by=BY, states=STATES,
                previous_url=turn(found.previous), next_url=turn(found.next))


@pages.get("/former/<change>")
@shows(P.STORE_OPEN)
def former_customer(change: str) -> Response:
    return _page(change, DisputeForm(formdata=None))


@pages.get("/former/<change>/record.csv")
@shows(P.STORE_OPEN)
def former_customer_file(change: str) -> Response:
    found = find(ctx(), change)
    return as_file(every(acts_before(ctx().actor, found), asked(), found.time_zone), found.time_zone)


@pages.get("/former/<change>/dispute")
@shows(P.STORE_OPEN)
def former_customer_act(change: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("store.former_customer", change=change))


@pages.post("/former/<change>/dispute")
@does(disputes.raise_dispute)
def dispute(change: str) -> Response:
    form = DisputeForm()
    if not form.validate():
        return _page(change, form, 422)
    try:
        disputes.raise_dispute(ctx(), change, form.text.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(change, form, 409)
    notify("success", N_("Your words are with us. You get the decision by e-mail."))
    return see_other(url_for("store.former_customer", change=change))


def _page(change: str, form: DisputeForm, status: int = 200) -> Response:
    found, wanted = find(ctx(), change), asked()
    own = acts(acts_before(ctx().actor, found), wanted, found.time_zone)
    return page(
        "store/former_customer.html", status=status, former=found, form=form, by=BY, states=STATES,
        kinds=OBLIGATIONS, terms=shown(found.came.terms) if found.came else None,
        record=Listing(wanted, own, found.time_zone, "store.former_customer", {"change": change}, sides=False),
    )
