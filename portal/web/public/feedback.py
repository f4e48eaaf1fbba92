"""*Was this article helpful?*: takes the answer of anybody, once it comes from our own page, and thanks for it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import abort, request, url_for
from werkzeug.wrappers import Response

from portal.accounts.policy import TooManyAttempts
from portal.core.errors import DomainError, NotFound
from portal.help.answers import give_answer
from portal.help.collection import Article
from portal.web.access import PUBLIC, ctx
from portal.web.forms import csrf
from portal.web.i18n import current_language
from portal.web.public import pages
from portal.web.public.answer_form import AnswerForm
from portal.web.public.help import article_page, readable
from portal.web.render import page, see_other, shared, wants_fragment

_ANSWERS = {"yes": True, "no": False}


@pages.post("/help/<slug>")
@PUBLIC
def answer_article(slug: str) -> Response:
    article, form = _public(slug), AnswerForm()
    helpful = _ANSWERS.get(form.helpful.data or "")
    if helpful is None or not _ours():
        abort(400)
    if not form.validate():
        return article_page(article, form, 422)
    try:
        if not form.website.data:
            give_answer(ctx(), (article.key, current_language()), helpful, form.sentence.data or "",
                        request.remote_addr or "")
    except DomainError as error:
        form.refuse(error)
        return article_page(article, form, 429 if isinstance(error, TooManyAttempts) else 422)
    return _thanks(article, helpful) if wants_fragment() else see_other(
        url_for("public.help_thanks", slug=article.slug, answer=form.helpful.data))


csrf.exempt(answer_article)  # without a cookie; `_ours` says where it comes from


@pages.get("/help/<slug>/thanks")
@PUBLIC
def help_thanks(slug: str) -> Response:
    return shared(_thanks(_public(slug), request.args.get("answer") != "no"))


def _public(slug: str) -> Article:
    article = readable(slug)
    if not article.public:
        raise NotFound(slug)
    return article


def _ours() -> bool:
    """Tell whether a page of this portal has sent the form, as far as the browser says where it comes from."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.origin
    return site in {None, "same-origin", "none"} and (origin is None or urlsplit(origin).netloc == request.host)


def _thanks(article: Article, helpful: bool) -> Response:
    return page("public/help_thanks.html", "thanks", article=article, helpful=helpful)
