"""What customers ask their partner to change in their subscriptions, and the partner's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response
from wtforms import TextAreaField
from wtforms.validators import Length

from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.storage.commands import Command
from portal.subscriptions import commands
from portal.subscriptions.queries.changes import Change, find_change, open_changes
from portal.web.access import ctx, does, shows
from portal.web.forms import Form, tidy
from portal.web.listing import plan_names
from portal.web.render import notify, page, see_other
from portal.web.store import pages


class AnswerForm(Form):
    """What the customer reads with the decision."""

    answer = TextAreaField(
        N_("Your answer"), [Length(max=2000)], filters=[tidy],
        description=N_("Your customer reads why."),
    )


@pages.get("/changes")
@shows(P.CHANGE_ANSWER)
def changes() -> Response:
    found = open_changes(ctx().actor, request.args.get("after"))

    def turn(cursor: str | None) -> str | None:
        return url_for("store.changes", after=cursor) if cursor else None

    return page(
        "store/changes.html", changes=found.rows, plans=plan_names(),
        previous_url=turn(found.previous), next_url=turn(found.next),
    )


@pages.get("/changes/<change>")
@shows(P.CHANGE_ANSWER)
def change(change: str) -> Response:
    return _answer(change, AnswerForm(formdata=None))


@pages.get("/changes/<change>/decline")
@shows(P.CHANGE_ANSWER)
def change_act(change: str) -> Response:
    """Lead a reader who reloads a refused form, or changes its language, to the page it belongs to."""
    return see_other(url_for("store.change", change=change))


@pages.post("/changes/<change>/decline")
@does(commands.decline_change)
def decline_change(change: str) -> Response:
    done = N_("The request was declined, and your customer was told why.")
    return _decide(commands.decline_change, change, done)


def _decide(decide: Command[[str, str], None], change: str, done: str) -> Response:
    form = AnswerForm()
    if not form.validate():
        return _answer(change, form, 422)
    try:
        decide(ctx(), change, form.answer.data or "")
    except DomainError as error:
        form.refuse(error)
        return _answer(change, form, 409)
    notify("success", done)
    return see_other(url_for("store.changes"))


def _answer(public_id: str, form: AnswerForm, status: int = 200) -> Response:
    found = find_change(ctx().actor, public_id)
    return page(
        "store/change.html", status=status, change=found, plans=plan_names(), form=form, price=_price(found),
        customer_url=url_for("store.customer", customer=found.customer), prepare_url=_prepare(found),
    )


def _prepare(found: Change) -> str:
    """Return the address of the preview of what is wished for; the rest stays as it is."""
    storage = found.present_storage_gb if found.storage_gb is None else found.storage_gb
    return url_for(
        "store.change_subscription", subscription=found.owned, request=found.public_id,
        plan=found.plan or found.present_plan, licenses=found.licenses or found.present_licenses, period=found.period,
        extra_storage_gb=storage, mode="change" if found.on_trial else None,
    )


def _price(found: Change) -> int | None:
    """Return what a license would cost on the plan that is wanted, in minor units, if the programme still has it."""
    plan = ctx().programme.plans.get(found.plan or "")
    prices: Mapping[Any, int] = plan.prices.get(found.currency, {}) if plan else {}
    return prices.get(found.period)
