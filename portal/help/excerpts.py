"""The few words of an article that show why it was found, with what was found marked in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.help.ranking import Asked
from portal.help.terms import GRAM, Term, grams, is_run, words

_LENGTH = 180  # letters
_BEFORE = 50  # of them, before what was found
_VOWELS_BEFORE = "เแโใไ"  # Thai vowels written before the letter that they are spoken after


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
    """Return where the words of a question stand in a text, from its beginning on."""
    text = unicodedata.normalize("NFC", text)
    found = [spot for term in words(text) for spot in _in_term(text, term, question)]
    return _apart(sorted(found, key=lambda spot: (spot.start, -spot.end)))


def _in_term(text: str, term: Term, question: Sequence[Asked]) -> Iterable[Spot]:
    for place, word in enumerate(question):
        if word.run and is_run(term.text):
            yield from _in_run(text, term, word, place)
        elif any(meaning.text == term.text for meaning in word.found.values()):
            yield Spot(term.start, term.end, place)


def _in_run(text: str, term: Term, word: Asked, place: int) -> Iterable[Spot]:
    """Yield the stretches of a run that have the letters of the asked one: two grams in a row, or all that it has."""
    asked, own = set(word.grams), grams(term.text)
    least = min(2, len(asked))
    offset = _letters(text, term)
    at = 0
    while at < len(own):
        end = at
        while end < len(own) and own[end] in asked:
            end += 1
        if end - at >= least:
            last = min(end - 1 + GRAM, len(term.text)) - 1
            yield Spot(offset[at], _whole(text, offset[last] + 1), place)
        at = max(end, at + 1)


def _letters(text: str, term: Term) -> list[int]:
    """Return for each folded letter of a term its place in the text; ำ is folded to two."""
    return [place for place in range(term.start, term.end) for _ in range(2 if text[place] == "ำ" else 1)]


def _apart(found: Iterable[Spot]) -> list[Spot]:
    """Return spots of which none lies in another."""
    kept: list[Spot] = []
    for spot in found:
        if not kept or spot.start >= kept[-1].end:
            kept.append(spot)
    return kept


def best_part(texts: Sequence[str], question: Sequence[Asked]) -> int:
    """Return which of the texts has most of the question's words; the first among equals."""
    def words_in(place: int) -> int:
        return len({spot.word for spot in spots(texts[place], question)})

    return max(range(len(texts)), key=lambda place: (words_in(place), -place))


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
    def words_near(spot: Spot) -> int:
        return len({other.word for other in found if 0 <= other.start - spot.start < _LENGTH - _BEFORE})

    return max(found, key=lambda spot: (words_near(spot), -spot.start)).start if found else 0


def _window(text: str, at: int) -> tuple[int, int]:
    start, end = max(at - _BEFORE, 0), min(max(at - _BEFORE, 0) + _LENGTH, len(text))
    if start:
        space = text.find(" ", start, at)
        start = space + 1 if space >= 0 else _whole(text, start)
    if end < len(text):
        space = text.rfind(" ", at, end)
        end = space if space > at + _BEFORE else _whole(text, end)
    return start, end


def _whole(text: str, place: int) -> int:
    """Return the nearest place from here on that does not part a letter from its marks, or from its vowel before."""
    while place < len(text) and (unicodedata.category(text[place]) == "Mn" or text[place] in "ะาำๅ"
                                 or text[place - 1] in _VOWELS_BEFORE):
        place += 1
    return place
