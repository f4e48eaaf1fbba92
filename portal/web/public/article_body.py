"""Turns an article's body into HTML: Jinja for facts and labels, then Markdown without HTML of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


_BLANKS = re.compile(r"[ \t\n]+")  # not those that hold French signs to their words
# What stands in these is set apart from what follows it, in plain text, unless a sign ends it.
_OF_ITEMS, _ENDS = ("bullet_list_", "ordered_list_", "table_"), ".!?:;…"
# A label's words in a second language stand between these, from the template to the finished page.
_PAIR = re.compile("\ue000([a-z]+)\ue001(.*?)\ue002")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page: its address and its size in pixels."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Part:
    """The text from one heading to the next, without markup; `level` is the heading's, 1 for what stands before any."""

    id: str
    heading: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Body:
    """A rendered article and its parts."""

    html: Markup
    parts: Sequence[Part]

    @property
    def sections(self) -> Sequence[Part]:
        """The parts that a table of contents names."""
        return [part for part in self.parts if part.level == 2]


def paired(words: str, second: str, lang: str) -> str:
    """Return a label with its words in a second language behind it, for `rendered` to mark as such."""
    return f"{words} \ue000{lang}\ue001({second})\ue002"


def rendered(article: Article, names: Mapping[str, Any], picture: Callable[[str], Picture]) -> Body:
    """Return the body with `names` (label, url, days, hours, p, lang …) filled in, and its pictures found.

    An unknown name or picture is an error, never a gap.
    """
    tokens = _MARKDOWN.parse(_JINJA.from_string(article.body).render(names))
    _anchor_all(tokens)
    _show(tokens, picture)
    html = _MARKDOWN.renderer.render(list(_with_cards(tokens)), _MARKDOWN.options, {})
    return Body(Markup(_PAIR.sub(r'<span lang="\1">\2</span>', html)), list(_parts(tokens)))


def _parts(tokens: Iterable[Token]) -> Iterator[Part]:
    """Yield the texts between headings."""
    part, texts = Part("", "", 1, ""), list[str]()
    heading: Token | None = None
    depth = 0  # of lists and tables
    for token in tokens:
        depth += token.nesting if token.type.startswith(_OF_ITEMS) else 0
        if token.type == "heading_open":
            heading = token
        elif token.type == "inline" and heading:
            yield Part(part.id, part.heading, part.level, "".join(texts).strip(" ·"))
            part = Part(str(heading.attrGet("id")), _plain(token), int(heading.tag[1]), "")
            texts, heading = [], None
        elif token.type == "inline":
            text = _plain(token)
            texts += [text, " · " if depth and text and text[-1] not in _ENDS else " "]
        elif token.type in {"fence", "code_block"}:
            texts += [token.content, " "]
    yield Part(part.id, part.heading, part.level, "".join(texts).strip(" ·"))


def _plain(inline: Token) -> str:
    """Return the words of a line of text, in the article's language alone."""
    parts = (" " if part.type in {"softbreak", "hardbreak"} else part.content for part in inline.children or ())
    return _BLANKS.sub(" ", _PAIR.sub("", "".join(parts))).strip()


def _show(tokens: Iterable[Token], picture: Callable[[str], Picture]) -> None:
    """Give every image the address and size of the picture that it names; it loads when it comes into sight."""
    for image in (part for token in tokens for part in token.children or () if part.type == "image"):
        found = picture(str(image.attrGet("src")))
        image.attrs |= {"src": found.url, "width": found.width, "height": found.height, "loading": "lazy"}


def _anchor_all(tokens: Sequence[Token]) -> None:
    """Give every heading an id made of its words."""
    used: set[str] = set()
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        name = base = _anchor(_plain(inline))
        count = 1
        while name in used:
            count += 1
            name = f"{base}-{count}"
        used.add(name)
        opening.attrSet("id", name)


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
            columns.append(_plain(token))
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
