"""Brings the index of the help articles in line with what they say: once for each edition."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

from flask import current_app
from peewee import IntegrityError

from portal.core.context import WORKER
from portal.core.locales import DEFAULT, LANGUAGES
from portal.help.collection import Article
from portal.help.commands import Text, index
from portal.help.queries import has_edition
from portal.settings import ROOT
from portal.web.articles import articles_of
from portal.web.public.article_names import NO_PAIR
from portal.web.public.help import body_of


def edition() -> str:
    """Return the digest of all that the index is made of: articles, words of the interface, the programme, the rules
    by which texts become terms. Computed once for a process.
    """
    known: str | None = current_app.extensions.get("help_edition")
    if known is None:
        known = current_app.extensions["help_edition"] = _digest()
    return known


def _digest() -> str:
    parts = [repr(sorted(article.__repr__() for article in articles_of().every()))]
    parts += [path.read_text(encoding="utf-8") for path in sorted((ROOT / "translations").glob("*/*/messages.po"))]
    parts += [repr(current_app.extensions["programme"])]
    parts += [(ROOT / "portal/help" / name).read_text(encoding="utf-8") for name in ("terms.py", "commands.py")]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def indexed() -> str:
    """Return the present edition, indexed now if it is not yet."""
    present = edition()
    if "help_indexed" not in current_app.extensions:
        if not has_edition(present):
            with contextlib.suppress(IntegrityError):  # another process was quicker
                index(current_app.extensions["make_ctx"](WORKER), present, _texts())
        current_app.extensions["help_indexed"] = True
    return present


def _texts() -> Iterator[Text]:
    for lang in LANGUAGES:
        for article in articles_of().shelf(lang, staff=True):
            yield _text(article, lang)


def _text(article: Article, lang: str) -> Text:
    """Return an article as readers of `lang` search it: in English where a translation is missing."""
    body = body_of(article, lang, NO_PAIR)
    source = articles_of().source(article.key)
    names = [article.title, *article.synonyms, *(source.synonyms if article.lang != DEFAULT else ())]
    return Text(
        lang=lang, key=article.key, public=article.public, titles=names,
        headings=[article.summary, *(part.heading for part in body.parts)],
        texts=[part.text for part in body.parts],
    )
