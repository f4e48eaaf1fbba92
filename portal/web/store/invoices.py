"""Invoices of a partner's customers, with what has become of each, and charging an open one once more."""

from __future__ import annotations

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.billing.commands.renewals import pay_invoice as pay
from portal.billing.models import Invoice
from portal.billing.queries.invoices import find_invoice, of_partner, read_invoice
from portal.billing.queries.invoices import invoices as listed
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.invoices import Listing, as_pdf, asked_from, invoice_page
from portal.web.listing import around
from portal.web.render import notify, page, see_other
from portal.web.store import pages


@pages.get("/invoices")
@shows(P.STORE_OPEN)
def invoices() -> Response:
    asked = asked_from(request.args)
    found = listed(ctx(), of_partner(ctx().actor), asked)
    return page("invoices/list.html", block="rows", customers=True, search=gettext("Number or customer"),
                listing=Listing(asked, found, url_for("store.invoices"), around("store.invoice", "invoice")))


@pages.get("/invoices/<invoice>")
@shows(P.STORE_OPEN)
def invoice(invoice: str) -> Response:
    return _page(invoice)


@pages.get("/invoices/<invoice>.pdf")
@shows(P.STORE_OPEN)
def invoice_pdf(invoice: str) -> Response:
    return as_pdf(*read_invoice(of_partner(ctx().actor), invoice))


@pages.get("/invoices/<invoice>/pay")
@shows(P.STORE_OPEN)
def paying_invoice(invoice: str) -> Response:
    """Lead a reader who reloads a refused try, or changes its language, to the page it belongs to."""
    return see_other(url_for("store.invoice", invoice=invoice))


@pages.post("/invoices/<invoice>/pay")
@does(pay)
def pay_invoice(invoice: str) -> Response:
    try:
        pay(ctx(), invoice)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(invoice, 409)
    notify("info", N_("The card is being charged."))
    return see_other(url_for("store.invoice", invoice=invoice))


def _page(public_id: str, status: int = 200) -> Response:
    found = find_invoice(ctx(), of_partner(ctx().actor), public_id)
    row, may = found.invoice, ctx().actor.can(P.SUBSCRIPTION_CHANGE)
    owes = row.card_kind == "reseller" or row.organization.partner_id == ctx().actor.partner_id
    pays = may and found.payable and owes
    return invoice_page(
        found, status, list_url=url_for("store.invoices"), note_url=around("store.invoice", "invoice"),
        here=url_for("store.invoice", invoice=public_id),
        pdf_url=url_for("store.invoice_pdf", invoice=public_id), confirms=row.card_kind == "reseller",
        pay_url=url_for("store.pay_invoice", invoice=public_id) if pays else None,
        card_url=_card_url(row) if found.payable else None,
    )


def _card_url(row: Invoice) -> str | None:
    """Return where another card is chosen for the customer of an invoice, for whom may do so."""
    mine = row.organization.partner_id == ctx().actor.partner_id and ctx().actor.can(P.CARD_CHANGE)
    return url_for("store.card", customer=row.organization.public_id) if mine else None
