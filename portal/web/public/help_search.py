"""Search in the help, as a page or, while somebody types, as the list of results alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.core.permissions import P
from portal.help.collection import SECTIONS, Article
from portal.help.excerpts import Piece, Worth, best_part, excerpt, worth
from portal.help.queries import Answer, search
from portal.help.ranking import RESULTS, Asked, corrected
from portal.web.access import PUBLIC, ctx
from portal.web.articles import articles_of
from portal.web.i18n import current_language
from portal.web.public import pages
from portal.web.public.article_names import NO_PAIR
from portal.web.public.help import body_of
from portal.web.public.help_index import indexed, look_again
from portal.web.render import in_other_languages, page, wants_fragment

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
    count = len(articles_of().shelf(current_language(), staff=ctx().actor.can(P.HELP_STAFF_READ)))
    answer = search(ctx().actor, indexed(), current_language(), question, count) if question else Answer((), ())
    if question and not answer.keys:
        look_again()
    told = worth(answer.question, count)
    beside: dict[str, Any] = {"languages": in_other_languages()} if wants_fragment() else {}  # a page has its own
    response = page(
        "public/help_search.html", "results",
        question=question,
        live=wants_fragment(),
        most=RESULTS,
        **beside,
        results=[_result(key, answer.question, told) for key in answer.keys],
        understood=corrected(question, answer.question),
    )
    if not (ctx().actor.signed_in or wants_fragment()):
        response.headers["Cache-Control"] = "public, max-age=60"
    return response


def _result(key: str, question: Sequence[Asked], told: Sequence[Worth]) -> Result:
    lang = current_language()
    article = articles_of().get(key, lang)
    first, *parts = body_of(article, lang, NO_PAIR).parts
    choices = [(article.title, f"{article.summary} {first.text}"), *((part.heading, part.text) for part in parts)]
    place = best_part(choices, told)
    part = parts[place - 1] if place else None
    return Result(
        article,
        url_for("public.help_article", slug=article.slug, _anchor=part.id if part else None),
        gettext(SECTIONS[article.section]),
        part.heading if part else "",
        excerpt(choices[place][1] or article.summary, question),
    )
