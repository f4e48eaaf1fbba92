"""The few words of an article that show why it was found, with what was found marked in them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from portal.help.ranking import Asked
from portal.help.terms import GRAM, Term, grams, is_run, words
from portal.help.weights import counted

_LENGTH = 180  # letters
_BEFORE = 50  # of them, before what was found
_CLEAR = 0.4  # of the surest meaning
_VOWELS_BEFORE = "เแโใไ"  # Thai vowels written before the letter that they are spoken after
_VOWELS_AFTER = "ะาำๅ"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, found or not."""

    text: str
    found: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something was found, and by which word of the question (its place there)."""

    start: int
    end: int
    word: int


def spots(text: str, question: Sequence[Asked]) -> list[Spot]:
    """Return where the words of a question stand in a text (in its normal form NFC), from its beginning on."""
    known = {text: place for place, word in enumerate(question) if not word.run for text in _clearly_meant(word)}
    runs = [(place, word) for place, word in enumerate(question) if word.run]
    short = [(place, word) for place, word in enumerate(question) if not word.run and is_run(word.text)]
    found: list[Spot] = []
    for term in _read(text):
        if is_run(term.text):
            found += (spot for place, word in runs for spot in _in_run(text, term, word, place))
            found += (spot for place, word in short for spot in _just(text, term, word.text, place))
        elif term.text in known:
            found.append(Spot(term.start, term.end, known[term.text]))
    return _apart(sorted(found, key=lambda spot: (spot.start, -spot.end)))


def _clearly_meant(word: Asked) -> Iterator[str]:
    """Yield what a word means, without what it merely begins (how, however) when it stands for itself as well."""
    least = _CLEAR * max(word.meanings.values(), default=0.0)
    yield from (found.text for found in word.found.values() if word.meanings.get(found.id, 1.0) >= least)


@lru_cache(maxsize=2048)
def _read(text: str) -> tuple[Term, ...]:
    """Return the words of a part of an article; kept, because the same parts are found all day."""
    return tuple(words(text))


def _in_run(text: str, term: Term, word: Asked, place: int) -> Iterator[Spot]:
    """Yield the stretches of a run that have the letters of the asked one: some grams in a row, or all that it has.

    Two grams in a row are chance in a word of eight.
    """
    least = min(3 if word.long else max(2, math.ceil(len(word.grams) / 3)), len(word.grams))
    there = [gram in word.grams for gram in grams(term.text)]
    at = 0
    for is_there, some in groupby(there):
        count = len(list(some))
        if is_there and count >= least:
            offset = _letters(text, term)
            last = min(at + count - 1 + GRAM, len(term.text)) - 1
            yield from _spot(text, offset[at], offset[last] + 1, place)
        at += count


def _just(text: str, term: Term, asked: str, place: int) -> Iterator[Spot]:
    """Yield where a run has just these few letters."""
    offset = _letters(text, term)
    for found in re.finditer(re.escape(asked), term.text):
        yield from _spot(text, offset[found.start()], offset[found.end() - 1] + 1, place)


def _spot(text: str, start: int, end: int, word: int) -> Iterator[Spot]:
    """Yield what was found between whole letters; a vowel at its end belongs to a letter that was not found."""
    start = _whole(text, start)
    while end > start and text[end - 1] in _VOWELS_BEFORE:
        end -= 1
    end = _whole(text, end)
    if start < end:
        yield Spot(start, end, word)


def _letters(text: str, term: Term) -> list[int]:
    """Return for each folded letter of a term its place in the text; ำ is folded to two."""
    return [place for place in range(term.start, term.end) for _ in range(2 if text[place] == "ำ" else 1)]


def _apart(found: Sequence[Spot]) -> list[Spot]:
    """Return spots of which none lies in another."""
    kept: list[Spot] = []
    for spot in found:
        if not kept or spot.start >= kept[-1].end:
            kept.append(spot)
    return kept


Worth = tuple[bool, Mapping[str, float]]


def worth(question: Sequence[Asked], articles: int) -> list[Worth]:
    """Return what having each word of a question tells, by the words of the index; whether it is a run, for which the
    parts add up. Another word's rarity is no reason to take it for what was asked (facturées, facture).
    """
    return [(word.run, _parts(word, articles) if word.run else _meanings(word, articles)) for word in question]


def _parts(word: Asked, articles: int) -> Mapping[str, float]:
    return {found.text: found.rarity(articles) / len(word.grams) for found in word.found.values()}


def _meanings(word: Asked, articles: int) -> Mapping[str, float]:
    sureness = {found: word.meanings.get(found.id, 1.0) for found in word.found.values()}
    rarity = max(sureness, key=lambda found: (sureness[found], found.articles)).rarity(articles) if sureness else 0.0
    return {found.text: rarity * sure for found, sure in sureness.items()}


def best_part(parts: Sequence[tuple[str, str]], told: Sequence[Worth]) -> int:
    """Return which (heading, text) has most of what tells, and most of it in its heading; the first among equals."""
    def covered(place: int) -> tuple[float, float, int]:
        heading, text = (counted(words).keys() for words in parts[place])
        return _covered(heading | text, told), _covered(heading, told), -place

    return max(range(len(parts)), key=covered)


def _covered(terms: AbstractSet[str], told: Sequence[Worth]) -> float:
    found = (([tells[text] for text in tells.keys() & terms], run) for run, tells in told)
    return round(sum(sum(values) if run else max(values, default=0.0) for values, run in found), 6)


def excerpt(text: str, question: Sequence[Asked]) -> list[Piece]:
    """Return a stretch of the text around what was found, in pieces; its beginning when nothing was."""
    text = unicodedata.normalize("NFC", text)
    found = spots(text, question)
    start, end = _window(text, _densest(found))
    pieces, at = [Piece("… ")] if start else [], start
    for spot in found:
        if spot.start >= start and spot.end <= end:
            pieces += [Piece(text[at:spot.start]), Piece(text[spot.start:spot.end], found=True)]
            at = spot.end
    pieces += [Piece(text[at:end]), Piece(" …" if end < len(text) else "")]
    return [piece for piece in pieces if piece.text]


def _densest(found: Sequence[Spot]) -> int:
    """Return where the most different words of the question begin to stand close together."""
    def near(spot: Spot) -> tuple[int, int]:
        close = [other for other in found if 0 <= other.start - spot.start < _LENGTH - _BEFORE]
        return len({other.word for other in close}), sum(other.end - other.start for other in close)

    return max(found, key=lambda spot: (*near(spot), -spot.start)).start if found else 0


def _window(text: str, at: int) -> tuple[int, int]:
    start, end = max(at - _BEFORE, 0), min(max(at - _BEFORE, 0) + _LENGTH, len(text))
    if start:
        space = text.find(" ", start, at)
        start = space + 1 if space >= 0 else _whole(text, start)
        start += 2 * text.startswith("· ", start)
    if end < len(text):
        space = text.rfind(" ", at, end)
        end = space if space > at + _BEFORE else _whole(text, end)
        end -= 2 * text.endswith(" ·", start, end)
    return start, end


def _whole(text: str, place: int) -> int:
    """Return the nearest place from here on that does not part a letter from its marks, or from its vowel before."""
    while 0 < place < len(text) and (unicodedata.category(text[place]) == "Mn" or text[place] in _VOWELS_AFTER
                                     or text[place - 1] in _VOWELS_BEFORE):
        place += 1
    return place
