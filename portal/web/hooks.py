"""Where payment gateways come in: their webhooks, and the people whom their pages send back."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.adapters.cards import BadSignature
from portal.billing.commands.cards import card_returned
from portal.billing.commands.events import charge_returned, keep_event
from portal.billing.models import Charge
from portal.billing.queries.payments import is_seen
from portal.core.permissions import P
from portal.core.words import N_
from portal.directory.queries.entrance import own_organizations
from portal.web.access import PUBLIC, ctx, does
from portal.web.forms import csrf
from portal.web.render import notify

pages = Blueprint("hooks", __name__)
_LARGEST = 256 * 1024  # bytes of a webhook; Stripe's have some thousands


@pages.post("/hooks/cards/<gateway>")
@does(keep_event)
def card_event(gateway: str) -> Response:
    """Store what the connected gateway tells. Whoever else calls learns nothing but that it was in vain."""
    port = ctx().ports.cards
    if gateway != port.name:
        abort(404)
    request.max_content_length = _LARGEST
    body = request.get_data()
    try:
        event = port.read_event(dict(request.headers), body)
    except BadSignature:
        return Response(status=400)
    keep_event(ctx(), gateway, event, body.decode())
    return Response(status=200)


csrf.exempt(card_event)  # its signature says who speaks


@pages.get("/cards/back/<any(setup, charge):what>/<public_id>")
@PUBLIC
def back(what: str, public_id: str) -> Response:
    """Lead somebody on who comes from a gateway's page. A reload or a prefetch only asks the gateway once more."""
    response = redirect(_setup(public_id) if what == "setup" else _charge(public_id))
    response.vary.update(["Accept-Language", "Cookie"])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _setup(public_id: str) -> str:
    """Return the page of whoever asked for the card; the gateway tells by webhook what a stranger leaves behind."""
    if not ctx().actor.can(P.CARD_CHANGE):
        return _start()
    card_returned(ctx(), public_id)
    return url_for("store.card_setup", setup=public_id)


def _charge(public_id: str) -> str:
    """Return the page of what was paid, in the part of the portal that this person may enter."""
    charge = charge_returned(ctx(), public_id)
    actor = ctx().actor
    if actor.can(P.STORE_OPEN) and is_seen(actor, charge):
        return _in_store(charge)
    mine = {own_id for own_id, _name in own_organizations(actor.account_id)} if actor.signed_in else set()
    if charge.organization.public_id in mine:
        return _in_organization(charge)
    return _start()


def _in_store(charge: Charge) -> str:
    if charge.order:
        return url_for("store.order", order=charge.order.public_id)
    assert charge.invoice
    return url_for("store.invoice", invoice=charge.invoice.public_id)


def _in_organization(charge: Charge) -> str:
    organization = charge.organization.public_id
    if charge.invoice and charge.card_kind == "customer":
        return url_for("organization.invoice", organization=organization, invoice=charge.invoice.public_id)
    return url_for("organization.subscription", organization=organization)


def _start() -> str:
    notify("info", N_("The payment page passes its result on by itself. You can close this window."))
    return url_for("public.home")
