"""The payment report as Store and Console show it: its filter, its addresses, and its words on pages and in files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from babel.numbers import get_currency_precision
from flask import Response, url_for
from flask_babel import gettext, pgettext
from werkzeug.wrappers import Response as Answer

from portal.billing.policy.cards import called
from portal.billing.policy.spans import last_months
from portal.billing.queries.payments import (
    CARD_KINDS,
    STATES,
    Asked,
    Chosen,
    Payment,
    Sum,
    chosen,
    listed,
    matching,
    payments,
    sums,
)
from portal.billing.sheets import FORMATS, Words, write
from portal.billing.words import DECLINES, decline
from portal.core.paging import Page
from portal.core.words import N_, NP_
from portal.subscriptions.queries import SEARCH_MAX
from portal.web.access import ctx
from portal.web.commission import service_name
from portal.web.csv_file import attached, style
from portal.web.listing import around
from portal.web.render import page

MONTHS = 12  # that are shown by themselves
DIRECT = 5000  # payments that a file holds at once; longer ones are made by a job
_YEARS = range(2000, 2100)
_CODE = re.compile(r"[a-z0-9-]{1,64}")
_CURRENCY = re.compile(r"[A-Z]{3}")

STATE_WORDS = {
    "succeeded": (NP_("payment state", "Paid"), "good"),
    "declined": (NP_("payment state", "Declined"), "bad"),
    "waiting": (NP_("payment state", "Waiting"), "attention"),
    "refunded": (NP_("payment state", "Refunded"), "info"),
}
_STATE_OF = {"pending": "waiting", "action": "waiting"}
CARD_WORDS = {"reseller": N_("Reseller card"), "customer": N_("Customer card")}
HEADINGS = (
    N_("Day"), N_("Customer"), N_("Service"), N_("Type of card"), N_("Card"), N_("State"), N_("Why it was declined"),
    N_("Without tax"), N_("Tax"), N_("With tax"), N_("Given back of it"), N_("Commission"), N_("Currency"),
    N_("Document"),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What the form asks for. `choice` are the customers that its words fit, where it is not exactly one."""

    asked: Asked
    words: str = ""
    choice: tuple[Chosen, ...] = ()

    @property
    def undecided(self) -> bool:
        """Tell whether words were given that name no single customer."""
        return bool(self.words) and self.asked.customer is None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of payments, what the filter comes to, and the addresses around them."""

    filter: Filter
    page: Page[Payment]
    sums: list[Sum]
    path: str

    @property
    def asked(self) -> Asked:
        return self.filter.asked

    @property
    def lines(self) -> int:
        return listed(self.asked, self.sums)

    @property
    def is_long(self) -> bool:
        return self.lines > DIRECT

    @property
    def narrowed(self) -> bool:
        asked = self.asked
        return bool(asked.customer or asked.service or asked.card_kind or asked.state or asked.currency)

    @property
    def previous_url(self) -> str | None:
        return self._at(self.page.previous)

    @property
    def next_url(self) -> str | None:
        return self._at(self.page.next)

    @property
    def hidden(self) -> dict[str, str]:
        """What a question for a file of this filter sends along."""
        return {**query(self.asked), **({"administered": "1"} if self.asked.administered else {})}

    @property
    def everybodys_url(self) -> str:
        return _address(self.path, query(replace(self.asked, customer=None)))

    def of(self, customer: Chosen) -> str:
        return _address(self.path, query(replace(self.asked, customer=customer)))

    def only(self, sum: Sum) -> str:
        """Return the address of the payments that a sum is made of."""
        return _address(self.path, query(replace(self.asked, state=sum.state, currency=sum.currency)))

    def state_of(self, payment: Payment) -> str:
        return _STATE_OF.get(payment.state, payment.state)

    def file_url(self, fmt: str) -> str:
        values: dict[str, Any] = {"format": fmt, **self.hidden}
        return url_for("store.payments_file", **values)

    def _at(self, after: str | None) -> str | None:
        return _address(self.path, {**query(self.asked), "after": after}) if after else None


# ---- The filter ----

def period_from(args: Mapping[str, str]) -> tuple[date, date]:
    """Read the first and the last day of a period; what makes no sense is as if it had not been asked."""
    first, last = last_months(ctx().today(), MONTHS)
    return _day(args.get("since", "")) or first, _day(args.get("until", "")) or last


def asked_from(args: Mapping[str, str], administered: bool) -> Asked:
    """Read the query string of a report. Raises `NotFound` for a customer that the reader does not see."""
    since, until = period_from(args)
    customer = args.get("customer", "")
    service, currency = args.get("service", ""), args.get("currency", "")
    card_kind, state = args.get("card", ""), args.get("state", "")
    return Asked(
        since, until, chosen(ctx(), customer, administered) if customer else None,
        service if _CODE.fullmatch(service) else "", card_kind if card_kind in CARD_KINDS else "",
        state if state in STATES else "", currency if _CURRENCY.fullmatch(currency) else "", administered,
        args.get("after"),
    )


def filter_from(args: Mapping[str, str], administered: bool) -> Filter:
    """Read the whole form: words that fit exactly one customer choose it."""
    asked = asked_from(args, administered)
    words = " ".join(args.get("q", "").replace("\0", " ").split())[:SEARCH_MAX]
    if asked.customer or not words:
        return Filter(asked)
    choice = matching(ctx(), words, administered)
    if len(choice) == 1:
        return Filter(replace(asked, customer=choice[0]))
    return Filter(asked, words, tuple(choice))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def query(asked: Asked) -> dict[str, str]:
    """Return the query string of a report, without where its page begins."""
    given = {
        "since": asked.since.isoformat(), "until": asked.until.isoformat(),
        "customer": asked.customer.public_id if asked.customer else "", "service": asked.service,
        "card": asked.card_kind, "state": asked.state, "currency": asked.currency,
    }
    return {name: value for name, value in given.items() if value}


def _address(path: str, values: Mapping[str, str]) -> str:
    return f"{path}?{urlencode(values)}"


# ---- The page ----

def payments_page(wanted: Filter, path: str, status: int = 200) -> Answer:
    """Answer with the report, or with its block `rows` for htmx."""
    undecided = wanted.undecided
    found: Page[Payment] = Page([]) if undecided else payments(ctx(), wanted.asked)
    listing = Listing(wanted, found, [] if undecided else sums(ctx(), wanted.asked), path)
    return page(
        "reports/payments.html", block="rows", status=status, listing=listing, services=services(wanted.asked.service),
        currencies=currencies(wanted.asked.currency), states=state_names(), tones=TONES, card_kinds=card_names(),
        invoice_page=around("store.invoice", "invoice"), order_page=around("store.order", "order"),
        customer_page=around("store.customer", "customer"), service_name=service_name, card_name=called,
        decline=lambda code: gettext(decline(code)),
    )


TONES = {state: tone for state, (_words, tone) in STATE_WORDS.items()}


def state_names() -> dict[str, str]:
    """Return the names of states in the reader's language."""
    return {state: pgettext(*words) for state, (words, _tone) in STATE_WORDS.items()}


