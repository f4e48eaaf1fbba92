"""One subscription of anybody's customer, for the vendor's staff: why it is suspended, and suspending it."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from portal.billing.commands import standing
from portal.billing.queries.holdings import any_holding
from portal.billing.queries.invoices import of_everybody, read_invoice
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.desk import pages
from portal.web.forms import Form, tidy
from portal.web.listing import plan_names
from portal.web.render import notify, page, see_other


class NoteForm(Form):
    """Why the vendor suspends a subscription."""

    note = TextAreaField(
        N_("Why"), filters=[tidy], render_kw={"rows": 3}, description=N_("Partner and customer read it."),
    )


@pages.get("/invoices/<invoice>/subscription")
@shows(P.SUBSCRIPTION_SUSPEND)
def subscription_of(invoice: str) -> Response:
    """Lead from an invoice to what it is for."""
    found, _lines = read_invoice(of_everybody(ctx().actor), invoice)
    return see_other(url_for("desk.subscription", subscription=found.subscription.public_id))


@pages.get("/subscriptions/<subscription>")
@pages.get("/subscriptions/<subscription>/suspension")
@pages.get("/subscriptions/<subscription>/suspension/lift")
@shows(P.SUBSCRIPTION_SUSPEND)
def subscription(subscription: str) -> Response:
    return _answer(subscription, NoteForm(formdata=None))


@pages.post("/subscriptions/<subscription>/suspension")
@does(standing.suspend_for_vendor)
def suspend_subscription(subscription: str) -> Response:
    form = NoteForm()
    if not form.validate():
        return _answer(subscription, form, 422)
    try:
        standing.suspend_for_vendor(ctx(), subscription, form.note.data or "")
    except DomainError as error:
        form.refuse(error)
        return _answer(subscription, form, 409)
    notify("success", N_("The subscription is suspended. Partner and customer were told."))
    return see_other(url_for("desk.subscription", subscription=subscription))


@pages.post("/subscriptions/<subscription>/suspension/lift")
@does(standing.lift_for_vendor)
def lift_suspension(subscription: str) -> Response:
    try:
        standing.lift_for_vendor(ctx(), subscription)
    except DomainError as error:
        notify("error", error.message, **error.params)
        return _answer(subscription, NoteForm(formdata=None), 409)
    notify("success", N_("The vendor's suspension is lifted. Partner and customer were told."))
    return see_other(url_for("desk.subscription", subscription=subscription))


def _answer(subscription: str, form: NoteForm, status: int = 200) -> Response:
    found = any_holding(ctx().actor, subscription)
    partner = found.organization.partner
    return page(
        "desk/subscription.html", status=status, found=found, owned=found.owned.row, form=form, plans=plan_names(),
        partner=partner.name if partner else "–", today=ctx().today(found.organization.time_zone),
    )
