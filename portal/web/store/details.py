"""Editing a customer's details and the partner's own billing details, and how a customer's details became so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.audit.queries import Act
from portal.audit.words import FIELDS
from portal.billing.commands.details import CLOSED, edit_billing_details, edit_customer
from portal.billing.queries.details import history, partner_details, with_details
from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.queries import find
from portal.web.access import ctx, does, shows
from portal.web.conflicts import Pairs, compared
from portal.web.record import who
from portal.web.record_values import shown
from portal.web.render import notify, page, see_other
from portal.web.store import pages
from portal.web.store.detail_forms import BILLED, OWN, BillingForm, CustomerForm

_FIELDS = (*OWN, *BILLED)


@dataclass(frozen=True, slots=True)
class Step:
    """One field that an act changed, in words."""

    act: Act
    person: str
    side: str
    field: str
    before: str
    after: str


# ---- A customer ----

@pages.get("/customers/<customer>/edit", endpoint="edit_customer")
@shows(P.CUSTOMER_EDIT)
def edit_customer_page(customer: str) -> Response:
    return _customer(customer)


@pages.post("/customers/<customer>/edit")
@does(edit_customer)
def do_edit_customer(customer: str) -> Response:
    organization, row = with_details(ctx(), customer)
    form = CustomerForm(organization, row, organization.access in CLOSED)
    if not form.validate():
        return _customer(customer, form, 422)
    try:
        edit_customer(ctx(), customer, **form.own(organization), details=form.details, seen=form.seen.data,
                      seen_details=form.seen_details.data)
    except Stale:
        if pairs := _compared(form, customer):  # else somebody has saved the very same
            return _customer(customer, form, 409, pairs)
    except DomainError as error:
        form.refuse(error)
        return _customer(customer, form, 409)
    notify("success", N_("The details of the customer are saved."))
    return see_other(url_for("store.customer", customer=customer))


def _compared(form: CustomerForm, customer: str) -> Pairs:
    organization, row = with_details(ctx(), customer)
    present = CustomerForm(organization, row, organization.access in CLOSED, formdata=None)
    form.speak_of(organization.version, row)
    return compared(form, present, [name for name in _FIELDS if name in form and name in present])


def _customer(
    customer: str, form: CustomerForm | None = None, status: int = 200, conflict: Pairs | None = None
) -> Response:
    organization, row = with_details(ctx(), customer)
    closed = organization.access in CLOSED
    return page(
        "store/edit_customer.html", status=status, organization=organization, closed=closed, conflict=conflict,
        form=form or CustomerForm(organization, row, closed, formdata=None),
    )


# ---- Its history ----

@pages.get("/customers/<customer>/history")
@shows(P.STORE_OPEN)
def customer_history(customer: str) -> Response:
    organization = find(ctx(), customer)
    field = request.args.get("field", "")
    wanted = field if field in _FIELDS else ""
    found = history(ctx(), organization, wanted, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return _history(customer, wanted, cursor) if cursor else None

    return page(
        "store/customer_history.html", organization=organization, time_zone=organization.time_zone, field=wanted,
        path=_history(customer),
        steps=list(_steps(found.rows, wanted, organization.time_zone)),
        fields=[(name, gettext(FIELDS[name])) for name in _FIELDS],
        previous_url=turn(found.previous), next_url=turn(found.next),
    )


def _history(customer: str, field: str = "", after: str | None = None) -> str:
    return url_for("store.customer_history", customer=customer, field=field or None, after=after)


def _steps(acts: Sequence[Act], wanted: str, time_zone: str) -> Iterator[Step]:
    for act in acts:
        before, after = (dict(act.detail.get(side) or {}) for side in ("before", "after"))
        for field in (name for name in _FIELDS if name in after and wanted in ("", name)):
            values = (shown(act.verb, field, side.get(field), time_zone) for side in (before, after))
            yield Step(act, *who(act), gettext(FIELDS[field]), *values)


# ---- The partner ----

@pages.get("/billing-details")
@shows(P.BILLING_EDIT)
def billing_details() -> Response:
    return _billing(BillingForm(partner_details(ctx()), formdata=None))


@pages.post("/billing-details")
@does(edit_billing_details)
def save_billing_details() -> Response:
    form = BillingForm(partner_details(ctx()))
    if not form.validate():
        return _billing(form, 422)
    try:
        edit_billing_details(ctx(), form.details, form.seen_details.data)
    except Stale:
        row = partner_details(ctx())
        form.speak_of(0, row)
        if pairs := compared(form, BillingForm(row, formdata=None), BILLED):
            return _billing(form, 409, pairs)
    except DomainError as error:
        form.refuse(error)
        return _billing(form, 409)
    notify("success", N_("Your billing details are saved."))
    return see_other(url_for("store.billing_details"))


def _billing(form: BillingForm, status: int = 200, conflict: Any = None) -> Response:
    return page("store/billing_details.html", status=status, form=form, conflict=conflict)
