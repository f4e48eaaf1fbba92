"""Turns text into terms: folded words, and letters in threes where a script writes without spaces between words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from portal.core.folding import fold, tones_first

GRAM = 3
LONGEST = 40  # letters of a word; what is longer is no word
# Thai, Lao, Khmer and Burmese: words follow each other without spaces.
_RUN = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+")


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a gram, and where it stands in the text (in the original's letters)."""

    text: str
    start: int
    end: int


def letters(text: str) -> tuple[str, list[int]]:
    """Return the text folded, and for each of its letters the place in the original that it comes from."""
    folded = [_folded(letter) for letter in unicodedata.normalize("NFC", text)]
    places = [place for place, plain in enumerate(folded) for _ in plain]
    return tones_first("".join(folded)), places


@cache
def _folded(letter: str) -> str:
    return " " if letter.isspace() else fold(letter)


@cache
def _in_word(letter: str) -> str:
    """Return a mark as a letter, so that no word breaks at a Thai vowel, and `_` as a space."""
    return "a" if unicodedata.category(letter) == "Mn" else " " if letter == "_" else letter


def words(text: str) -> Iterator[Term]:
    """Yield the words of a text, folded; a run of a script without spaces is one word. Places are the original's.

    What a hyphen joins is found in parts and as one word: e-mail, mail, email.
    """
    folded, places = letters(text)
    plain = "".join(map(_in_word, folded))
    for match in re.finditer(r"\w+", plain):
        for start, end in _scripts(folded, match.start(), match.end()):
            if end - start <= LONGEST or is_run(folded[start]):
                yield Term(folded[start:end], places[start], places[end - 1] + 1)
    for match in re.finditer(r"\w+(?:-\w+)+", plain):
        if match.end() - match.start() <= LONGEST:
            whole = folded[match.start():match.end()].replace("-", "")
            yield Term(whole, places[match.start()], places[match.end() - 1] + 1)


def _scripts(folded: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of a word where its script changes: Thai text sets Latin names beside its own words."""
    at = start
    for match in _RUN.finditer(folded, start, end):
        if match.start() > at:
            yield at, match.start()
        yield match.span()
        at = match.end()
    if at < end:
        yield at, end


def is_run(word: str) -> bool:
    """Tell whether a word is of a script that writes no spaces between words."""
    return bool(_RUN.match(word))


def grams(run: str) -> list[str]:
    """Return the letters of a run in overlapping threes; a shorter run is its own gram."""
    return [run[place:place + GRAM] for place in range(max(len(run) - GRAM + 1, 1))]


def longer(run: str) -> set[str]:
    """Return the grams that a run of two letters may begin, with any letter of its script."""
    block = ord(run[0]) & ~0x7F
    return {run + chr(letter) for letter in range(block, block + 0x80)} if len(run) == GRAM - 1 else set()


def terms(text: str) -> list[str]:
    """Return what a text is found by."""
    return [term for word in words(text) for term in (grams(word.text) if is_run(word.text) else [word.text])]


def whole(line: str) -> str:
    """Return a line as a single term, unlike any word: who asks for just that finds what is called so."""
    return ("=" + "".join(word.text for word in words(line)))[:LONGEST]


def stem(word: str) -> str:
    """Return a word without the ending that most often changes: the plural, and what it leaves of a final e."""
    for ending, least in (("es", 4), ("e", 4), ("s", 3), ("x", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return word


def one_letter_off(word: str) -> set[str]:
    """Return every word that one letter more, less, else or swapped with its neighbor makes of this one."""
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in cuts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    other = {left + letter + right[1:] for left, right in cuts if right for letter in alphabet}
    more = {left + letter + right for left, right in cuts for letter in alphabet}
    return (fewer | swapped | other | more) - {word}
