"""Payouts at the desk: the queue, and one payout with what this member of staff may do about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, request, url_for
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from portal.commissions.commands import payouts as commands
from portal.commissions.policy.payouts import REASON_MAX, REFERENCE_MAX
from portal.commissions.policy.payouts import STATES as ALL
from portal.commissions.queries.payouts import any_payout, queue
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.web.access import ctx, does, shows
from portal.web.commission import STATES
from portal.web.countries import countries
from portal.web.desk import pages
from portal.web.forms import SeenForm, tidy, tidy_line
from portal.web.i18n import current_language
from portal.web.render import notify, page, see_other


class PaymentForm(SeenForm):
    """That the money was transferred."""

    reference = StringField(
        N_("Reference of the bank transfer"), [DataRequired(), Length(max=REFERENCE_MAX)], filters=[tidy_line],
        description=N_("The partner reads it."),
    )


class RejectForm(SeenForm):
    """Why a payout is turned down."""

    reason = TextAreaField(
        N_("Reason"), [DataRequired(), Length(max=REASON_MAX)], filters=[tidy], description=N_("The partner reads it.")
    )


FORMS: dict[str, type[SeenForm]] = {"approve": SeenForm, "payment": PaymentForm, "reject": RejectForm}


@pages.get("/payouts")
@shows(P.FINANCE_READ)
def payouts() -> Response:
    chosen = request.args.get("state", "requested")
    if chosen not in ALL:
        abort(404)
    found = queue(ctx(), chosen, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("desk.payouts", state=chosen, after=cursor) if cursor else None

    return page(
        "desk/payouts.html", rows=found.rows, chosen=chosen, states=STATES,
        previous_url=turn(found.previous), next_url=turn(found.next),
    )


@pages.get("/payouts/<payout>")
@shows(P.FINANCE_READ)
def payout(payout: str) -> Response:
    return _page(payout)


@pages.get("/payouts/<payout>/<any(approve, payment, reject):decision>")
@shows(P.FINANCE_READ)
def payout_part(payout: str, decision: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("desk.payout", payout=payout))


@pages.post("/payouts/<payout>/approve")
@does(commands.approve_payout)
def approve_payout(payout: str) -> Response:
    return _carry_out(payout, "approve", N_("The payout is approved. Another member of staff records its payment."),
                      lambda form: commands.approve_payout(ctx(), payout, form.seen.data))


@pages.post("/payouts/<payout>/payment")
@does(commands.record_payment)
def record_payment(payout: str) -> Response:
    return _carry_out(payout, "payment", N_("The payment is recorded, and the partner is told."), lambda form:
                      commands.record_payment(ctx(), payout, form.reference.data, form.seen.data))


@pages.post("/payouts/<payout>/reject")
@does(commands.reject_payout)
def reject_payout(payout: str) -> Response:
    return _carry_out(payout, "reject", N_("The payout is turned down. Its amount is back in the partner's balance."),
                      lambda form: commands.reject_payout(ctx(), payout, form.reason.data, form.seen.data))


def _carry_out(payout: str, name: str, done: str, command: Callable[[Any], object]) -> Response:
    """Run a command with the form `name`; whatever refuses it, the page shows the truth and keeps what was typed."""
    form = FORMS[name](prefix=name)
    if not form.validate():
        return _page(payout, 422, **{name: form})
    try:
        command(form)
    except DomainError as error:
        notify("warning", error.message, **error.params)
        return _page(payout, 409, **{name: form})
    notify("success", done)
    return see_other(url_for("desk.payout", payout=payout))


def _page(payout: str, status: int = 200, **sent: Any) -> Response:
    found, hands, number = any_payout(ctx(), payout)
    forms = {name: sent.get(name) or form(prefix=name, formdata=None) for name, form in FORMS.items()}
    for form in forms.values():
        form.show(found.version)
    return page(
        "desk/payout.html", status=status, payout=found, hands=hands, number=number, forms=forms, states=STATES,
        country_names=dict(countries(current_language())),
    )
