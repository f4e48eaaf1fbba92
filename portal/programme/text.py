"""Words of the vendor in several languages, written in the programme file and not in the catalogs."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from portal.core.locales import DEFAULT


class Text(Mapping[str, str]):
    """Localized text: a frozen mapping from language to words, with English where a language is missing.

    It has no `str()` of its own on purpose: a page must say which language it wants.
    """

    def __init__(self, words: Mapping[str, str] | str) -> None:
        """A plain string reads the same in all languages, as names of products do."""
        self._words = MappingProxyType({DEFAULT: words} if isinstance(words, str) else dict(words))

    def get(self, language: str, default: object = None) -> str:
        """The words in this language, or else in English; never nothing, so `default` is not used."""
        return self._words.get(language, self._words[DEFAULT])

    def __getitem__(self, language: str) -> str:
        return self._words[language]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def __hash__(self) -> int:
        return hash(frozenset(self._words.items()))

    def __repr__(self) -> str:
        return f"Text({dict(self._words)!r})"
