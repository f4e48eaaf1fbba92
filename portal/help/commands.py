"""Keeps the index of the articles, and what readers tell of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.help.models import Entry, Posting, Word
from portal.help.terms import GRAM, terms
from portal.storage import command
from portal.storage.bulk import insert_all

KEPT_EDITIONS = 2
_TITLE, _HEADING, _TEXT, _MOST = 12, 4, 1, 4


@dataclass(frozen=True, slots=True)
class Text:
    """An article as it is indexed: what it is called, what it is headed, and what it says."""

    lang: str
    key: str
    public: bool
    titles: Sequence[str]  # and other words that people know it by
    headings: Sequence[str]
    texts: Sequence[str]

    def weights(self) -> Mapping[str, int]:
        """Return how much the article is about each of its terms."""
        found: Counter[str] = Counter()
        for weight, texts in ((_TITLE, self.titles), (_HEADING, self.headings)):
            for term in {term for text in texts for term in terms(text)}:
                found[term] += weight
        for term, count in Counter(term for text in self.texts for term in terms(text)).items():
            found[term] += min(count, _MOST) * _TEXT
        return found


@command(P.JOB_RUN)
def index(ctx: Ctx, edition: str, texts: Iterable[Text]) -> bool:
    """Store the index of one edition of the articles; False when it is there already.

    The newest two editions stay: portals of two versions may share a database while one replaces the other.
    """
    if Entry.select().where(Entry.edition == edition).exists():
        return False
    by_lang: dict[str, list[tuple[Text, Mapping[str, int]]]] = defaultdict(list)
    for text in texts:
        by_lang[text.lang].append((text, text.weights()))
    for lang, articles in by_lang.items():
        _store(edition, lang, articles)
    _forget_old()
    return True


def _store(edition: str, lang: str, articles: Sequence[tuple[Text, Mapping[str, int]]]) -> None:
    entries = {text.key: Entry.create(edition=edition, lang=lang, key=text.key, public=text.public)
               for text, _weights in articles}
    counts = Counter(term for _text, weights in articles for term in weights)
    public = Counter(term for text, weights in articles if text.public for term in weights)
    insert_all(Word, ("edition", "lang", "text", "start", "articles", "public_articles"), (
        (edition, lang, term, term[:GRAM], count, public[term]) for term, count in counts.items()
    ))
    own: Any = Word.select(Word.text, Word.id).where(Word.edition == edition, Word.lang == lang)
    ids: dict[str, int] = dict(own.tuples())
    insert_all(Posting, ("word_id", "entry_id", "weight"), (
        (ids[term], entries[text.key].id, weight)
        for text, weights in articles for term, weight in weights.items()
    ))


def _forget_old() -> None:
    """Let all but the newest editions go, with what hangs on them."""
    newest: Any = Entry.select(Entry.edition).group_by(Entry.edition).order_by(fn.MAX(Entry.id).desc())
    old = [edition for (edition,) in newest.tuples()][KEPT_EDITIONS:]
    if old:
        Posting.delete().where(Posting.entry.in_(Entry.select(Entry.id).where(Entry.edition.in_(old)))).execute()
        Entry.delete().where(Entry.edition.in_(old)).execute()
        Word.delete().where(Word.edition.in_(old)).execute()
