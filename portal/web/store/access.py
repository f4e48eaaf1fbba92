"""Asking a customer that has revoked access for it again, and taking the question back."""

from __future__ import annotations

from flask import url_for
from werkzeug.wrappers import Response

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.delegation import commands
from portal.web.access import ctx, does, shows
from portal.web.render import notify, see_other
from portal.web.store import pages
from portal.web.store.customers import customer_page
from portal.web.store.forms import AskForm


@pages.get("/customers/<customer>/access")
@pages.get("/customers/<customer>/access/withdraw")
@shows(P.STORE_OPEN)
def access_request(customer: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(_address(customer))


@pages.post("/customers/<customer>/access")
@does(commands.ask_access)
def ask_access(customer: str) -> Response:
    form = AskForm()
    if not form.validate():
        return customer_page(customer, form, 422)
    try:
        commands.ask_access(ctx(), customer, str(form.message.data))
    except DomainError as error:
        form.refuse(error)
        return customer_page(customer, form, 409)
    notify("success", N_("Your request is on its way to your customer."))
    return see_other(_address(customer))


@pages.post("/customers/<customer>/access/withdraw")
@does(commands.withdraw_ask)
def withdraw_access_request(customer: str) -> Response:
    try:
        commands.withdraw_ask(ctx(), customer)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return customer_page(customer, status=409)
    notify("success", N_("The request is withdrawn."))
    return see_other(_address(customer))


def _address(customer: str) -> str:
    return url_for("store.customer", customer=customer)
