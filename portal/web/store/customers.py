"""All customers of a partner, of all services, and the page of each."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.billing.queries.holdings import holder, owned_by
from portal.core.locales import DEFAULT, LANGUAGES, supported
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.policy import spelled
from portal.delegation.queries import standing
from portal.subscriptions.queries import listed, plans_of
from portal.subscriptions.queries.changes import changes_of
from portal.subscriptions.words import RENEWALS
from portal.web.access import ctx, shows
from portal.web.countries import countries
from portal.web.i18n import current_language
from portal.web.listing import Listing, around, asked_from, plan_names
from portal.web.render import page
from portal.web.store import pages
from portal.web.store.forms import AskForm
from portal.web.store.terms import card_of


@pages.get("/customers")
@shows(P.STORE_OPEN)
def customers() -> Response:
    asked = asked_from(request.args)
    found = listed(ctx(), asked, administered=False)
    return page(
        "store/customers.html", block="rows",
        listing=Listing(asked, found, url_for("store.customers")),
        subscriptions=plans_of(customer.id for customer in found.rows),
        plans=plan_names(),
        customer_page=around("store.customer", "customer"), edit=around("store.edit_customer", "customer"),
        change_card=around("store.card", "customer"),
        add_url=url_for("console.add_customer") if ctx().actor.can(P.CUSTOMER_ADD) else None,
    )


@pages.get("/customers/<customer>")
@shows(P.STORE_OPEN)
def customer(customer: str) -> Response:
    return customer_page(customer)


def customer_page(customer: str, form: AskForm | None = None, status: int = 200) -> Response:
    """Answer with the page of a customer; `form` is the question for access as it was sent."""
    found = holder(ctx().actor, customer)
    organization, may = found.organization, ctx().actor.can
    closed = organization.access != "active"
    return page(
        "store/customer.html", status=status, organization=organization, domain=spelled(organization.domain),
        country_name=dict(countries(current_language())).get(organization.country, organization.country),
        language=LANGUAGES[supported(organization.language) or DEFAULT],
        since=organization.created_at.astimezone(ZoneInfo(organization.time_zone)).date(),
        subscriptions=owned_by(organization.id), services=ctx().programme.services,
        orders=found.orders, card=card_of(organization, found.card, url_for("store.customer", customer=customer)),
        plans=plan_names(), console=_console_link(organization),
        changes=changes_of(organization.id, is_open=True).rows, answers=may(P.CHANGE_ANSWER),
        sells=may(P.SUBSCRIPTION_CHANGE), renewals={code: gettext(label) for code, label in RENEWALS.items()},
        relation=standing(ctx(), organization.id) if closed else None, form=form or AskForm(formdata=None),
    )


def _console_link(organization: Organization) -> tuple[str, str] | None:
    """Return words and address of what the Console offers for this customer: Manage, or Verify before it."""
    if organization.access != "active" or not ctx().actor.can(P.CONSOLE_OPEN):
        return None
    if organization.domain_verified_at is not None:
        address = url_for("organization.home", organization=organization.public_id)
        return (gettext("Manage"), address) if ctx().actor.can(P.CUSTOMER_ENTER) else None
    address = url_for("console.domain", customer=organization.public_id)
    return (gettext("Verify"), address) if ctx().actor.can(P.DOMAIN_VERIFY) else None
