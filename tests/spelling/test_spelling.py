"""No word of the portal is misspelled: Debian's dictionaries for three languages, a segmenter's own one for Thai."""

import re
import shutil
import subprocess
from collections import defaultdict
from functools import cache

import pytest
from pythainlp.corpus import thai_words
from pythainlp.tokenize import word_tokenize
from pythainlp.util import dict_trie

from tests.spelling.texts import prose, reviewed

DICTIONARIES = {"en": "en_US", "es": "es_ES", "fr": "fr_FR"}
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_THAI = re.compile(r"[\u0e01-\u0e45\u0e47-\u0e4e]+")


def unknown_to_hunspell(lang: str, words: set[str]) -> set[str]:
    """Return the words that Debian's dictionary of the language does not have."""
    run = subprocess.run(["hunspell", "-i", "utf-8", "-d", DICTIONARIES[lang], "-l"], input="\n".join(sorted(words)),
                         capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def unknown_in_thai(texts: set[str], listed: set[str]) -> set[str]:
    """Return the pieces of running text that are no word of the segmenter's dictionary; it cuts by our list too."""
    known = thai_words()
    trie = dict_trie(known | listed)
    pieces = {piece for text in texts for piece in word_tokenize(text, custom_dict=trie, engine="newmm")}
    return {piece for piece in pieces if piece not in known}


@cache
def check(lang: str) -> tuple[dict[str, set[str]], set[str]]:
    """Skip without dictionaries; else return (unknown word -> where it stands, reviewed words that nothing needs)."""
    if lang in DICTIONARIES and not shutil.which("hunspell"):
        pytest.skip("needs Debian's hunspell and its dictionaries")
    pattern = _THAI if lang == "th" else _WORD
    places = defaultdict(set)
    for where, text in prose(lang):
        for word in pattern.findall(text.replace("’", "'")):
            places[word].add(where)
    words = set(places)
    listed = reviewed(lang)
    unknown = unknown_in_thai(words, listed) if lang == "th" else unknown_to_hunspell(lang, words)
    faults = {word: {place for other, found in places.items() if word in other for place in found}
              for word in unknown - listed}
    return faults, listed - unknown


@pytest.mark.parametrize("lang", ["en", "es", "fr", "th"])
def test_every_word_is_in_the_dictionary_or_was_reviewed(lang):
    faults, _idle = check(lang)
    told = "\n".join(f"{word}: {', '.join(sorted(places)[:3])}" for word, places in sorted(faults.items()))
    assert not faults, f"correct these, or add what is right to tests/spelling/{lang}.txt:\n{told}"


@pytest.mark.parametrize("lang", ["en", "es", "fr", "th"])
def test_the_lists_keep_nothing_that_is_not_needed(lang):
    _faults, idle = check(lang)
    assert not idle, f"take these out of tests/spelling/{lang}.txt: {sorted(idle)}"
