"""How a customer is found and put in order: the folded words of a row, and the key that lists sort by."""

from __future__ import annotations

import re
from functools import lru_cache

import idna

from portal.core.folding import fold

# Thai writes these vowels before the consonant that they are spoken after, and dictionaries sort by the consonant.
_LEADING_VOWEL = re.compile("([\u0e40-\u0e44])([\u0e01-\u0e2e])")
_TONES = re.compile("[\u0e47-\u0e4c]")
_MAX_SEARCH = 1000
_MAX_KEY = 255  # some letters fold into many


def sort_key(name: str) -> str:
    """Return what lists sort a name by: no case, no accents, Thai by consonants and without tones."""
    return _TONES.sub("", _LEADING_VOWEL.sub(r"\2\1", fold(name)))[:_MAX_KEY]


def search_text(name: str, domain: str, display: str, admin_name: str, admin_email: str) -> str:
    """Return the folded words that a customer is found by; `display` is the domain as people write it."""
    words = dict.fromkeys((name, domain, display, admin_name, admin_email))
    return fold(" ".join(words))[:_MAX_SEARCH]


@lru_cache(maxsize=8192)
def spelled(domain: str) -> str:
    """Return an ASCII domain as people write it."""
    if "xn--" not in domain:
        return domain
    try:
        return idna.decode(domain)
    except idna.IDNAError:
        return domain
