"""Help pages: the list of articles, and each article under its address in the reader's language."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from flask import current_app, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.errors import NotFound
from portal.core.locales import DEFAULT, LANGUAGES
from portal.core.permissions import P
from portal.help.collection import SECTIONS, WARNED, Article, fallback
from portal.web.access import PUBLIC, ctx
from portal.web.articles import articles_of
from portal.web.i18n import current_language
from portal.web.public import pages
from portal.web.public.answer_form import AnswerForm
from portal.web.public.article_body import Body, rendered
from portal.web.public.article_names import NO_PAIR, names, picture, second_language
from portal.web.public.readings import count_reading
from portal.web.public.structured_data import breadcrumbs, questions
from portal.web.render import address_in, localize, page, public_links, shared


@pages.get("/help")
@PUBLIC
def help_index() -> Response:
    articles = articles_of().shelf(current_language(), staff=ctx().actor.can(P.HELP_STAFF_READ))
    sections = {name: [article for article in articles if article.section == name] for name in SECTIONS}
    return shared(page(
        "public/help_index.html",
        **public_links("public.help_index"),
        description=gettext("How the partner programme works, from the application to everyday work with customers."),
        sections=[(name, gettext(SECTIONS[name]), found) for name, found in sections.items() if found],
    ))


@pages.get("/help/<slug>")
@PUBLIC
def help_article(slug: str) -> Response:
    article = readable(slug)
    if slug != article.slug:
        kept = {"with": _second()} if _second() else {}
        return redirect(url_for("public.help_article", slug=article.slug, **kept), 301)  # type: ignore[arg-type]
    response = shared(article_page(article))
    if article.public:
        count_reading(article.key, response)
    return response


def readable(slug: str) -> Article:
    """Return the article that a page is about, if this reader may know of it, and name the page in all languages."""
    article = articles_of().find(current_language(), slug)
    if article is None or not (article.public or ctx().actor.can(P.HELP_STAFF_READ)):
        raise NotFound(slug)
    localize({code: {"slug": articles_of().get(article.key, code).slug} for code in LANGUAGES})
    return article


def article_page(article: Article, form: AnswerForm | None = None, status: int = 200) -> Response:
    """Return the page of an article; with an answer that could not be taken, or for htmx the answer's form alone."""
    lang = current_language()
    frame = _frame(article, lang)
    return page(
        "public/help_article.html",
        "feedback" if form else None,
        status,
        **frame,
        form=form or AnswerForm(formdata=None),
        article=article,
        body=body_of(article, lang, _second()),
        second=_second(),
        shown_second=second_language(lang, _second()),
        seconds=[(code, language.name) for code, language in LANGUAGES.items() if code != lang],
        section=gettext(SECTIONS[article.section]),
        data=_data(article, lang) if frame["robots"] is None else (),
        untranslated=fallback(article, lang),
        outdated=articles_of().lag(article) >= WARNED,
        english_url=address_in(DEFAULT, "public.help_article", {}),
        others=[other for other in articles_of().shelf(lang, staff=not article.public)
                if other.key != article.key and other.section == article.section],
        shares=_shares(article.title, frame["canonical"]) if article.public else (),
    )


def _data(article: Article, lang: str) -> tuple[dict[str, Any], ...]:
    """Return what search engines read of an article that they may list."""
    index = ctx().base_url + url_for("public.help_index")
    steps = [
        (gettext("Help"), index), (gettext(SECTIONS[article.section]), f"{index}#section-{article.section}"),
        (article.title, ctx().base_url + url_for("public.help_article", slug=article.slug)),
    ]
    crumbs = breadcrumbs(steps)
    return (crumbs, questions(body_of(article, lang, NO_PAIR), lang)) if article.faq else (crumbs,)


def body_of(article: Article, lang: str, second: str = "") -> Body:
    """Return the article's text for readers of `lang`, rendered once for each choice of a second language of labels.

    Addresses are the reader's, words are the article's.
    """
    bodies: dict[tuple[str, str, str], Body] = current_app.extensions.setdefault("article_bodies", {})
    wanted = (lang, article.key, second)
    if wanted not in bodies:
        found = names(ctx().programme, article.lang, lang, second)
        bodies[wanted] = rendered(article, found, lambda name: picture(name, article.lang))
    return bodies[wanted]


def _second() -> str:
    """Return the language that labels are shown in as well, as the reader asks by `?with=`; empty: as usual."""
    chosen = request.args.get("with", "")
    return chosen if chosen in {*LANGUAGES, NO_PAIR} else ""


def _frame(article: Article, lang: str) -> dict[str, Any]:
    """Return what search engines learn; an article shown in English for want of a translation is the English page."""
    if article.public and not fallback(article, lang):
        links = public_links("public.help_article", articles_of().translations(article.key))
    else:
        canonical = ctx().base_url + address_in(article.lang, "public.help_article", {})
        links = {"canonical": canonical, "alternates": [], "robots": "noindex"}
    return {"description": article.summary, **links}


def _shares(title: str, url: str) -> tuple[tuple[str, str], ...]:
    """Return links that hand the article on: plain addresses, so that nobody is followed here."""
    return (
        (gettext("E-mail"), "mailto:?" + urlencode({"subject": title, "body": url}, quote_via=quote)),
        ("Facebook", "https://www.facebook.com/sharer/sharer.php?" + urlencode({"u": url})),
        ("WhatsApp", "https://wa.me/?" + urlencode({"text": f"{title}\n{url}"})),
    )
