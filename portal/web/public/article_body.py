"""Turns an article's body into HTML: Jinja for facts and labels, then Markdown without HTML of its own."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from jinja2 import Environment, StrictUndefined
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from portal.help.collection import Article

# Without autoescape, because Markdown escapes what it prints; its own HTML is off.
_JINJA = Environment(undefined=StrictUndefined, autoescape=False)
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Body:
    """A rendered article, and its sections as (id, heading) for a table of contents."""

    html: Markup
    sections: Sequence[tuple[str, str]]


def rendered(article: Article, names: Mapping[str, Any]) -> Body:
    """Return the body with `names` (label, url, days, hours, p, lang) filled in.

    An unknown name is an error, never a gap.
    """
    tokens = _MARKDOWN.parse(_JINJA.from_string(article.body).render(names))
    sections = list(_anchored(tokens))
    html = _MARKDOWN.renderer.render(list(_with_cards(tokens)), _MARKDOWN.options, {})
    return Body(Markup(html), sections)


def _anchored(tokens: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Give every heading an id made of its words, and yield those of the second level."""
    used: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        words = "".join(part.content for part in inline.children or ())
        name = base = _anchor(words)
        count = 1
        while name in used:
            count += 1
            name = f"{base}-{count}"
        used.add(name)
        opening.attrSet("id", name)
        if opening.tag == "h2":
            yield name, words


def _anchor(words: str) -> str:
    """Return words as the id of a heading: letters, marks (Thai vowels are marks) and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFC", words).translate({ord("'"): None, ord("’"): None})
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in plain)
    return "-".join(kept.lower().split()) or "section"


def _with_cards(tokens: Sequence[Token]) -> Iterator[Token]:
    """Dress tables as the stylesheet's cards: a frame, a heading per row, and each cell's column beside it."""
    columns: list[str] = []
    column = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "table_open":
            columns = []
            token.attrSet("class", "cards")
            yield _frame('<div class="table">')
        elif token.type == "tr_open":
            column = 0
        elif token.type == "inline" and before is not None and before.type == "th_open":
            columns.append("".join(part.content for part in token.children or ()))
        elif token.type == "th_open":
            token.attrSet("scope", "col")
        yield from _cell(token, columns, column)
        column += token.type == "td_close"
        if token.type == "table_close":
            yield _frame("</div>\n")


def _cell(token: Token, columns: Sequence[str], column: int) -> Iterator[Token]:
    """Yield a token of a table's body: the first cell heads its row, the others carry a wrapper and a label."""
    if token.type in {"td_open", "td_close"} and column == 0:
        token.tag = "th"
        if token.nesting == 1:
            token.attrSet("scope", "row")
        yield token
    elif token.type == "td_open":
        token.attrSet("data-label", columns[column])
        yield from (token, _frame("<div>"))
    elif token.type == "td_close":
        yield from (_frame("</div>"), token)
    else:
        yield token


def _frame(html: str) -> Token:
    """Return a token that prints markup of ours; Markdown itself makes none of this type while HTML is off."""
    return Token("html_inline", "", 0, content=html)
