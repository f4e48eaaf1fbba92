"""Collecting commission: asking for a payout, and the invoice that the portal makes for it."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.billing.commands.payouts import ask_payout as ask
from portal.commissions.queries.payouts import find_payout
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.amounts import minor_units
from portal.web.commission import STATES, locale
from portal.web.countries import countries
from portal.web.i18n import current_language
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.store.commission import PayoutForm, commission_page


@pages.get("/commission/payouts")
@shows(P.COMMISSION_READ)
def payouts() -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("store.commission"))


@pages.post("/commission/payouts")
@does(ask)
def ask_payout() -> Response:
    currency = request.form.get("currency", "")[:3]
    form = PayoutForm(prefix=currency)
    if not form.validate():
        return commission_page(form, currency, 422)
    try:
        amount = minor_units(form.amount.data or "", currency, locale())
    except (DomainError, ValueError) as error:
        if isinstance(error, DomainError):
            form.refuse(error)
        return commission_page(form, currency, 422)
    try:
        payout = ask(ctx(), currency, amount, form.seen.data or 0)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        form.refuse(error) if error.field else None
        return commission_page(form, currency, 409)
    notify("success", N_("The payout is asked for. You hear of it by e-mail when it is approved and when it is paid."))
    return see_other(url_for("store.payout", payout=payout.public_id))


@pages.get("/commission/payouts/<payout>")
@shows(P.COMMISSION_READ)
def payout(payout: str) -> Response:
    return page(
        "store/payout.html", payout=find_payout(ctx().actor, payout), states=STATES,
        country_names=dict(countries(current_language())),
    )
