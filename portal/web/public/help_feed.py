"""The feed of what changed in the help, one in each language."""

from __future__ import annotations

from flask import current_app, url_for
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.locales import LANGUAGES
from portal.help.collection import fallback
from portal.web.access import PUBLIC, ctx
from portal.web.articles import articles_of
from portal.web.i18n import current_language
from portal.web.public import pages
from portal.web.render import shared

_ENTRIES = 50


@pages.get("/help/changes.atom")
@PUBLIC
def help_changes() -> Response:
    """Tell of the articles that exist in this language, the last changed first; staff's own are in no feed.

    A language in preparation has none.
    """
    lang = current_language()
    if LANGUAGES[lang].preparing:
        raise NotFound(lang)
    articles = [article for article in articles_of().shelf(lang) if not fallback(article, lang)]
    articles.sort(key=lambda article: article.updated, reverse=True)  # stable: else as in the help
    template = current_app.extensions["templates"][lang].get_template("public/help_changes.xml")
    body = template.render(
        lang=lang, articles=articles[:_ENTRIES], base=ctx().base_url, vendor=ctx().programme.vendor,
        updated=max((article.updated for article in articles), default=ctx().now.date()),
        own_url=url_for("public.help_changes"), index_url=url_for("public.help_index"),
    )
    return shared(Response(body, mimetype="application/atom+xml"))
