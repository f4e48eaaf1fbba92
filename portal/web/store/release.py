"""Ending the relation with a customer: notice, a reason, and time to think again."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.queries import find
from portal.relations.commands import ending
from portal.relations.queries.ending import announced_of
from portal.relations.queries.obligations import obligations
from portal.relations.words import OBLIGATIONS
from portal.web.access import ctx, does, shows
from portal.web.relations import ReleaseForm
from portal.web.render import notify, page, see_other
from portal.web.store import pages


@pages.get("/customers/<customer>/release")
@shows(P.CUSTOMER_RELEASE)
def release_customer(customer: str) -> Response:
    return _page(customer, ReleaseForm(formdata=None))


@pages.post("/customers/<customer>/release")
@does(ending.release_customer)
def do_release_customer(customer: str) -> Response:
    form = ReleaseForm()
    if not form.validate():
        return _page(customer, form, 422)
    try:
        ending.release_customer(ctx(), customer, form.reason.data or "")
    except DomainError as error:
        form.refuse(error)
        return _page(customer, form, 409)
    notify("success", N_("Your customer is told by e-mail. Until the day you look after it as before."))
    return see_other(_address(customer))


@pages.get("/customers/<customer>/release/withdraw")
@shows(P.CUSTOMER_RELEASE)
def release_act(customer: str) -> Response:
    """Lead a reader who reloads a refused act, or changes its language, to the page it belongs to."""
    return see_other(_address(customer))


@pages.post("/customers/<customer>/release/withdraw")
@does(ending.withdraw_release)
def withdraw_release(customer: str) -> Response:
    try:
        ending.withdraw_release(ctx(), customer)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(customer, ReleaseForm(formdata=None), 409)
    notify("success", N_("It is taken back: the relation goes on. Your customer is told by e-mail."))
    return see_other(url_for("store.customer", customer=customer))


def _page(customer: str, form: ReleaseForm, status: int = 200) -> Response:
    organization = find(ctx(), customer)
    return page(
        "store/release.html", status=status, organization=organization, form=form,
        announced=announced_of(organization.id), obligations=obligations(organization.id), kinds=OBLIGATIONS,
        days=ctx().programme.relations.partner_notice_days,
    )


def _address(customer: str) -> str:
    return url_for("store.release_customer", customer=customer)
