"""*Still not found*: who answers a reader, by the region that they are in."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.support.queries.channels import channels
from portal.web.access import PUBLIC, ctx
from portal.web.countries import countries, likely_country
from portal.web.i18n import current_language
from portal.web.public import pages
from portal.web.render import page, public_links, shared


@pages.get("/help/contact")
@PUBLIC
def help_contact() -> Response:
    if ctx().actor.can(P.SUPPORT_READ):
        found = channels(ctx())
        return page("public/help_contact.html", **_frame(), partner=True, region=found.region, known=found.known)
    return _chosen()


def _chosen() -> Response:
    """Answer by the country that the reader chooses; until they have chosen, by the one of their account or browser."""
    named, programme = dict(countries(current_language())), ctx().programme
    asked = request.args.get("country", "").strip().upper()
    chosen = asked if asked in named else ""
    likely = ctx().actor.country or likely_country(request.accept_languages.values())
    country = chosen or (likely if likely in named and not asked else "")
    region = programme.region_for_country(country) if country else None
    response = page(
        "public/help_contact.html", **_frame(), partner=False, country=country, unknown=asked != chosen,
        countries=countries(current_language()), country_name=named.get(country), region=region,
        known=region is not None and region.code != programme.default_region,
    )
    if chosen:
        return shared(response)
    response.vary.add("Accept-Language")
    return response if likely else shared(response)


def _frame() -> dict[str, Any]:
    """Return what search engines learn: the page is one, whatever was asked of it."""
    links = public_links("public.help_contact")
    if request.args:
        links |= {"alternates": [], "robots": "noindex"}
    links["canonical"] = ctx().base_url + url_for("public.help_contact")
    links["description"] = gettext("Write to people: here is who answers you, and what for.")
    return links
