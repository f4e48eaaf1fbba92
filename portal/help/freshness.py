"""How far translations are: what is missing, what is behind, and what the English text has changed meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from typing import Final

from portal.core.locales import DEFAULT, LANGUAGES
from portal.core.words import N_
from portal.help.collection import OUTDATED, WARNED, Article, Library

# From the best to the worst. What is slightly behind need not follow: `outdated` begins with the medium ones.
STATES: Final[Mapping[str, str]] = {
    "current": N_("Up to date"),
    "slight": N_("Slightly behind"),
    "medium": N_("Outdated"),
    "major": N_("Outdated, and readers are warned"),
    "missing": N_("Not translated"),
}
OUTDATED_STATES: Final = ("medium", "major")
TO_DO: Final = (*OUTDATED_STATES, "missing")
_SENTENCE = re.compile(r"(?<=\D[.!?])\s+(?=[A-Z*\[{“\"])")


@dataclass(frozen=True, slots=True)
class Row:
    """An article in one language: its state, and how significant the change is that its readers miss."""

    key: str
    lang: str
    state: str
    lag: int


def rows(library: Library) -> Iterator[Row]:
    """Yield every article in every language, in the articles' order."""
    for source in library.shelf(DEFAULT, staff=True):
        translations = library.translations(source.key)
        for lang in LANGUAGES:
            lag = library.lag(library.get(source.key, lang)) if lang in translations else 0
            yield Row(source.key, lang, _state(lag) if lang in translations else "missing", lag)


def state_of(library: Library, key: str, lang: str) -> str:
    """Return the state of one article in one language."""
    return _state(library.lag(library.get(key, lang))) if lang in library.translations(key) else "missing"


def _state(lag: int) -> str:
    if lag >= WARNED:
        return "major"
    return "medium" if lag >= OUTDATED else "slight" if lag else "current"


def difference(library: Library, article: Article) -> Sequence[tuple[str, str]]:
    """Return what English has changed since this translation: sentences, each added (`+`), removed (`-`) or beside.

    Between two places of change stands `@`. Empty for what is up to date, and for a revision that was not kept.
    """
    now, then = library.source(article.key), library.revision(article.key, article.based_on)
    if then is None or then is now:
        return ()
    lines = list(unified_diff(sentences(then), sentences(now), lineterm="", n=1))[3:]
    return [("@", "") if line.startswith("@@") else (line[0], line[1:]) for line in lines]


def sentences(article: Article) -> list[str]:
    """Return an English text, title and summary ahead, as lines that are short enough to compare."""
    lines = (line for line in (article.title, article.summary, *article.body.splitlines()) if line.strip())
    return [sentence for line in lines for sentence in _SENTENCE.split(line)]
