"""*Configure services*: the programme's catalog for one customer, and adding a service on trial or paid (S0.13-15)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from portal.billing.commands import orders
from portal.billing.queries.holdings import Holder, Owned, holder, owned_by
from portal.billing.queries.quotes import quote_purchase
from portal.core.errors import DomainError
from portal.core.folding import fold
from portal.core.permissions import P
from portal.core.words import N_
from portal.programme.schema import Plan, Service
from portal.subscriptions.commands import try_service
from portal.web.access import ctx, does, shows
from portal.web.forms import tidy
from portal.web.i18n import current_language
from portal.web.listing import plan_names
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.store.change_subscription import ordered
from portal.web.store.previews import Preview, preview_of
from portal.web.store.terms import TermsForm, card_of, is_preview, period_names, plan_choices, plans_of, previewing

SEARCH_MAX = 100
_MODES = {"trial": N_("Start a trial"), "buy": N_("Buy")}


@dataclass(frozen=True, slots=True)
class Offer:
    """A service of the catalog as a customer stands with it: what it has of it, and whether it may be tried."""

    service: Service
    plans: list[Plan]
    owned: Owned | None  # the subscription that has not ended
    had: bool
    order: str | None  # public id of one that is still being paid


@pages.get("/customers/<customer>/services")
@shows(P.SUBSCRIPTION_CHANGE)
def services(customer: str) -> Response:
    found = holder(ctx().actor, customer)
    words = tidy(request.args.get("q"))[:SEARCH_MAX]
    return page(
        "store/services.html", block="catalog", organization=found.organization, q=words,
        shelves=list(_shelves(found, words)), currency=_currency(found), periods=period_names(),
        path=url_for("store.services", customer=customer),
    )


def _shelves(found: Holder, words: str) -> Iterator[tuple[str, str, list[Offer]]]:
    """Yield code, name and services of each category in which the words are found."""
    programme, language = ctx().programme, current_language()
    offers, wanted = _offers(found), fold(words).split()
    for category in programme.categories.values():
        name = category.name.get(language)
        there = [
            offers[code] for code, service in programme.services.items()
            if category.code in service.categories and _matches(offers[code], name, wanted)
        ]
        if there:
            yield category.code, name, there


def _matches(offer: Offer, category: str, wanted: list[str]) -> bool:
    """Tell whether all words are somewhere in what a reader sees of a service."""
    language = current_language()
    names = [offer.service.name, offer.service.description, *(plan.name for plan in offer.plans)]
    text = fold(" ".join([category, *(name.get(language) for name in names)]))
    return all(word in text for word in wanted)


def _offers(found: Holder) -> dict[str, Offer]:
    had: dict[str, Owned] = {}
    for owned in owned_by(found.organization.id):
        if owned.row.service not in had or owned.row.state != "ended":
            had[owned.row.service] = owned
    waiting = {order.service: order.public_id for order in found.orders}
    return {
        code: Offer(service, plans_of(code, _currency(found)), _live(had.get(code)), code in had, waiting.get(code))
        for code, service in ctx().programme.services.items()
    }


def _live(owned: Owned | None) -> Owned | None:
    return owned if owned and owned.row.state != "ended" else None


def _currency(found: Holder) -> str:
    return ctx().programme.currency_for_country(found.organization.country)


# ---- One service ----

@pages.get("/customers/<customer>/services/<plan>")
@shows(P.SUBSCRIPTION_ADD)
def add_service(customer: str, plan: str) -> Response:
    found, offer = _found(customer, plan)
    if offer.owned:
        return see_other(url_for("store.change_subscription", subscription=offer.owned.row.public_id))
    form = _offering(found, offer, previewing(_default(found, plan)))
    if not is_preview():
        return _answer(found, offer, form)
    if not form.validate():
        return _answer(found, offer, form, status=422)
    return _answer(found, offer, form, *_previewed(found, form))


@pages.post("/customers/<customer>/services/<plan>")
@does(orders.buy_service)
def do_add_service(customer: str, plan: str) -> Response:
    found, offer = _found(customer, plan)
    form = _offering(found, offer, TermsForm())
    if not form.validate():
        return _answer(found, offer, form, status=422)
    try:
        return _add(customer, form)
    except DomainError as error:
        found, offer = _found(customer, plan)
        preview, _status = _previewed(found, form)
        form.refuse(error)
        return _answer(found, offer, form, preview, 409)


def _add(customer: str, form: TermsForm) -> Response:
    if form.mode.data == "trial":
        trial = try_service(ctx(), customer, *form.terms)
        notify("success", N_("The trial has begun."))
        return see_other(url_for("store.subscription", subscription=trial.public_id))
    total = -1 if form.total.data is None else form.total.data
    order = orders.buy_service(ctx(), customer, *form.terms, total)
    return ordered(order, url_for("store.customer", customer=customer))


def _found(customer: str, plan: str) -> tuple[Holder, Offer]:
    found = holder(ctx().actor, customer)
    offer = ctx().programme.plans.get(plan)
    if offer is None or _currency(found) not in offer.prices:
        abort(404)
    return found, _offers(found)[offer.service]


def _default(found: Holder, plan: str) -> dict[str, Any]:
    """Return what the form shows at first: the longest period that the plan is sold for, and one license."""
    periods = ctx().programme.plans[plan].prices[_currency(found)]
    return {"plan": plan, "licenses": 1, "period": list(periods)[-1], "extra_storage_gb": 0}


def _offering(found: Holder, offer: Offer, form: TermsForm) -> TermsForm:
    tried = {plan.code for plan in offer.plans if plan.trial and not offer.had}
    modes = _MODES if form.plan.data in tried else {"buy": _MODES["buy"]}
    form.offer(plan_choices(offer.service.code, _currency(found)), modes)
    return form


def _previewed(found: Holder, form: TermsForm) -> tuple[Preview | None, int]:
    try:
        return preview_of(quote_purchase(ctx(), found.organization, *form.terms)), 200
    except DomainError as error:
        form.refuse(error)
        return None, 409


def _answer(
    found: Holder, offer: Offer, form: TermsForm, preview: Preview | None = None, status: int = 200
) -> Response:
    plan, organization = (request.view_args or {})["plan"], found.organization
    days = ctx().programme.trial.initial_days
    here = url_for("store.add_service", customer=organization.public_id, plan=plan)
    shown = {name: form[name].data for name in ("plan", "licenses", "period", "extra_storage_gb", "mode")}
    back = url_for("store.add_service", customer=organization.public_id, **{**shown, "plan": plan}) if preview else here
    return page(
        "store/add_service.html", block="terms", status=status, organization=organization, offer=offer, form=form,
        preview=preview, plans=plan_names(), action=here, trial_days=days,
        trial_ends=ctx().today(organization.time_zone) + timedelta(days=days),
        card=card_of(organization, found.card, back),
    )
