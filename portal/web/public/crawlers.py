"""What search engines ask for at the root: the site map of public pages, and what to leave alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import Blueprint, Response, current_app, request, url_for

from portal.core.locales import COMPLETE, DEFAULT
from portal.web.access import PUBLIC, ctx
from portal.web.articles import articles_of

files = Blueprint("crawlers", __name__)


@files.get("/sitemap.xml")
@PUBLIC
def sitemap() -> Response:
    template = current_app.extensions["templates"][DEFAULT].get_template("public/sitemap.xml")
    return _answer(template.render(pages=_public_pages(), default=DEFAULT), "application/xml")


@files.get("/robots.txt")
@PUBLIC
def robots() -> Response:
    # The picker's addresses set a cookie and redirect; the pages behind them are in the site map.
    lines = ("User-agent: *", "Disallow: /*/language", f"Sitemap: {ctx().base_url}{url_for('crawlers.sitemap')}")
    return _answer("\n".join(lines) + "\n", "text/plain")


def _answer(body: str, mimetype: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Cache-Control"] = "public, max-age=300"  # to everybody the same, also to who is signed in
    response.add_etag(weak=True)
    return response.make_conditional(request.environ)  # type: ignore[return-value]


def _public_pages() -> Iterator[tuple[dict[str, str], dict[str, date]]]:
    """Yield the addresses of each public page by the complete languages it exists in, and when an article changed."""
    base, library = ctx().base_url, articles_of()
    for endpoint in ("public.home", "public.apply", "public.help_index", "public.help_contact"):
        yield {code: base + url_for(endpoint, lang=code) for code in COMPLETE}, {}
    for source in library.shelf(DEFAULT):
        articles = [library.get(source.key, code) for code in library.translations(source.key) if code in COMPLETE]
        addresses = {
            article.lang: base + url_for("public.help_article", lang=article.lang, slug=article.slug)
            for article in articles
        }
        yield addresses, {article.lang: article.updated for article in articles}
