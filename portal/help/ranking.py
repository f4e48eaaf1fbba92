"""Which articles answer a question best: what its words mean in the index, and what that makes of each article."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from portal.help.terms import GRAM, grams, is_run, longer, one_letter_off, stem, whole, words

MOST_WORDS = 24  # of a question
MOST_ROWS = 2000  # of the index that one question reads, so that it costs the same among thousands of articles
MOST_OF_ONE = 200  # when it reads those of a single word: by weight, the best are enough
RESULTS = 10
_MOST_GUESSES = 1000  # words that one letter makes of those of a question
_LONGEST_GUESSED = 20  # letters
_ENDING = 3  # letters that a word may have more than one of the index
_PARTLY = 5  # letters of a word of the index that a longer one may begin with (invited, invite; not partial, part)
_KIN, _KIN_ENDING = 5, 5  # letters that two words must share, and those that the one of the index may add: -ation
_KIN_SHARE = 0.6  # of the longer one's letters, unless one ends in what makes words of words (ampliar, ampliación)
_DERIVED = re.compile(r"(?:[cst]ion(?:es|s)?|m(?:i?)en(?:t|to)s?|ances?|ings?)$")
# How much a match counts, by its kind.
_EXACT, _STEM, _BEGINNING, _TYPO, _RELATED = 1.0, 0.9, 0.75, 0.6, 0.5
_SATURATION = 24.0  # from here on, more of the same word adds little
_LONG_RUN = 12  # grams; a longer run is a question rather than a word
_TELLING = 5  # letters of a word that tells as much as any
_SHARE = 0.35  # of a word's grams that must be there
_WORST = 0.06  # of the best result's score


@dataclass(frozen=True, slots=True)
class Found:
    """A word of the index: its row, its text, and how many articles have it."""

    id: int
    text: str
    articles: int

    def rarity(self, articles: int) -> float:
        """Return how much it tells, among so many articles, to have this word."""
        return math.log(1 + articles / max(self.articles, 1))


@dataclass(slots=True)
class Asked:
    """One word of a question, and the words of the index that it may mean, with how surely it does.

    A run of a script without spaces is one word; it means its grams, each as a part of it. The whole question is one
    more word: what is called just so.
    """

    text: str
    run: bool = False
    grams: Collection[str] = ()
    whole: bool = False
    meanings: dict[int, float] = field(default_factory=dict)
    found: dict[int, Found] = field(default_factory=dict)
    corrected: str = ""
    left_out: int = 0  # of its meanings: too common among too many articles to be read

    @property
    def long(self) -> bool:
        """Whether a run is too long for a word: all of it will hardly stand anywhere."""
        return len(self.grams) > _LONG_RUN

    @property
    def counts(self) -> bool:
        """Whether an article can have the word at all, as far as the index was read; nothing need be called so."""
        return bool(self.meanings) or not (self.left_out or self.whole)

    def mean(self, found: Found, factor: float) -> None:
        """Take a word of the index for this one, as surely as its best reason says."""
        self.found[found.id] = found
        self.meanings[found.id] = max(factor, self.meanings.get(found.id, 0.0))

    def keep(self, chosen: Collection[int]) -> None:
        """Leave out the meanings that are not read."""
        self.left_out = len(self.meanings.keys() - set(chosen))
        self.meanings = {meaning: factor for meaning, factor in self.meanings.items() if meaning in chosen}


def asked(question: str) -> list[Asked]:
    """Return the words of a question; single letters only when it has nothing else."""
    every = list(dict.fromkeys(word.text for word in words(question)))
    telling = [word for word in every if len(word) > 1] or every
    question_words = [_asked(word) for word in telling[:MOST_WORDS]]
    return [*question_words, Asked(whole(question), whole=True)] if question_words else []


def _asked(word: str) -> Asked:
    """A run too short for a gram is a word that many grams begin with: each is enough."""
    return Asked(word, run=True, grams=set(grams(word))) if is_run(word) and len(word) >= GRAM else Asked(word)


def wanted(question: Sequence[Asked]) -> tuple[set[str], set[str]]:
    """Return what to look up in the index: whole words and grams, and beginnings of words."""
    texts = {text for word in question for text in _texts(word)}
    return texts, {word.text[:GRAM] for word in question if not (is_run(word.text) or word.whole)}


def _texts(word: Asked) -> Collection[str]:
    if word.run:
        return word.grams
    return {word.text, stem(word.text), *(longer(word.text) if is_run(word.text) else ())}


def understand(question: Sequence[Asked], vocabulary: Iterable[Found]) -> None:
    """Let each word mean the words of the index that it is, begins, or differs from by its ending."""
    known = {found.text: found for found in vocabulary}
    for word in question:
        if word.run:
            near = [(known[gram], _EXACT) for gram in word.grams if gram in known]
        else:
            near = _near(word.text, known.values())
        for found, factor in near:
            word.mean(found, factor)


def _near(word: str, known: Iterable[Found]) -> list[tuple[Found, float]]:
    """Return the words that one may mean; a short one that is a word itself is no beginning (how, however)."""
    near = [(found, factor) for found in known if (factor := _likeness(word, found.text))]
    itself = len(word) < _TELLING and not is_run(word) and any(factor >= _STEM for _found, factor in near)
    return [(found, factor) for found, factor in near if factor >= _STEM] if itself else near


def _likeness(word: str, other: str) -> float:
    """Return how surely a word of the index is meant: it is the word, shares its stem, begins with it or begins it, or
    has another ending (ampliar, ampliación). Of running text, whatever begins with a run too short for a gram.
    """
    if word == other:
        return _EXACT
    if stem(word) == stem(other):
        return _STEM
    if other.startswith(word) and (len(word) >= GRAM or is_run(word)):
        return _BEGINNING * len(word) / len(other)
    if word.startswith(other) and len(other) >= _PARTLY and len(word) - len(other) <= _ENDING:
        return _BEGINNING * len(other) / len(word)
    return _RELATED if _kin(word, other) else 0.0


def _kin(word: str, other: str) -> bool:
    """Tell whether two words differ by their endings alone (verifico, verificar)."""
    shared = _shared(word, other)
    if shared < _KIN or len(word) - shared > _ENDING or len(other) - shared > _KIN_ENDING:
        return False
    derived = bool(_DERIVED.search(word)) is not bool(_DERIVED.search(other))
    return derived or shared > _KIN_SHARE * max(len(word), len(other))


def _shared(word: str, other: str) -> int:
    """Return how many letters two words begin with alike."""
    pairs = enumerate(zip(word, other, strict=False))
    return next((place for place, (mine, its) in pairs if mine != its), min(len(word), len(other)))


def typos(question: Sequence[Asked]) -> dict[str, list[Asked]]:
    """Return the words that one letter makes of those which mean nothing in the index, with whose typo each is.

    Four letters make too many words to guess one beside longer words that tell more. What has relatives is rather a
    typo when the letter is not one of its ending (passwrod; not verifico).
    """
    least = GRAM + 1 if any(len(word.text) > GRAM + 1 for word in question if not word.whole) else GRAM
    made: dict[str, list[Asked]] = defaultdict(list)
    for word in question:
        known = max(word.meanings.values(), default=0.0)
        if known > _RELATED or word.run or word.whole or not least < len(word.text) <= _LONGEST_GUESSED:
            continue
        guesses = one_letter_off(word.text)
        if known:
            guesses = {other for other in guesses if _shared(word.text, other) < len(word.text) - 2}
        if len(made) + len(guesses) > _MOST_GUESSES:
            break
        for other in guesses:
            made[other].append(word)
    return made


def correct(made: Mapping[str, list[Asked]], vocabulary: Iterable[Found]) -> None:
    """Let words with a typo mean what they may have been; what most articles say is shown as the correction."""
    for found in sorted(vocabulary, key=lambda found: (-found.articles, found.text)):
        for word in made[found.text]:
            word.corrected = word.corrected or found.text
            word.mean(found, _TYPO)


def corrected(question: str, understood: Sequence[Asked]) -> str:
    """Return a question as it was understood: without its typos."""
    text, at = unicodedata.normalize("NFC", question), 0
    right = {word.text: word.corrected for word in understood if word.corrected}
    pieces = []
    for term in words(question):
        if term.text in right:
            pieces += [text[at:term.start], right[term.text]]
            at = term.end
    return "".join([*pieces, text[at:]])


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


def ranked(question: Sequence[Asked], postings: Iterable[tuple[int, int, int]], articles: int) -> list[int]:
    """Return articles' rows, best first, from the index's (word, article, weight).

    Each word of the question adds by its rarity and by how much the article is about it; what has only some of the
    words loses once more.
    """
    tellers = [_Teller(word, articles) for word in question if word.counts]
    by_meaning: dict[int, list[_Teller]] = defaultdict(list)
    for teller in tellers:
        for meaning in teller.word.meanings:
            by_meaning[meaning].append(teller)
    entries = set()
    for meaning, entry, weight in postings:
        entries.add(entry)
        for teller in by_meaning[meaning]:
            teller.hear(entry, meaning, weight / (weight + _SATURATION))
    whole = sum(teller.value for teller in tellers if not teller.word.whole) or 1.0
    scores = {entry: _score(entry, tellers, whole) for entry in entries}
    best = max(scores.values(), default=0.0)
    kept = [entry for entry, score in scores.items() if score > best * _WORST]
    return sorted(kept, key=lambda entry: (-scores[entry], entry))


def _score(entry: int, tellers: Iterable[_Teller], whole: float) -> float:
    covered = told = 0.0
    for teller in tellers:
        share, about = teller.told(entry)
        covered += 0.0 if teller.word.whole else teller.value * share
        told += teller.value * about
    return covered / whole * told


class _Teller:
    """What one word of the question tells of each article: how much of it is there, how much the article is about it.

    Rare words tell more than common ones, and those that no article has as much as the rarest.
    """

    def __init__(self, word: Asked, articles: int) -> None:
        self.word = word
        self._worth = {found.id: found.rarity(articles) for found in word.found.values()}
        self._shares: dict[int, float] = defaultdict(float)
        self._abouts: dict[int, float] = defaultdict(float)
        self._whole = self._worth_of_run() if word.run else 1.0
        self.value = self._whole / len(word.grams) if word.run else self._worth_of_word(articles)

    def _worth_of_word(self, articles: int) -> float:
        """Return what a word tells, in its surest meaning; short ones tell less: most only hold sentences together."""
        surest = max(self.word.found.values(), key=self._sureness, default=None)
        rarity = surest.rarity(articles) if surest else math.log(1 + articles)
        return rarity * min(len(self.word.text) / _TELLING, 1.0)

    def _sureness(self, found: Found) -> tuple[float, int]:
        return self.word.meanings.get(found.id, 0.0), found.articles

    def _worth_of_run(self) -> float:
        """Return what all grams of a run tell: those that the index lacks are taken for average ones."""
        read = [self._worth[meaning] for meaning in self.word.meanings]
        average = sum(read) / len(read) if read else 1.0
        return average * (len(self.word.grams) - self.word.left_out)

    def hear(self, entry: int, meaning: int, about: float) -> None:
        """Take in that an article has one of the word's meanings."""
        if self.word.run:
            part = self._worth[meaning] / self._whole
            self._shares[entry] += part
            self._abouts[entry] += part * about
        else:
            self._shares[entry] = 1.0
            self._abouts[entry] = max(self._abouts[entry], self.word.meanings[meaning] * about)

    def told(self, entry: int) -> tuple[float, float]:
        """Return which share of the word an article has, and how much it is about it, both from 0 to 1."""
        share = self._shares.get(entry, 0.0)
        if share < _SHARE and self.word.run and not self.word.long:
            return 0.0, 0.0
        return share, self._abouts.get(entry, 0.0)
