"""All invoices, for the vendor's staff, and giving money back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from portal.billing.commands.refunds import ask_refund as give_back
from portal.billing.models import Refund
from portal.billing.policy.refunds import Parts, parts, require_refundable
from portal.billing.queries.invoices import Found, find_invoice, of_everybody, read_invoice
from portal.billing.queries.invoices import invoices as listed
from portal.billing.queries.refund_requests import last_of
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web import formats
from portal.web.access import ctx, does, shows
from portal.web.amounts import minor_units
from portal.web.desk import pages
from portal.web.forms import Form, SeenForm, tidy, tidy_line
from portal.web.i18n import current_language
from portal.web.invoices import Listing, as_pdf, asked_from, invoice_page
from portal.web.listing import around
from portal.web.render import notify, page, see_other

UNDER_WAY = N_("The refund is on its way. The credit note follows when the payment gateway has made it.")


class AnswerForm(Form):
    """Why a refund is turned down."""

    answer = StringField(N_("Reason"), [DataRequired(), Length(max=500)], filters=[tidy_line],
                         description=N_("Whoever asked for the refund reads it."))


class AmountForm(Form):
    """How much goes back, as people type amounts; it only asks what that would do."""

    class Meta(Form.Meta):
        csrf = False  # it changes nothing and stands in an address

    amount = StringField(N_("Amount"), filters=[tidy_line])


class RefundForm(SeenForm):
    """A refund as the preview showed it, in minor units."""

    minor = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    reason = TextAreaField(
        N_("Reason"), [DataRequired(), Length(max=500)], filters=[tidy],
        description=N_("It stands on the credit note: write in the language of the invoice."),
    )


@dataclass(frozen=True, slots=True)
class Refunding:
    """The part of the page that gives money back: a question, and its answer to confirm."""

    ask: AmountForm
    form: RefundForm
    url: str
    parts: Parts | None = None


@pages.get("/invoices")
@shows(P.FINANCE_READ)
def invoices() -> Response:
    asked = asked_from(request.args)
    found = listed(ctx(), of_everybody(ctx().actor), asked)
    return page("invoices/list.html", block="rows", customers=True, search=gettext("Number or customer"),
                listing=Listing(asked, found, url_for("desk.invoices"), around("desk.invoice", "invoice")))


@pages.get("/invoices/<invoice>")
@shows(P.FINANCE_READ)
def invoice(invoice: str) -> Response:
    found, ask = _found(invoice), AmountForm(formdata=request.args)
    if not ask.amount.data:
        return _page(found, AmountForm(formdata=None))
    try:
        amount = minor_units(ask.amount.data, found.invoice.currency,
                             formats.locale_for(current_language(), ctx().actor.country))
        require_refundable(amount, found.refundable)
    except DomainError as error:
        ask.refuse(error)
        return _page(found, ask, status=422)
    return _page(found, ask, amount)


@pages.get("/invoices/<invoice>.pdf")
@shows(P.FINANCE_READ)
def invoice_pdf(invoice: str) -> Response:
    return as_pdf(*read_invoice(of_everybody(ctx().actor), invoice))


@pages.get("/invoices/<invoice>/refunds")
@shows(P.FINANCE_READ)
def refunds(invoice: str) -> Response:
    """Lead a reader who reloads a refused refund, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.invoice", invoice=invoice))


@pages.post("/invoices/<invoice>/refunds")
@does(give_back)
def ask_refund(invoice: str) -> Response:
    form = RefundForm()
    if not form.validate():
        return _again(invoice, form, 422)
    try:
        made = give_back(ctx(), invoice, form.minor.data, form.reason.data, form.seen.data)
    except DomainError as error:
        form.refuse(error)
        return _again(invoice, form, 409)
    notify("success", UNDER_WAY if isinstance(made, Refund) else N_("The refund waits for another member of staff."))
    return see_other(url_for("desk.invoice", invoice=invoice))


def refused(public_id: str, answer: AnswerForm | None, status: int) -> Response:
    """Answer with the page of an invoice whose waiting refund was not decided."""
    return _page(_found(public_id), AmountForm(formdata=None), status=status, answer=answer)


def _found(public_id: str) -> Found:
    return find_invoice(ctx(), of_everybody(ctx().actor), public_id)


def _again(public_id: str, form: RefundForm, status: int) -> Response:
    """Answer with a refund that was refused: what was typed is kept, beside what is so now."""
    found = _found(public_id)
    amount = form.minor.data or 0
    still = amount if 0 < amount <= found.refundable else None
    if still is None:
        notify("warning", N_("Give back no more than what is left of the payment."))
    return _page(found, AmountForm(formdata=None), still, form, status)


def _page(
    found: Found, ask: AmountForm, amount: int | None = None, form: RefundForm | None = None, status: int = 200,
    answer: AnswerForm | None = None,
) -> Response:
    row, public_id, last = found.invoice, found.invoice.public_id, last_of(ctx(), found.invoice.id)
    values: dict[str, Any] = {"minor": amount, "seen": row.credited}
    form = form or RefundForm(formdata=None, **values)
    form.show(row.credited)
    asked = last if last and last.state == "asked" else None
    may = ctx().actor.can(P.REFUND_MAKE) and found.refundable and not found.under_way and asked is None
    return invoice_page(
        found, status, list_url=url_for("desk.invoices"), note_url=around("desk.invoice", "invoice"),
        here=url_for("desk.invoice", invoice=public_id), pdf_url=url_for("desk.invoice_pdf", invoice=public_id),
        refund=Refunding(ask, form, url_for("desk.ask_refund", invoice=public_id),
                         parts(row, amount) if amount else None) if may else None,
        request=last, answer=answer or AnswerForm(formdata=None),
        own_request=last is not None and last.asked_by == ctx().actor.account_id,
    )
