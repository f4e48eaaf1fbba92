"""The help articles of this portal, and which of them is the help of a page."""

from __future__ import annotations

from flask import current_app, request

from portal.core.context import Actor
from portal.core.permissions import P
from portal.help.collection import Article, Library, library
from portal.web.i18n import current_language


def articles_of() -> Library:
    """Return the articles of this portal, loaded at the first question."""
    return current_app.extensions.get("articles") or library()


def page_help(actor: Actor) -> Article | None:
    """Return the article about the page that is asked for, if this person may read it."""
    article = articles_of().on_page(_page_of(request.endpoint or ""), current_language())
    return article if article and (article.public or actor.can(P.HELP_STAFF_READ)) else None


def _page_of(endpoint: str) -> str:
    """Return the endpoint of the page itself where a refused form comes back from the one that takes it."""
    pages: dict[str, str] = current_app.extensions.setdefault("pages_of_forms", {})
    if endpoint not in pages:
        rules = current_app.url_map.iter_rules
        addresses = {rule.rule for rule in rules() if rule.endpoint == endpoint}
        shown = (rule.endpoint for rule in rules() if rule.rule in addresses and "GET" in (rule.methods or ()))
        pages[endpoint] = next(shown, endpoint)
    return pages[endpoint]
