"""HTML mails to plain text: words and lines, quotes marked as such; one pass, whatever the HTML is like."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

# A tag ends where the next begins, if it does not end before: no HTML makes this look at a character twice.
_TAG = re.compile(r"<(/?)([a-zA-Z!?][a-zA-Z0-9:]*)[^<>]*>?")
_LINES = {"address", "article", "br", "div", "dd", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
          "header", "hr", "li", "ol", "p", "pre", "section", "table", "tr", "ul"}
_APART = {"p", "h1", "h2", "h3", "h4", "h5", "h6"}  # an empty line follows
_UNSEEN = {"script", "style", "title", "head", "template"}
_NO_CHARACTER = re.compile(r"&#[0-9]{8,};?")  # the library refuses to count so far
_SPACES = re.compile(r"[ \t\r\n\f]+")
_DEPTH_MAX = 20


class _Page:
    """Lines of text as they come out."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.words: list[str] = []
        self.depth = 0

    def text(self, words: str) -> None:
        spaced = _SPACES.sub(" ", html.unescape(_NO_CHARACTER.sub("", words)))
        if spaced.strip() or (spaced and self.words):
            self.words.append(spaced)

    def end_line(self, always: bool = False) -> None:
        line = _SPACES.sub(" ", "".join(self.words)).strip()
        self.words.clear()
        if line or always:
            self.lines.append(("> " * self.depth + line).rstrip())

    def empty_line(self) -> None:
        if self.lines and self.lines[-1].strip("> "):
            self.lines.append(("> " * self.depth).rstrip())

    def quote(self, more: int) -> None:
        self.end_line()
        self.depth = min(max(self.depth + more, 0), _DEPTH_MAX)


def html_text(source: str, check: Callable[[], None] = lambda: None) -> str:
    """Return the text of an HTML mail; what it quotes begins with "> ". `check` is called on the way."""
    page, end, comments = _Page(), 0, source.find("<!--") >= 0
    ends = _Ends(source)
    for count, match in enumerate(_TAG.finditer(source)):
        if match.start() < end:
            continue
        if count % 1000 == 0:
            check()
        page.text(source[end : match.start()])
        end = match.end()
        name = match[2].lower()
        if comments and source.startswith("<!--", match.start()):
            end = ends.after("-->", match.start() + 4, match.end())
        elif not match[1] and name in _UNSEEN:
            end = ends.after(f"</{name}", end, len(source) if name in ("script", "style") else end)
        else:
            _tag(page, name, closing=bool(match[1]))
    page.text(source[end:])
    page.end_line()
    return "\n".join(page.lines).strip("\n")


def _tag(page: _Page, name: str, closing: bool) -> None:
    if name == "blockquote":
        page.quote(-1 if closing else 1)
    elif name in ("td", "th"):
        page.words.append(" ")
    elif name in _LINES:
        page.end_line(always=name == "br")
        if closing and name in _APART:
            page.empty_line()


class _Ends:
    """Finds ends of what is not shown; what is not found once is not looked for again."""

    def __init__(self, source: str) -> None:
        self._source, self._missing = source.lower(), set[str]()

    def after(self, mark: str, start: int, otherwise: int) -> int:
        if mark in self._missing:
            return otherwise
        found = self._source.find(mark, start)
        if found < 0:
            self._missing.add(mark)
            return otherwise
        closed = self._source.find(">", found)
        return closed + 1 or len(self._source)
