"""The help articles as they lie in files: loaded once, judged whole, found by key, by address or by page."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from portal.core.locales import DEFAULT, LANGUAGES
from portal.core.words import N_

ARTICLES: Final = Path(__file__).parent / "articles"
REVISIONS: Final = "revisions"  # the folder of English texts that translations still follow
OUTDATED: Final = 20  # from here on a translation must follow the English text
WARNED: Final = 30  # from here on readers are told that it has not yet
# The parts of the help, in their order.
SECTIONS: Final[Mapping[str, str]] = {
    "programme": N_("The programme"),
    "store": N_("Partner Store"),
    "console": N_("Partner Console"),
    "organization": N_("A customer's admin console"),
    "support": N_("Partner Support"),
    "account": N_("Your account"),
    "staff": N_("For staff only"),
}
_FENCE = "+++\n"
_WORDS: Mapping[str, type] = {"title": str, "summary": str, "slug": str, "updated": date}
_SOURCE: Mapping[str, type] = {**_WORDS, "section": str, "order": int, "revision": int, "significance": int}
_TRANSLATION: Mapping[str, type] = {**_WORDS, "based_on": int}
_MORE: Mapping[str, type] = {"synonyms": list, "news": str}
_SOURCE_MORE: Mapping[str, type] = {**_MORE, "pages": list, "faq": bool}


class ArticleError(Exception):
    """Articles that cannot be used; the message has one line for each fault: file, what is wrong, remedy."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article in one language.

    English ones have a revision and its significance, the pages of the portal that they are the help of (endpoints, or
    `audience.*`), their section and place in it; translations say which revision they follow.
    """

    key: str
    lang: str
    title: str
    summary: str
    slug: str
    updated: date
    body: str
    section: str
    order: int
    pages: tuple[str, ...] = ()
    faq: bool = False
    synonyms: tuple[str, ...] = ()
    news: str = ""  # what changed last, in a sentence
    revision: int = 0
    significance: int = 0
    based_on: int = 0

    @property
    def public(self) -> bool:
        """Whether everybody may read it; the others are for the vendor's staff alone."""
        return self.section != "staff"


class Library:
    """All articles, by key and language, and the English texts of before that some translations still follow."""

    def __init__(self, articles: Iterable[Article], revisions: Iterable[Article] = ()) -> None:
        self._by_key: dict[str, dict[str, Article]] = {}
        places = {section: place for place, section in enumerate(SECTIONS)}
        for article in sorted(articles, key=lambda article: (places[article.section], article.order, article.key)):
            self._by_key.setdefault(article.key, {})[article.lang] = article
        self._revisions = {(article.key, article.revision): article for article in revisions}
        self._by_page = {page: key for key in self._by_key for page in self.source(key).pages}

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

    def on_page(self, endpoint: str, lang: str) -> Article | None:
        """Return the help of one page of the portal, or else that of the part of the portal which it belongs to."""
        audience = endpoint.partition(".")[0]
        key = self._by_page.get(endpoint) or self._by_page.get(f"{audience}.*")
        return self.get(key, lang) if key else None

    def translations(self, key: str) -> list[str]:
        """Return the codes of the languages in which the article exists."""
        return [code for code in LANGUAGES if code in self._by_key[key]]

    def every(self) -> list[Article]:
        """Return all articles in all their languages."""
        return [article for translations in self._by_key.values() for article in translations.values()]

    def revision(self, key: str, number: int) -> Article | None:
        """Return the English text as it was at this revision, if it is the present one or was kept."""
        source = self.source(key)
        return source if source.revision == number else self._revisions.get((key, number))

    def lag(self, article: Article) -> int:
        """Return how much a translation's readers miss: the most significant change since, 0 when up to date."""
        if article.lang == DEFAULT:
            return 0
        newest = self.source(article.key).revision
        missed = (self.revision(article.key, number) for number in range(article.based_on + 1, newest + 1))
        return max((change.significance for change in missed if change), default=0)

    def outdated(self) -> list[Article]:
        """Return the translations that must follow a newer English text."""
        return [article for article in self.every() if self.lag(article) >= OUTDATED]


def fallback(article: Article, lang: str) -> bool:
    """Tell whether a reader of `lang` gets this article in English for want of a translation."""
    return article.lang != lang


@cache
def library() -> Library:
    """Return the articles that ship with the portal."""
    return load(ARTICLES)


