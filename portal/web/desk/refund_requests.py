"""Refunds that wait for a second member of the staff: approved, turned down or taken back."""

from __future__ import annotations

from collections.abc import Callable

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.billing.commands import refunds as commands
from portal.billing.models import RefundRequest
from portal.billing.queries.refund_requests import waiting
from portal.core.errors import DomainError, NotFound
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.desk import pages
from portal.web.desk.invoices import UNDER_WAY, AnswerForm, refused
from portal.web.render import notify, page, see_other


@pages.get("/refunds")
@shows(P.FINANCE_READ)
def refund_requests() -> Response:
    found = waiting(ctx(), request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("desk.refund_requests", after=cursor) if cursor else None

    return page("desk/refund_requests.html", rows=found.rows, previous_url=turn(found.previous),
                next_url=turn(found.next))


@pages.get("/refunds/<refund>/<any(approve, reject, withdraw):refund_act>")
@shows(P.FINANCE_READ)
def refund_request(refund: str, refund_act: str) -> Response:
    """Lead a reader who reloads a refused decision, or changes its language, to the page it belongs to."""
    return see_other(_invoice_url(_invoice_of(refund)))


@pages.post("/refunds/<refund>/approve")
@does(commands.approve_refund)
def approve_refund(refund: str) -> Response:
    return _decided(refund, lambda: commands.approve_refund(ctx(), refund), UNDER_WAY)


@pages.post("/refunds/<refund>/withdraw")
@does(commands.withdraw_refund)
def withdraw_refund(refund: str) -> Response:
    return _decided(refund, lambda: commands.withdraw_refund(ctx(), refund), N_("The refund is taken back."))


@pages.post("/refunds/<refund>/reject")
@does(commands.reject_refund)
def reject_refund(refund: str) -> Response:
    form = AnswerForm()
    if not form.validate():
        return refused(_invoice_of(refund), form, 422)
    return _decided(refund, lambda: commands.reject_refund(ctx(), refund, str(form.answer.data)),
                    N_("The refund is turned down."))


def _decided(refund: str, decide: Callable[[], object], done: str) -> Response:
    invoice = _invoice_of(refund)
    try:
        decide()
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return refused(invoice, None, 409)
    notify("success", done)
    return see_other(_invoice_url(invoice))


def _invoice_of(refund: str) -> str:
    found = RefundRequest.get_or_none(RefundRequest.public_id == refund)
    if found is None:
        raise NotFound(refund)
    return str(found.invoice.public_id)


def _invoice_url(invoice: str) -> str:
    return url_for("desk.invoice", invoice=invoice)
