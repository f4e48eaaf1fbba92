"""Which articles answer a question best: what its words mean in the index, and what that makes of each article."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.help.terms import GRAM, grams, is_run, one_letter_off, stem, words

MOST_WORDS = 24  # of a question
MOST_ROWS = 3000  # of the index that one question reads, so that it costs the same among thousands of articles
RESULTS = 20
_ENDING = 3  # letters that a word may have more than one of the index
# How much a match counts, by its kind.
_EXACT, _STEM, _BEGINNING, _TYPO = 1.0, 0.9, 0.75, 0.6
_SATURATION = 6.0  # from here on, more of the same word adds little
_LONG_RUN = 12  # grams; a longer run is a question rather than a word
_SHARE = 0.5  # of a word's grams that must be there
_WORST = 0.2  # of the best result's score


@dataclass(frozen=True, slots=True)
class Found:
    """A word of the index: its row, its text, and how many articles have it."""

    id: int
    text: str
    articles: int


@dataclass(slots=True)
class Asked:
    """One word of a question, and the words of the index that it may mean, with how surely it does."""

    text: str
    run: bool
    meanings: dict[int, float] = field(default_factory=dict)
    found: dict[int, Found] = field(default_factory=dict)
    corrected: str = ""
    left_out: int = 0  # of its meanings: too common among too many articles to be read

    @property
    def grams(self) -> list[str]:
        return grams(self.text)

    def mean(self, found: Found, factor: float) -> None:
        """Take a word of the index for this one, as surely as its best reason says."""
        self.found[found.id] = found
        self.meanings[found.id] = max(factor, self.meanings.get(found.id, 0.0))

    def keep(self, chosen: Collection[int]) -> None:
        """Leave out the meanings that are not read."""
        self.left_out = len(self.meanings.keys() - set(chosen))
        self.meanings = {meaning: factor for meaning, factor in self.meanings.items() if meaning in chosen}

    @property
    def counts(self) -> bool:
        """Whether an article can have the word at all, as far as the index was read."""
        return bool(self.meanings) or not self.left_out

    def weight(self, articles: int) -> float:
        """Return how much the word tells about what is wanted: rare ones tell more; unknown ones as the rarest."""
        if not self.found:
            return math.log(1 + articles)
        if self.run:
            return sum(_rarity(found, articles) for found in self.found.values()) / max(len(set(self.grams)), 1)
        return max(_rarity(found, articles) for found in self.found.values())


def _rarity(found: Found, articles: int) -> float:
    return math.log(1 + articles / max(found.articles, 1))


def asked(question: str) -> list[Asked]:
    """Return the words of a question; single letters only when it has nothing else."""
    every = list(dict.fromkeys(word.text for word in words(question)))
    telling = [word for word in every if len(word) > 1] or every
    return [Asked(word, is_run(word)) for word in telling[:MOST_WORDS]]


def wanted(question: Sequence[Asked]) -> tuple[set[str], set[str]]:
    """Return what to look up in the index: whole words and grams, and beginnings of words."""
    texts = {text for word in question for text in (word.grams if word.run else (word.text, stem(word.text)))}
    return texts, {word.text[:GRAM] for word in question if not word.run}


def understand(question: Sequence[Asked], vocabulary: Iterable[Found]) -> None:
    """Let each word mean the words of the index that it is, begins, or differs from by its ending."""
    known = {found.text: found for found in vocabulary}
    for word in question:
        if word.run:
            for gram in word.grams:
                if gram in known:
                    word.mean(known[gram], _EXACT)
            continue
        for found in known.values():
            if factor := _likeness(word.text, found.text):
                word.mean(found, factor)


def _likeness(word: str, other: str) -> float:
    """Return how surely a word of the index is meant: it is the word, shares its stem, begins with it or begins it."""
    if word == other:
        return _EXACT
    if stem(word) == stem(other):
        return _STEM
    if other.startswith(word) and len(word) >= GRAM:
        return _BEGINNING * len(word) / len(other)
    if word.startswith(other) and len(other) > GRAM and len(word) - len(other) <= _ENDING:
        return _BEGINNING * len(other) / len(word)
    return 0.0


def typos(question: Sequence[Asked]) -> dict[str, list[Asked]]:
    """Return the words that one letter makes of those which mean nothing in the index, with whose typo each is."""
    made: dict[str, list[Asked]] = defaultdict(list)
    for word in question:
        if not word.found and not word.run and len(word.text) > GRAM:
            for other in one_letter_off(word.text):
                made[other].append(word)
    return made


def correct(made: Mapping[str, list[Asked]], vocabulary: Iterable[Found]) -> None:
    """Let words with a typo mean what they may have been; what most articles say is shown as the correction."""
    for found in sorted(vocabulary, key=lambda found: (-found.articles, found.text)):
        for word in made[found.text]:
            word.corrected = word.corrected or found.text
            word.mean(found, _TYPO)


def affordable(question: Sequence[Asked]) -> list[Found]:
    """Return the words of the index to read, the rarest first, as many as their articles allow; at least one.

    The others count no longer.
    """
    every = {found.id: found for word in question for found in word.found.values()}
    chosen: list[Found] = []
    rows = 0
    for found in sorted(every.values(), key=lambda found: (found.articles, found.text)):
        rows += found.articles
        if chosen and rows > MOST_ROWS:
            break
        chosen.append(found)
    ids = {found.id for found in chosen}
    for word in question:
        word.keep(ids)
    return chosen


def ranked(
    question: Sequence[Asked], postings: Iterable[tuple[int, int, int]], articles: int
) -> list[tuple[int, float]]:
    """Return (article's row, score), best first, from the index's (word, article, weight).

    Each word of the question adds by its rarity and by how much the article is about it; what has only some of the
    words loses twice.
    """
    weights: dict[int, dict[int, int]] = defaultdict(dict)
    for word_id, entry_id, weight in postings:
        weights[entry_id][word_id] = weight
    question = [word for word in question if word.counts]
    value = [word.weight(articles) for word in question]
    whole = sum(value) or 1.0
    scores = {}
    for entry_id, has in weights.items():
        parts = [_part(word, has) for word in question]
        covered = sum(worth for worth, part in zip(value, parts, strict=True) if part) / whole
        scores[entry_id] = covered**2 * sum(worth * part for worth, part in zip(value, parts, strict=True))
    best = max(scores.values(), default=0.0)
    kept = [(entry_id, score) for entry_id, score in scores.items() if score > best * _WORST]
    return sorted(kept, key=lambda item: (-item[1], item[0]))


def _part(word: Asked, has: Mapping[int, int]) -> float:
    """Return how much an article is about one word of the question, from 0 to 1."""
    if not word.run:
        return max((factor * _saturated(has[meaning]) for meaning, factor in word.meanings.items() if meaning in has),
                   default=0.0)
    there = [meaning for meaning in word.meanings if meaning in has]
    count = len(set(word.grams)) - word.left_out
    share = len(there) / count
    if share < _SHARE and count <= _LONG_RUN:
        return 0.0
    return share**2 * sum(_saturated(has[meaning]) for meaning in there) / count


def _saturated(weight: int) -> float:
    return weight / (weight + _SATURATION)
