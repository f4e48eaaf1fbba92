"""Search in the help, as a page or, while somebody types, as the list of results alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.help.collection import SECTIONS, Article
from portal.help.excerpts import Piece, best_part, excerpt
from portal.help.queries import Answer, search
from portal.help.ranking import Asked
from portal.web.access import PUBLIC, ctx
from portal.web.articles import articles_of
from portal.web.help_index import indexed
from portal.web.i18n import current_language
from portal.web.public import pages
from portal.web.public.article_names import NO_PAIR
from portal.web.public.help import body_of
from portal.web.render import page

LONGEST = 200  # letters of a question


@dataclass(frozen=True, slots=True)
class Result:
    """An article that answers, the part of it that does best, and the words that show it."""

    article: Article
    url: str
    section: str
    part: str
    excerpt: Sequence[Piece]


@pages.get("/help/search")
@PUBLIC
def help_search() -> Response:
    question = " ".join(request.args.get("q", "")[:LONGEST].split())
    answer = _answer(question) if question else Answer((), ())
    response = page(
        "public/help_search.html", "results",
        question=question,
        results=[_result(key, answer.question) for key in answer.keys],
        corrected=" ".join(word.corrected or word.text for word in answer.question) if answer.corrected else "",
    )
    if not ctx().actor.signed_in:
        response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _answer(question: str) -> Answer:
    lang, actor = current_language(), ctx().actor
    articles = articles_of().shelf(lang, staff=actor.can(P.HELP_STAFF_READ))
    return search(actor, indexed(), lang, question, len(articles))


def _result(key: str, question: Sequence[Asked]) -> Result:
    lang = current_language()
    article = articles_of().get(key, lang)
    parts = body_of(article, lang, NO_PAIR).parts
    texts = [article.summary, *(f"{part.heading} {part.text}" for part in parts[1:])]
    place = best_part(texts, question)
    part = parts[place] if place else None
    url = url_for("public.help_article", slug=article.slug, _anchor=part.id if part else None)
    return Result(article, url, gettext(SECTIONS[article.section]), part.heading if part else "",
                  excerpt(part.text or article.summary if part else article.summary, question))
