"""What if a customer pays by another card, changes its plan, or leaves: a year of commission, before and after."""

from __future__ import annotations

from flask import request
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired

from portal.billing.queries.outlooks import Scenario, compare, subscriptions_of, totals
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.customers.queries import find
from portal.subscriptions.models import Subscription
from portal.web.access import ctx, shows
from portal.web.commission import service_name, tier_names
from portal.web.forms import Form
from portal.web.listing import plan_names
from portal.web.render import page
from portal.web.store import pages

CARDS = {"reseller": N_("Reseller card"), "customer": N_("Customer card")}


class CardForm(Form):
    """Whose card would pay."""

    card = SelectField(N_("Pays with"))


class PlanForm(Form):
    """What one subscription would become."""

    subscription = SelectField(N_("Subscription"))
    plan = SelectField(N_("Plan"))
    licenses = IntegerField(N_("Number of licenses"), [InputRequired()])


@pages.get("/customers/<customer>/what-if")
@shows(P.COMMISSION_READ)
def what_if(customer: str) -> Response:
    organization = find(ctx(), customer)
    held = subscriptions_of(organization)
    asked = request.args.get("what", "")
    card, plan = _card_form(organization, asked), _plan_form(held, asked)
    scenario, status = _scenario(asked, card, plan)
    try:
        compared = compare(ctx(), organization, held, scenario)
    except DomainError as error:
        plan.refuse(error)
        compared, scenario, status = compare(ctx(), organization, held, Scenario()), Scenario(), 422
    return page(
        "store/what_if.html", block="outlook", status=status, organization=organization, compared=compared,
        totals=totals(compared), scenario=scenario, card_form=card, plan_form=plan, plans=plan_names(), cards=CARDS,
        tiers=tier_names(),
    )


def _scenario(asked: str, card: CardForm, plan: PlanForm) -> tuple[Scenario, int]:
    """Return what was asked for; what does not fit its form is answered as if nothing had been."""
    if asked == "leave":
        return Scenario("leave"), 200
    if asked == "card" and card.validate():
        return Scenario("card", card_kind=card.card.data), 200
    if asked == "plan" and plan.validate():
        return Scenario("plan", "", plan.subscription.data, plan.plan.data, plan.licenses.data or 0), 200
    return Scenario(), 422 if asked in {"card", "plan"} else 200


def _card_form(organization: Organization, asked: str) -> CardForm:
    other = "customer" if organization.card_kind == "reseller" else "reseller"
    form = CardForm(request.args if asked == "card" else None, meta={"csrf": False}, card=other)
    form.card.choices = [(kind, gettext(label)) for kind, label in CARDS.items()]
    return form


def _plan_form(held: list[Subscription], asked: str) -> PlanForm:
    """Build the form of what could change; at first it shows the first subscription as it is."""
    first = held[0] if held else None
    values = {"subscription": first.public_id, "plan": first.plan, "licenses": first.licenses} if first else {}
    form = PlanForm(request.args if asked == "plan" else None, meta={"csrf": False}, **values)
    names, programme = plan_names(), ctx().programme
    services = {row.service for row in held}
    form.subscription.choices = [(row.public_id, service_name(row.service)) for row in held]
    sold = [code for code, plan in programme.plans.items() if plan.service in services]
    form.plan.choices = [(code, names[code]) for code in dict.fromkeys([*(row.plan for row in held), *sold])]
    return form
