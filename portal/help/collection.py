"""The help articles as they lie in files: loaded once, judged whole, found by key or by address."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from portal.core.locales import DEFAULT, LANGUAGES

ARTICLES: Final = Path(__file__).parent / "articles"
OUTDATED: Final = 20  # from here on a translation must follow the English text
WARNED: Final = 30  # from here on readers are told that it has not yet
_FENCE = "+++\n"
_ENTRIES: Mapping[str, type] = {"title": str, "summary": str, "slug": str, "order": int, "audience": str}
_SOURCE: Mapping[str, type] = {**_ENTRIES, "revision": int, "significance": int}
_TRANSLATION: Mapping[str, type] = {**_ENTRIES, "based_on": int}


class ArticleError(Exception):
    """Articles that cannot be used; the message has one line for each fault: file, what is wrong, remedy."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article in one language. English ones have a revision and its significance, translations what they follow."""

    key: str
    lang: str
    title: str
    summary: str
    slug: str
    order: int
    audience: str
    body: str
    revision: int = 0
    significance: int = 0
    based_on: int = 0

    @property
    def public(self) -> bool:
        """Whether everybody may read it; the others are for the vendor's staff alone."""
        return self.audience == "public"


class Library:
    """All articles, by key and language."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._by_key: dict[str, dict[str, Article]] = {}
        for article in sorted(articles, key=lambda article: (article.order, article.key)):
            self._by_key.setdefault(article.key, {})[article.lang] = article

    def shelf(self, lang: str, staff: bool = False) -> list[Article]:
        """Return the articles in their order, English where a translation is missing; staff's own only on request."""
        articles = (self._by_key[key].get(lang) or self.source(key) for key in self._by_key)
        return [article for article in articles if article.public or staff]

    def source(self, key: str) -> Article:
        """Return the English article; KeyError when there is none of this key."""
        return self._by_key[key][DEFAULT]

    def get(self, key: str, lang: str) -> Article:
        """Return the article in this language, or else in English (`fallback` tells); KeyError for an unknown key."""
        return self._by_key[key].get(lang) or self.source(key)

    def find(self, lang: str, slug: str) -> Article | None:
        """Return the article, in this language or else in English, that the slug means in any language, or its key."""
        for key, translations in self._by_key.items():
            if slug == key or any(article.slug == slug for article in translations.values()):
                return self.get(key, lang)
        return None

    def translations(self, key: str) -> list[str]:
        """Return the codes of the languages in which the article exists."""
        return [code for code in LANGUAGES if code in self._by_key[key]]

    def lag(self, article: Article) -> int:
        """Return how much a translation's readers miss: the significance of what changed since, 0 when up to date."""
        source = self.source(article.key)
        behind = article.lang != DEFAULT and article.based_on < source.revision
        return source.significance if behind else 0

    def outdated(self) -> list[Article]:
        """Return the translations that must follow a newer English text."""
        every = (article for translations in self._by_key.values() for article in translations.values())
        return [article for article in every if self.lag(article) >= OUTDATED]


def fallback(article: Article, lang: str) -> bool:
    """Tell whether a reader of `lang` gets this article in English for want of a translation."""
    return article.lang != lang


@cache
def library() -> Library:
    """Return the articles that ship with the portal."""
    return load(ARTICLES)


def load(folder: Path) -> Library:
    """Read `<folder>/<language>/<key>.md`; ArticleError with every fault of all files."""
    faults: list[str] = []
    articles = []
    for code in LANGUAGES:
        for path in sorted((folder / code).glob("*.md")):
            try:
                articles.append(_read(path, code))
            except ArticleError as error:
                faults += error.faults
    faults += _disagreements(articles)
    if faults:
        raise ArticleError(faults)
    return Library(articles)


def _read(path: Path, lang: str) -> Article:
    name = f"{lang}/{path.name}"
    empty, fence, rest = path.read_text(encoding="utf-8").partition(_FENCE)
    front, end, body = rest.partition(_FENCE)
    if empty or not fence or not end:
        raise ArticleError([f"{name}: has no front matter: begin the file with TOML between two +++ lines"])
    try:
        values = tomllib.loads(front)
    except tomllib.TOMLDecodeError as error:
        raise ArticleError([f"{name}: front matter is not TOML ({error}): correct it"]) from error
    faults = list(_entry_faults(values, _SOURCE if lang == DEFAULT else _TRANSLATION))
    if faults:
        raise ArticleError(f"{name}: {fault}" for fault in faults)
    return Article(key=path.stem, lang=lang, body=body.strip(), **values)


def _entry_faults(values: Mapping[str, Any], wanted: Mapping[str, type]) -> Iterable[str]:
    for key, kind in wanted.items():
        if key not in values:
            yield f"{key} is missing: add {key} = …"
        elif type(values[key]) is not kind:
            yield f"{key} is {values[key]!r}: write {'a text in quotes' if kind is str else 'a whole number'}"
    for key in values.keys() - wanted.keys():
        yield f"{key} is not known: remove it, or use one of {', '.join(wanted)}"
    if values.get("audience") not in {"public", "staff"}:
        yield "audience must be public or staff: choose one"


def _disagreements(articles: Iterable[Article]) -> Iterable[str]:
    """Find what is wrong between files: no source, another audience than the source's, one address for two articles."""
    sources = {article.key: article for article in articles if article.lang == DEFAULT}
    owners: dict[str, str] = {key: key for key in sources}
    for article in articles:
        name = f"{article.lang}/{article.key}.md"
        source = sources.get(article.key)
        if source is None:
            yield f"{name}: has no English source: write {DEFAULT}/{article.key}.md first"
        elif article.audience != source.audience:
            yield f"{name}: audience is {article.audience}: use {source.audience}, as in the English article"
        if owners.setdefault(article.slug, article.key) != article.key:
            yield f"{name}: slug {article.slug} belongs to {owners[article.slug]}: choose another"
