"""How much an article is about each of its terms: by where it stands, and by how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from sys import intern

from portal.help.terms import GRAM, is_run, terms, whole

_TITLE, _SYNONYM, _HEADING = 14, 6, 4  # of a term in a long line; twice as much of one that is the whole line
_WHOLE = 20  # of a name as a whole
_MOST = 4  # times that a term counts in the text


def weights(title: str, synonyms: Iterable[str], headings: Iterable[str], texts: Iterable[str]) -> Mapping[str, int]:
    """Return the weight of each term of an article; `synonyms` are other words that people know it by."""
    names = [title, *synonyms]
    found: Counter[str] = Counter({whole(name): _WHOLE for name in names})
    for weight, lines in ((_TITLE, [title]), (_SYNONYM, names[1:]), (_HEADING, headings)):
        found.update(_of_lines(weight, lines))
    for term, count in _all_counted(texts).items():
        found[term] += min(count, _MOST)
    return found


def _of_lines(weight: int, lines: Iterable[str]) -> Mapping[str, int]:
    """Return the weight of each term of lines, by the line that is about it most: the fewer words, the more."""
    found: dict[str, int] = {}
    for line in lines:
        own = counted(line)
        length = sum(1 / GRAM if is_run(term) else 1 for term in own)
        for term in own:
            found[term] = max(found.get(term, 0), round(weight * (1 + 1 / max(length, 1))))
    return found


def _all_counted(texts: Iterable[str]) -> Mapping[str, int]:
    every: Counter[str] = Counter()
    for text in texts:
        every.update(counted(text))
    return every


@lru_cache(maxsize=8192)
def counted(text: str) -> Mapping[str, int]:
    """Return how often a text has each of its terms; kept, because the same articles are found all day."""
    return Counter(map(intern, terms(text)))
