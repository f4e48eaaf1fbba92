"""The words that the portal shows in a language: its catalog's and its articles', without what is not prose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from portal.catalogs import extracted, read
from portal.core.locales import DEFAULT
from portal.help.collection import library

HERE = Path(__file__).parent
# Placeholders, markup, addresses, code, and what Jinja fills in.
_NOT_PROSE = re.compile(
    r"\]\([^)]*\)|%\(\w+\)[sd]|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<[^>]*>|`[^`]*`|&\w+;|https?://\S*|/[\w/.-]+"
    r"|[\w.+-]+@[\w.-]+|\w+\.\w{2,}",
    re.DOTALL,
)


def prose(lang: str) -> Iterator[tuple[str, str]]:
    """Yield (where, text) for every message and article of a language."""
    for message in extracted() if lang == DEFAULT else read(lang):
        if not message.id:
            continue
        texts = message.id if lang == DEFAULT else message.string
        for text in texts if isinstance(texts, list | tuple) else [texts]:
            yield f"message {str(message.id)[:60]!r}", _NOT_PROSE.sub(" ", text or "")
    for article in library().every():
        if article.lang == lang:
            text = "\n".join((article.title, article.summary, article.news, article.body))
            yield f"{lang}/{article.key}.md", _NOT_PROSE.sub(" ", text)


def reviewed(lang: str) -> set[str]:
    """Return the words that somebody has looked at and found right, though no dictionary has them."""
    lines = (HERE / f"{lang}.txt").read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}
