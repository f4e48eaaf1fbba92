"""How words are compared when people search: without case, accents, or the order in which marks were typed."""

from __future__ import annotations

import unicodedata

_TONES = "\u0e48\u0e49\u0e4a\u0e4b"


def fold(text: str) -> str:
    """Return `text` as it is searched: no case, no Latin accents, Thai vowels and tones in one order."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return " ".join(tones_first(plain).split())


def tones_first(text: str) -> str:
    """Return `text` with the two marks of Thai น้ำ in one order, in which as many letters stand as before."""
    for tone in _TONES:
        text = text.replace("\u0e4d" + tone, tone + "\u0e4d")
    return text
