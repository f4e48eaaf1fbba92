"""Help pages: the list of articles, and each article under its address in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, redirect, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.locales import DEFAULT, LANGUAGES
from portal.core.permissions import P
from portal.help.collection import WARNED, Article, Library, fallback, library
from portal.web.access import PUBLIC, ctx
from portal.web.formats import locale_for, number
from portal.web.i18n import current_language
from portal.web.public import pages
from portal.web.public.article_body import Body, rendered
from portal.web.render import address_in, localize, page, public_links, shared

# What articles call the pages that they lead to.
_PAGES = {
    "apply": "public.apply",
    "sign_in": "account.sign_in",
    "store": "store.home",
    "console": "console.customers",
}


@pages.get("/help")
@PUBLIC
def help_index() -> Response:
    articles = articles_of().shelf(current_language(), staff=ctx().actor.can(P.HELP_STAFF_READ))
    return shared(page(
        "public/help_index.html",
        **public_links("public.help_index"),
        description=gettext("How the partner programme works, from the application to everyday work with customers."),
        articles=[article for article in articles if article.public],
        staff_articles=[article for article in articles if not article.public],
    ))


@pages.get("/help/<slug>")
@PUBLIC
def help_article(slug: str) -> Response:
    lang = current_language()
    article = articles_of().find(lang, slug)
    if article is None or not (article.public or ctx().actor.can(P.HELP_STAFF_READ)):
        raise NotFound
    if slug != article.slug:
        return redirect(url_for("public.help_article", slug=article.slug), 301)
    localize({code: {"slug": articles_of().get(article.key, code).slug} for code in LANGUAGES})
    frame = _frame(article, lang)
    return shared(page(
        "public/help_article.html",
        **frame,
        article=article,
        body=_body(article, lang),
        untranslated=fallback(article, lang),
        outdated=articles_of().lag(article) >= WARNED,
        english_url=address_in(DEFAULT, "public.help_article", {}),
        others=[other for other in articles_of().shelf(lang) if other.key != article.key],
        shares=_shares(article.title, frame["canonical"]) if article.public else (),
    ))


def articles_of() -> Library:
    """Return the articles of this portal, loaded at the first question."""
    return current_app.extensions.get("articles") or library()


def _frame(article: Article, lang: str) -> dict[str, Any]:
    """Return what search engines learn; an article shown in English for want of a translation is the English page."""
    if article.public and not fallback(article, lang):
        links = public_links("public.help_article", articles_of().translations(article.key))
    else:
        canonical = ctx().base_url + address_in(article.lang, "public.help_article", {})
        links = {"canonical": canonical, "alternates": [], "robots": "noindex"}
    return {"description": article.summary, **links}


def _body(article: Article, lang: str) -> Body:
    """Render once for each language of readers: addresses are theirs, words are the article's."""
    bodies: dict[tuple[str, str], Body] = current_app.extensions.setdefault("article_bodies", {})
    if (lang, article.key) not in bodies:
        bodies[lang, article.key] = rendered(article, _names(article.lang))
    return bodies[lang, article.key]


def _names(lang: str) -> Mapping[str, Any]:
    """Return what bodies may name; words and numbers in the language of the text."""
    words = current_app.extensions["templates"][lang].globals
    _, ngettext = words["_"], words["ngettext"]

    def days(count: int) -> str:
        return str(ngettext("%(num)s day", "%(num)s days", count))

    def hours(aim: int, limit: int) -> str:
        if aim == limit:
            return str(ngettext("%(num)s hour", "%(num)s hours", limit))
        shown = {"aim": number(aim, locale_for(lang)), "limit": number(limit, locale_for(lang))}
        return str(_("%(aim)s to %(limit)s hours", **shown))

    return {"label": _, "url": _url, "days": days, "hours": hours, "p": ctx().programme, "lang": lang}


def _url(name: str, key: str = "") -> str:
    """Return the address of a page that articles lead to, or of another article; KeyError for an unknown one."""
    if name == "help":
        return url_for("public.help_article", slug=articles_of().get(key, current_language()).slug)
    return url_for(_PAGES[name])


def _shares(title: str, url: str) -> tuple[tuple[str, str], ...]:
    """Return links that hand the article on: plain addresses, so that nobody is followed here."""
    return (
        (gettext("E-mail"), "mailto:?" + urlencode({"subject": title, "body": url}, quote_via=quote)),
        ("Facebook", "https://www.facebook.com/sharer/sharer.php?" + urlencode({"u": url})),
        ("WhatsApp", "https://wa.me/?" + urlencode({"text": f"{title}\n{url}"})),
    )
