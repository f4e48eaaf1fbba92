"""Invoices on pages: the document in its own language, the lists, and the words for what becomes of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import abort, current_app, make_response
from flask_babel import force_locale, gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.billing.models import Invoice, InvoiceLine
from portal.billing.queries.invoices import SEARCH_MAX, STATES, Asked, Found
from portal.billing.words import CREDITED, decline
from portal.core.locales import DEFAULT, supported
from portal.core.paging import Page
from portal.settings import ROOT
from portal.web import formats
from portal.web.bills import AnyLine, ShownBill, shown_bill
from portal.web.pdf import available, pdf
from portal.web.render import page, wants_fragment

# ---- The document ----

def document(invoice: Invoice, lines: Sequence[InvoiceLine], heading: str = "h2") -> Markup:
    """Return the document as it was issued, in the invoice's language and its recipient's formats."""
    language = supported(invoice.language) or DEFAULT
    template = current_app.extensions["templates"][language].get_template("invoices/document.html")
    with force_locale(language):
        bill, reason = _bill(invoice, lines, language), gettext(CREDITED.get(invoice.reason, invoice.reason))
    return Markup(template.render(
        lang=language, country=invoice.country, invoice=invoice, issuer=invoice.issuer, bill=bill,
        recipient={"customer": "", **invoice.recipient}, address=_address(invoice, language), heading=heading,
        reason=reason if invoice.reason else "",
    ))


def _bill(invoice: Invoice, lines: Sequence[InvoiceLine], language: str) -> ShownBill:
    labels = {line.plan: line.label for line in lines}

    def name_of(line: AnyLine) -> str:
        return _in(language, labels[line.plan])

    tax_name, locale = _in(language, invoice.tax_name or {}), formats.locale_for(language, invoice.country)
    bill = shown_bill(invoice, lines, name_of, tax_name, locale)
    if bill.tax is None or invoice.kind == "invoice":
        return bill
    # A credit note takes its part of the invoice's tax: worked out anew, that could be a cent more or less.
    return replace(bill, tax=replace(bill.tax, formula=formats.percent(invoice.tax_rate, locale), rounding=""))


def _in(language: str, words: Mapping[str, str]) -> str:
    """Return words that were stored in each language of their day."""
    return words.get(language) or words.get(DEFAULT) or next(iter(words.values()), "")


def _address(invoice: Invoice, language: str) -> list[str]:
    """Return the recipient's address line by line, with its country in the invoice's language."""
    to = invoice.recipient
    place = " ".join(part for part in (to["postal_code"], to["city"]) if part)
    country = formats.locale_for(language).territories.get(to["country"], to["country"])
    return [line for line in (to["street"], place, to["region"], country) if line]


def as_pdf(invoice: Invoice, lines: Sequence[InvoiceLine]) -> Response:
    """Answer with the document as PDF; there is none where the extra is not installed."""
    if not available():
        abort(404)
    language = supported(invoice.language) or DEFAULT
    whole = current_app.extensions["templates"][language].get_template("invoices/pdf.html")
    html = whole.render(lang=language, code=invoice.code, document=document(invoice, lines, "h1"))
    response = make_response(pdf(html, _stylesheet()))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{invoice.code}.pdf"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _stylesheet() -> str:
    return (ROOT / "static" / "invoice.css").read_text()


# ---- Its page ----

def invoice_page(found: Found, status: int = 200, **more: Any) -> Response:
    """Answer with one invoice, and beside it what has become of it; htmx gets that part alone.

    `more`: the addresses around it, and what the reader may do.
    """
    nothing = {"confirms": False, "pay_url": None, "card_url": None, "refund": None, "request": None}
    whole = {} if wants_fragment() else {"document": document(found.invoice, found.lines)}
    if not available():
        more["pdf_url"] = None
    return page("invoices/invoice.html", block="payment", status=status, found=found, why=decline,
                credited=CREDITED, **{**nothing, **whole, **more})


# ---- Lists ----

def asked_from(args: Mapping[str, str]) -> Asked:
    """Read a list's query string; what makes no sense is as if it had not been asked."""
    words = " ".join(args.get("q", "").replace("\0", " ").split())
    state = args.get("state", "")
    return Asked(words[:SEARCH_MAX], state if state in STATES else "", args.get("customer", "").replace("\0", ""),
                 args.get("after"))


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of invoices with the addresses around it."""

    asked: Asked
    page: Page[Invoice]
    path: str
    url_of: tuple[str, str]  # what stands before and after a public id in the address of an invoice

    @property
    def narrowed(self) -> bool:
        return self.asked != Asked()

    @property
    def previous_url(self) -> str | None:
        return self._at(after=self.page.previous) if self.page.previous else None

    @property
    def next_url(self) -> str | None:
        return self._at(after=self.page.next) if self.page.next else None

    def state_url(self, state: str) -> str:
        return self._at(state=state, after=None)

    @property
    def everybodys_url(self) -> str:
        """The same list of all customers."""
        return self._at(customer="", after=None)

    @property
    def kept(self) -> dict[str, str]:
        """What a new search keeps."""
        return {name: value for name, value in (("state", self.asked.state), ("customer", self.asked.customer))
                if value}

    def _at(self, **other: Any) -> str:
        asked = replace(self.asked, **other)
        parts = {"q": asked.search, "state": asked.state, "customer": asked.customer, "after": asked.after}
        given = {name: value for name, value in parts.items() if value}
        return f"{self.path}?{urlencode(given)}" if given else self.path