def card_names() -> dict[str, str]:
    return {kind: gettext(words) for kind, words in CARD_WORDS.items()}


def services(asked: str = "") -> dict[str, str]:
    """Return the names of the programme's services, and of one that is asked for although it has gone."""
    codes = [*ctx().programme.services, *([asked] if asked and asked not in ctx().programme.services else [])]
    return {code: service_name(code) for code in codes}


def currencies(asked: str = "") -> list[tuple[str, str]]:
    """Return the currencies of the programme, and one that is asked for although it has gone, as choices."""
    return [(code, code) for code in sorted({*ctx().programme.currencies, *([asked] if asked else [])})]


# ---- The file ----

def words(headings: tuple[str, ...] = HEADINGS, sheet: str = "") -> Words:
    """Return what a file says, in the language and the conventions of the reader."""
    states = state_names()
    digits = {code: get_currency_precision(code) for code in ctx().programme.currencies}
    return Words(
        sheet or gettext("Payments"), [gettext(heading) for heading in headings], services(), card_names(),
        {**states, **{code: states[state] for code, state in _STATE_OF.items()}},
        {code: gettext(message) for code, message in DECLINES.items()}, gettext(decline("")),
        replace(style(), digits=digits),
    )


def file_response(format: str, said: Words, rows: Iterable[list[object]], name: str, local: str) -> Answer:
    """Answer with a file that is made while the reader waits."""
    target = BytesIO()
    write(format, target, said, rows)
    return attachment(target.getvalue(), format, name, local, ctx().today(ctx().actor.time_zone))


def attachment(content: bytes, format: str, name: str, local: str, day: date) -> Answer:
    """Answer with a finished file, called `name` and in the reader's language `local`, both with a day."""
    response = Response(content, mimetype=FORMATS[format])
    return attached(response, f"{name}-{day.isoformat()}.{format}", f"{local}-{day.isoformat()}.{format}")
