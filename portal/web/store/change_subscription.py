"""Upgrade, downgrade, licenses, storage, and buying a trial: a preview first, then its confirmation (S0.17, S3.21)."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.billing.commands import orders
from portal.billing.models import Order
from portal.billing.queries.holdings import Holding, holding
from portal.billing.queries.quotes import Quote, preview_change, preview_conversion, terms_of
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.subscriptions.models import Subscription
from portal.subscriptions.queries.changes import Change, find_change
from portal.web.access import ctx, does, shows
from portal.web.listing import plan_names
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.store.previews import Preview, preview_of
from portal.web.store.terms import TermsForm, card_of, is_preview, plan_choices, present_of, previewing

_MODES = {"convert": N_("Buy it"), "change": N_("Change the trial")}


@pages.get("/subscriptions/<subscription>/change")
@shows(P.SUBSCRIPTION_CHANGE)
def change_subscription(subscription: str) -> Response:
    found = holding(ctx().actor, subscription)
    form = _offering(found, previewing(present_of(terms_of(found.owned.row))))
    if not is_preview():
        return _answer(found, form)
    if not form.validate():
        return _answer(found, form, status=422)
    return _answer(found, form, *_previewed(found, form))


@pages.post("/subscriptions/<subscription>/change")
@does(orders.change_subscription)
def do_change_subscription(subscription: str) -> Response:
    found = holding(ctx().actor, subscription)
    form = _offering(found, TermsForm())
    if not form.validate():
        return _answer(found, form, status=422)
    try:
        order = _confirm(found.owned.row, form)
    except DomainError as error:
        found = holding(ctx().actor, subscription)
        preview, _status = _previewed(found, form)
        form.refuse(error)
        return _answer(found, form, preview, 409)
    return ordered(order, url_for("store.subscription", subscription=subscription))


def _offering(found: Holding, form: TermsForm) -> TermsForm:
    owned = found.owned.row
    form.offer(plan_choices(owned.service, owned.currency, owned.plan), _modes(owned))
    return form


def _modes(owned: Subscription) -> dict[str, str]:
    """Return what can be done with a trial; with anything else there is one thing only."""
    if owned.trial_days is None:
        return {}
    return {"convert": _MODES["convert"]} if owned.state == "expired" else _MODES


def _previewed(found: Holding, form: TermsForm) -> tuple[Preview | None, int]:
    """Return the preview and the status of the answer; what a rule refuses stands beside its field."""
    try:
        quote = _quote(found, form)
        return preview_of(quote, first=quote.kind == "change" and found.owned.row.trial_days is not None), 200
    except DomainError as error:
        form.refuse(error)
        return None, 409


def _quote(found: Holding, form: TermsForm) -> Quote:
    quote = preview_conversion if form.mode.data == "convert" else preview_change
    return quote(ctx(), found.organization, found.owned.row, *form.terms)


def _confirm(owned: Subscription, form: TermsForm) -> Order:
    command = orders.convert_trial if form.mode.data == "convert" else orders.change_subscription
    return command(
        ctx(), owned.public_id, *form.terms, _number(form.seen.data), _number(form.total.data),
        request=form.request.data or None, answer=form.answer.data or "",
    )


def _number(typed: int | None) -> int:
    """Return what the page showed; nothing that was left out is ever what there is."""
    return -1 if typed is None else typed


def ordered(order: Order, subscription_url: str) -> Response:
    """Lead on from a confirmation: to the order while it is being paid, or to what it has done at once."""
    if order.state == "pending":
        return see_other(url_for("store.order", order=order.public_id))
    later = order.target["later"] is not None
    notify("success", N_("The change is planned for the renewal.") if later else N_("The change is made."))
    return see_other(subscription_url)


def _answer(found: Holding, form: TermsForm, preview: Preview | None = None, status: int = 200) -> Response:
    asked = find_change(ctx().actor, form.request.data) if form.request.data else None
    owned = found.owned.row
    return page(
        "store/change_subscription.html", block="terms", status=status, found=found, owned=owned, form=form,
        preview=preview, plans=plan_names(), asked=_open(asked, owned), action=_confirming(owned),
        card=card_of(found.organization, found.card, _here(owned, form)),
    )


def _open(asked: Change | None, owned: Subscription) -> Change | None:
    """Return the customer's request if it is about this subscription and nobody has answered it."""
    return asked if asked and asked.state == "open" and asked.owned == owned.public_id else None


def _confirming(owned: Subscription) -> str:
    return url_for("store.change_subscription", subscription=owned.public_id)


def _here(owned: Subscription, form: TermsForm) -> str:
    """Return the address of this preview, to come back to with another card."""
    if request.method == "GET" and not is_preview():
        return _confirming(owned)
    plan, licenses, period, storage = (form[name].data for name in ("plan", "licenses", "period", "extra_storage_gb"))
    return url_for(
        "store.change_subscription", subscription=owned.public_id, plan=plan, licenses=licenses, period=period,
        extra_storage_gb=storage, mode=form.mode.data or None, request=form.request.data or None,
    )
