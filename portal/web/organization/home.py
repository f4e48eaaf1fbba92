"""The overview of an organization."""

from __future__ import annotations

from babel import Locale
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.subscriptions.queries import held as subscriptions
from portal.web.access import ctx, shows
from portal.web.i18n import current_language
from portal.web.organization import pages
from portal.web.organization.realm import organization as here
from portal.web.organization.realm import realm
from portal.web.render import page


@pages.get("/<organization>/")
@shows(P.ORGANIZATION_OPEN, realm)
def home(organization: str) -> Response:
    language, found = current_language(), here()
    return page(
        "organization/home.html", organization=found, own=not found.on_behalf,
        country_name=Locale.parse(language).territories.get(found.country, found.country),
        held=[(_plan(item.plan, language), item) for item in subscriptions(found.id)],
    )


def _plan(code: str, language: str) -> str:
    plan = ctx().programme.plans.get(code)
    return plan.name.get(language) if plan else code
