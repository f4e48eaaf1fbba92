"""The form in which terms are typed: plan, licenses, period, extra storage; and their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request, url_for
from flask_babel import gettext, pgettext
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, IntegerField, RadioField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from portal.billing.models import Card
from portal.billing.policy.cards import called, last_day
from portal.core.words import N_, NP_
from portal.customers.models import Organization
from portal.programme.schema import Plan
from portal.subscriptions.policy import PERIODS, Terms
from portal.web.access import ctx
from portal.web.forms import Form, tidy
from portal.web.listing import plan_names

_PERIODS = {"monthly": NP_("subscription period", "Monthly"), "yearly": NP_("subscription period", "Yearly")}
FIELDS = ("plan", "licenses", "period", "extra_storage_gb")


class TermsForm(Form):
    """What a subscription is to be. Sent by GET it is a preview, by POST the confirmation of one."""

    # Of a trial: to buy it or to change it; of a new service: to try it or to buy it.
    mode = RadioField(N_("What should happen?"), validate_choice=False)
    plan = SelectField(N_("Plan"))
    licenses = IntegerField(N_("Number of licenses"), [InputRequired()])
    period = RadioField(N_("Subscription period"))
    extra_storage_gb = IntegerField(
        N_("Extra storage in GB"), [InputRequired()], description=N_("In total, on top of what the plan has.")
    )
    request = HiddenField()  # of the customer, that this answers
    seen = IntegerField("", [Optional()])
    total = IntegerField("", [Optional()])
    answer = TextAreaField(N_("Your answer"), [Length(max=2000)], filters=[tidy],
                           description=N_("Optional. Your customer reads it."))

    def offer(self, plans: Iterable[tuple[str, str]], modes: Mapping[str, str] | None = None) -> None:
        """Set what there is to choose from; of one thing alone there is no choice."""
        self.plan.choices = list(plans)
        self.period.choices = list(period_names().items())
        self.mode.choices = [(code, gettext(label)) for code, label in (modes or {}).items()]
        if self.mode.data not in (modes or {}):
            self.mode.data = next(iter(modes or {}), "")

    @property
    def terms(self) -> tuple[str, int, str, int]:
        """What was typed, once it is valid."""
        return (str(self.plan.data), int(self.licenses.data or 0), str(self.period.data),
                int(self.extra_storage_gb.data or 0))


def previewing(present: Mapping[str, Any], **more: Any) -> TermsForm:
    """Build the form of a preview from the query string; what is not in it is as at `present`."""
    asked = {name: value for name, value in request.args.items() if name in {*FIELDS, "mode", "request"}}
    if not asked:
        return TermsForm(formdata=None, data=present, meta={"csrf": False}, **more)
    given = {name: str(value) for name, value in {**present, **asked}.items()}
    return TermsForm(MultiDict(given), meta={"csrf": False}, **more)


def is_preview() -> bool:
    """Tell whether the query string asks for a preview, and not for the form alone."""
    return any(name in request.args for name in FIELDS)


def present_of(terms: Terms) -> dict[str, Any]:
    """Return what the form shows of these terms."""
    return {"plan": terms.plan, "licenses": terms.licenses, "period": terms.period,
            "extra_storage_gb": terms.extra_storage_gb}


def period_names() -> dict[str, str]:
    return {period: pgettext(*_PERIODS[period]) for period in PERIODS}


def plans_of(service: str, currency: str, present: str = "") -> list[Plan]:
    """Return the plans of a service that are sold in a currency, smallest first, and the one that is there."""
    sold = (plan for plan in ctx().programme.plans.values()
            if plan.service == service and (currency in plan.prices or plan.code == present))
    return sorted(sold, key=lambda plan: plan.rank)


def plan_choices(service: str, currency: str, present: str = "") -> list[tuple[str, str]]:
    """Return the same with their names; also a plan that the programme has no more, where it is there."""
    names = plan_names()
    codes = [plan.code for plan in plans_of(service, currency, present)]
    return [(code, names[code]) for code in ([present] if present and present not in codes else []) + codes]


def card_of(organization: Organization, card: Card | None, back: str) -> dict[str, Any]:
    """Return what a page says about the card that would pay, and the address where it is changed."""
    usable = card is not None and card.state == "active" and organization.card_kind != "none"
    return {
        "kind": organization.card_kind if usable else "none", "name": called(card.brand, card.last4) if card else "",
        "usable": usable and card is not None and last_day(card.exp_year, card.exp_month) >= ctx().today(),
        "card": card if usable else None,
        "url": url_for("store.card", customer=organization.public_id, next=back),
    }
