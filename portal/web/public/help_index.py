"""Brings the index of the help articles in line with what they say: once for each edition."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from flask import Flask, current_app

from portal.core.context import WORKER
from portal.core.locales import DEFAULT, LANGUAGES
from portal.help.collection import Article
from portal.help.commands import Text, index
from portal.help.queries import has_edition
from portal.help.weights import weights
from portal.settings import ROOT
from portal.web.articles import articles_of
from portal.web.public.article_names import NO_PAIR
from portal.web.public.help import body_of

# The rules by which texts become an index: with other rules it is another.
_RULES = ("core/folding.py", "help/terms.py", "help/weights.py", "web/public/help_index.py",
          "web/public/article_body.py")


def edition() -> str:
    """Return the digest of all that the index is made of: articles, words of the interface, the programme, the rules
    by which texts become terms. Computed once for a process.
    """
    known: str | None = current_app.extensions.get("help_edition")
    if known is None:
        known = current_app.extensions["help_edition"] = _digest()
    return known


def _digest() -> str:
    parts = sorted(map(repr, articles_of().every()))
    parts += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "translations").glob("*/*/messages.po"))]
    parts += [repr(current_app.extensions["programme"])]
    parts += [(ROOT / "portal" / name).read_text(encoding="utf-8") for name in _RULES]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def indexed() -> str:
    """Return the present edition, indexed now if it is not yet."""
    present = edition()
    if "help_indexed" not in current_app.extensions:
        if not has_edition(present):
            index(current_app.extensions["make_ctx"](WORKER), present, list(_texts()))
        current_app.extensions["help_indexed"] = True
    return present


def look_again() -> None:
    """Have the next question ask whether the index is there: newer portals that share the database remove old ones."""
    current_app.extensions.pop("help_indexed", None)


def index_from_shell(app: Flask) -> str:
    """Index the articles before anybody searches; articles are rendered as for a reader who is signed out."""
    with app.test_request_context(f"/{DEFAULT}/help"):
        app.preprocess_request()
        return indexed()


def _texts() -> Iterator[Text]:
    for lang in LANGUAGES:
        for article in articles_of().shelf(lang, staff=True):
            yield _text(article, lang)


def _text(article: Article, lang: str) -> Text:
    """Return an article as readers of `lang` search it: in English where a translation is missing."""
    parts = body_of(article, lang, NO_PAIR).parts
    source = articles_of().source(article.key)
    synonyms = {*article.synonyms, *source.synonyms}  # what something is called in English is searched everywhere
    headings = [article.summary, *(part.heading for part in parts)]
    texts = [part.text for part in parts]
    return Text(lang, article.key, article.public, weights(article.title, synonyms, headings, texts))