def load(folder: Path) -> Library:
    """Read `<folder>/<language>/<key>.md` and `<folder>/revisions/<key>.<number>.md`; ArticleError with every fault."""
    faults: list[str] = []
    sources = _all(folder, DEFAULT, faults, {})
    by_key = {article.key: article for article in sources}
    translations = [article for code in LANGUAGES if code != DEFAULT for article in _all(folder, code, faults, by_key)]
    revisions = _all(folder, REVISIONS, faults, {})
    articles = [*sources, *translations]
    faults += [*_disagreements(articles), *_gaps(articles, revisions)]
    if faults:
        raise ArticleError(faults)
    return Library(articles, revisions)


def _all(folder: Path, place: str, faults: list[str], sources: Mapping[str, Article]) -> list[Article]:
    """Read one folder of articles; what cannot be read goes to the faults."""
    found = []
    for path in sorted((folder / place).glob("*.md")):
        try:
            found.append(_read(path, place, sources))
        except ArticleError as error:
            faults += error.faults
    return found


def _read(path: Path, place: str, sources: Mapping[str, Article]) -> Article:
    name = f"{place}/{path.name}"
    key = path.stem.rpartition(".")[0] if place == REVISIONS else path.stem
    translated = place not in {DEFAULT, REVISIONS}
    values, body = _parts(path, name)
    known = (_TRANSLATION, _MORE) if translated else (_SOURCE, _SOURCE_MORE)
    faults = list(_entry_faults(values, *known))
    if translated and key not in sources:
        faults.append(f"has no English source: write {DEFAULT}/{key}.md first")
    if faults:
        raise ArticleError(f"{name}: {fault}" for fault in faults)
    if translated:
        source = sources[key]
        values |= {"section": source.section, "order": source.order, "pages": source.pages, "faq": source.faq}
    lists = {entry: tuple(values.get(entry, ())) for entry in ("synonyms", "pages")}
    lang = place if translated else DEFAULT
    return Article(**{**values, **lists, "key": key, "lang": lang, "body": body})


def _parts(path: Path, name: str) -> tuple[dict[str, Any], str]:
    """Return a file's front matter and its text."""
    empty, fence, rest = path.read_text(encoding="utf-8").partition(_FENCE)
    front, end, body = rest.partition(_FENCE)
    if empty or not fence or not end:
        raise ArticleError([f"{name}: has no front matter: begin the file with TOML between two +++ lines"])
    try:
        return tomllib.loads(front), body.strip()
    except tomllib.TOMLDecodeError as error:
        raise ArticleError([f"{name}: front matter is not TOML ({error}): correct it"]) from error


def _entry_faults(values: Mapping[str, Any], wanted: Mapping[str, type], more: Mapping[str, type]) -> Iterable[str]:
    for key in wanted.keys() - values.keys():
        yield f"{key} is missing: add {key} = …"
    known = {**wanted, **more}
    for key, value in values.items():
        if key not in known:
            yield f"{key} is not known: remove it, or use one of {', '.join(known)}"
        elif type(value) is not known[key]:
            yield f"{key} is {value!r}: write {_EXPECTED[known[key]]}"
    if values.get("section", "staff") not in SECTIONS:
        yield f"section must be one of {', '.join(SECTIONS)}: choose one"


_EXPECTED: Mapping[type, str] = {
    str: "a text in quotes", int: "a whole number", date: "a date like 2026-11-27", list: "a list of texts",
    bool: "true or false",
}


def _disagreements(articles: Iterable[Article]) -> Iterable[str]:
    """Find what is wrong between files: one address for two articles, one page with two articles."""
    owners: dict[str, str] = {article.key: article.key for article in articles if article.lang == DEFAULT}
    helps: dict[str, str] = {}
    for article in articles:
        name = f"{article.lang}/{article.key}.md"
        if owners.setdefault(article.slug, article.key) != article.key:
            yield f"{name}: slug {article.slug} belongs to {owners[article.slug]}: choose another"
        for page in article.pages:
            if helps.setdefault(page, article.key) != article.key:
                yield f"{name}: page {page} has its help in {helps[page]}: name it in one of them"


def _gaps(articles: Iterable[Article], revisions: Iterable[Article]) -> Iterable[str]:
    """Find translations behind a revision whose text was not kept: nobody could see what changed since."""
    newest = {article.key: article.revision for article in articles if article.lang == DEFAULT}
    kept = {(article.key, article.revision) for article in revisions}
    for article in articles:
        if article.lang == DEFAULT:
            continue
        name = f"{article.lang}/{article.key}.md"
        if not 0 < article.based_on <= newest[article.key]:
            yield f"{name}: based_on is {article.based_on}: the English revisions are 1 to {newest[article.key]}"
        for number in range(max(article.based_on, 1), newest[article.key]):
            if (article.key, number) not in kept:
                yield f"{name}: follows {article.based_on}: keep {REVISIONS}/{article.key}.{number}.md"
