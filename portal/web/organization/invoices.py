"""Invoices that are made out to the organization, and what its partner has still to pay for it."""

from __future__ import annotations

from flask import request, url_for
from werkzeug.wrappers import Response

from portal.billing.queries.invoices import find_invoice, of_organization, outstanding, read_invoice
from portal.billing.queries.invoices import invoices as listed
from portal.billing.words import CREDITED, decline
from portal.core.permissions import P
from portal.web.access import ctx, shows
from portal.web.invoices import Listing, as_pdf, asked_from, invoice_page
from portal.web.listing import around, plan_names
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import page


@pages.get("/<organization>/invoices")
@shows(P.SUBSCRIPTION_READ, realm)
def invoices(organization: str) -> Response:
    """Show what is made out to the organization.

    What its partner pays with a reseller card is between vendor and partner: of that it sees no invoice and no amount,
    only which subscription is unpaid and what happens on which day.
    """
    asked = asked_from({name: value for name, value in request.args.items() if name != "customer"})
    found = listed(ctx(), of_organization(ctx().actor), asked)
    return page(
        "organization/invoices.html", block="rows", organization=here(), customers=False, plans=plan_names(),
        listing=Listing(asked, found, url_for("organization.invoices", organization=organization), _around()),
        unpaid=outstanding(ctx()), why=decline, credited=CREDITED,
        note_url=_around(), confirms=False, currency="",
    )


@pages.get("/<organization>/invoices/<invoice>")
@shows(P.SUBSCRIPTION_READ, realm)
def invoice(organization: str, invoice: str) -> Response:
    found = find_invoice(ctx(), of_organization(ctx().actor), invoice)
    return invoice_page(
        found, list_url=url_for("organization.invoices", organization=organization), note_url=_around(),
        here=url_for("organization.invoice", organization=organization, invoice=invoice),
        pdf_url=url_for("organization.invoice_pdf", organization=organization, invoice=invoice),
        confirms=found.invoice.card_kind == "customer",
    )


@pages.get("/<organization>/invoices/<invoice>.pdf")
@shows(P.SUBSCRIPTION_READ, realm)
def invoice_pdf(organization: str, invoice: str) -> Response:
    return as_pdf(*read_invoice(of_organization(ctx().actor), invoice))


def _around() -> tuple[str, str]:
    return around("organization.invoice", "invoice", organization=here().public_id)
