"""Commission as a partner reads it: balances, months, statements to print or keep as a file, and single lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import abort, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired
from wtforms.widgets import HiddenInput

from portal.commissions.policy.formulas import formula
from portal.commissions.policy.kinds import PAYABLE
from portal.commissions.queries.ledger import (
    Line,
    balances,
    every_line,
    find_entry,
    month_after,
    months,
    statement_of,
)
from portal.commissions.queries.partners import own_standing
from portal.commissions.queries.payouts import payouts_of
from portal.core.money import Money
from portal.core.permissions import P
from portal.core.words import N_
from portal.web import formats
from portal.web.access import ctx, shows
from portal.web.commission import KINDS, STATES, locale, service_name, tier_names
from portal.web.csv_file import download
from portal.web.forms import Form, tidy
from portal.web.languages import write_whole
from portal.web.render import page
from portal.web.store import pages

_HEADINGS = (
    N_("Date"), N_("Kind"), N_("Document"), N_("Organization"), N_("Service"), N_("Net amount"), N_("Rate"),
    N_("Tier"), N_("Rates since"), N_("Amount"), N_("Currency"), N_("Part of the balance"),
)


class PayoutForm(Form):
    """How much to collect, in words of the reader's country; `seen` is the balance that the page showed."""

    seen = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    amount = StringField(
        N_("Amount"), [DataRequired()], filters=[tidy], render_kw={"inputmode": "decimal", "autocomplete": "off"}
    )


@pages.get("/commission")
@shows(P.COMMISSION_READ)
def commission() -> Response:
    return commission_page()


def commission_page(form: PayoutForm | None = None, currency: str = "", status: int = 200) -> Response:
    """Answer with balances, months and payouts; `form` is a payout in `currency` as it was asked for."""
    every = request.args.get("months") == "all"
    standing, held, payouts = own_standing(ctx()), balances(ctx().actor.partner_id), payouts_of(
        ctx().actor, request.args.get("after"))
    minimum = ctx().programme.billing.payouts.minimum
    collectable = [
        code for code, amount in held.items() if amount > 0 and amount >= minimum.get(code, amount + 1)
    ]
    usable = standing.account is not None and standing.account.usable_from <= ctx().now
    asks = ctx().actor.can(P.PAYOUT_ASK)
    forms = {code: _form(code, held[code]) for code in collectable} if asks and usable else {}
    if form is not None and currency in forms:
        form.seen.data, form.seen.raw_data = held[currency], None
        forms[currency] = form
    return page(
        "store/commission.html", status=status, standing=standing, balances=held, minimum=minimum, forms=forms,
        usable=usable, asks=asks, months=months(ctx().actor, ctx().today(), every), every=every,
        payouts=payouts.rows, states=STATES, previous_url=_at(payouts.previous), next_url=_at(payouts.next),
    )


def _form(currency: str, balance: int) -> PayoutForm:
    amount = formats.money(balance, currency, locale())
    return PayoutForm(prefix=currency, formdata=None, seen=balance, amount=amount)


def _at(after: str | None) -> str | None:
    return url_for("store.commission", after=after) if after else None


@pages.get("/commission/<currency>/<month>")
@shows(P.COMMISSION_READ)
def statement(currency: str, month: str) -> Response:
    first = _month(month)
    found = statement_of(ctx().actor, currency, first, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("store.statement", currency=currency, month=month, after=cursor) if cursor else None

    return page(
        "store/statement.html", statement=found, currency=currency, month=first, kinds=KINDS, partner=ctx().actor,
        file_url=url_for("store.statement_file", currency=currency, month=month), payable=sorted(PAYABLE),
        before=_neighbor(currency, month_before(first)) if found.first < first else None,
        following=_neighbor(currency, month_after(first)) if month_after(first) <= ctx().today() else None,
        previous_url=turn(found.lines.previous), next_url=turn(found.lines.next),
    )


@pages.get("/commission/<currency>/<month>.csv")
@shows(P.COMMISSION_READ)
def statement_file(currency: str, month: str) -> Response:
    first = _month(month)
    statement_of(ctx().actor, currency, first, size=1)  # not found where the page is not
    write_whole()
    lines = _cells(every_line(ctx().actor, currency, first))
    return download(f"commission-{currency}-{month}.csv", [gettext(heading) for heading in _HEADINGS], lines)


@pages.get("/commission/entries/<entry>")
@shows(P.COMMISSION_READ)
def entry(entry: str) -> Response:
    line = find_entry(ctx().actor, entry)
    worked = formula(line.base, line.rate, line.amount) if line.base else None
    return page(
        "store/entry.html", line=line, kinds=KINDS, formula=worked,
        exact=formats.exact_money(worked.exact, line.currency, locale()) if worked else "",
        tier=tier_names().get(line.tier, line.tier), service=service_name(line.service), cause_url=cause_url(line),
    )


def month_before(month: date) -> date:
    """Return the first day of the month before."""
    return date(month.year - (month.month == 1), month.month - 1 or 12, 1)


def _month(text: str) -> date:
    """Return the first day of a month as the address writes it, no later than the present one; otherwise 404."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        abort(404)
    if first.strftime("%Y-%m") != text or not date(2000, 1, 1) <= first <= ctx().today():
        abort(404)
    return first


def _neighbor(currency: str, month: date) -> tuple[date, str]:
    return month, url_for("store.statement", currency=currency, month=month.isoformat()[:7])


def _cells(lines: Iterator[Line]) -> Iterator[list[object]]:
    """Yield the cells of each line. Amounts are numbers in the major unit."""
    here, tiers = locale(), tier_names()
    for line in lines:
        yield [
            line.on, gettext(KINDS[line.kind]), line.cause_number, line.organization_name,
            service_name(line.service), Money(line.base, line.currency), formats.percent(line.rate, here),
            tiers.get(line.tier, line.tier), line.rule_from or "", Money(line.amount, line.currency), line.currency,
            gettext("Yes") if line.payable else gettext("No"),
        ]


def cause_url(line: Line) -> str:
    """Return the address of the document that a line comes from."""
    if line.kind in {"payout", "payout-return"}:
        return url_for("store.payout", payout=line.cause)
    return url_for("store.invoice", invoice=line.cause)
