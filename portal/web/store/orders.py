"""A purchase or change while it is being paid, and what became of it."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.billing.commands.orders import withdraw_order as withdraw
from portal.billing.models import Order
from portal.billing.policy.cards import called
from portal.billing.queries.holdings import Ordered, find_order
from portal.billing.words import decline
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.subscriptions.policy import Terms
from portal.web.access import ctx, does, shows
from portal.web.listing import plan_names
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.store.previews import rows_of


@pages.get("/orders/<order>")
@shows(P.STORE_OPEN)
def order(order: str) -> Response:
    return _answer(order)


@pages.get("/orders/<order>/withdraw")
@shows(P.STORE_OPEN)
def order_act(order: str) -> Response:
    return see_other(url_for("store.order", order=order))


@pages.post("/orders/<order>/withdraw")
@does(withdraw)
def withdraw_order(order: str) -> Response:
    try:
        withdraw(ctx(), order)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _answer(order, 409)
    notify("info", N_("The payment is being given up. This page shows when that is done."))
    return see_other(url_for("store.order", order=order))


def _answer(public_id: str, status: int = 200) -> Response:
    found = find_order(ctx().actor, public_id)
    target, charge = found.order.target, found.charge
    now, later = Terms(**target["now"]), Terms(**target["later"]) if target["later"] else None
    return page(
        "store/order.html", block="order", status=status, found=found, order=found.order, charge=charge,
        plans=plan_names(), rows=rows_of(None, now, later, found.order.currency), now=now, later=later,
        why=decline(charge.decline_code) if charge else "", again=_again(found.order, found) if _may(found) else None,
        card=called(found.card.brand, found.card.last4) if found.card else "",
        card_url=url_for("store.card", customer=found.organization.public_id, next=_again(found.order, found)),
    )


def _may(found: Ordered) -> bool:
    """Tell whether the reader may order the same once more."""
    return ctx().actor.can(P.SUBSCRIPTION_CHANGE if found.subscription else P.SUBSCRIPTION_ADD)


def _again(order: Order, found: Ordered) -> str:
    """Return the address of the same preview, to try once more."""
    wanted = order.target["later"] or order.target["now"]
    values = {name: wanted[name] for name in ("plan", "licenses", "period", "extra_storage_gb")}
    if found.subscription is None:
        return url_for("store.add_service", customer=found.organization.public_id, **values, mode="buy")
    return url_for("store.change_subscription", subscription=found.subscription.public_id, **values,
                   mode="convert" if order.kind == "convert" else None)
