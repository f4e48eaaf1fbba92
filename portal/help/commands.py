"""Keeps the index of the articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import IntegrityError, chunked, fn

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.help.models import Entry, Posting, Word
from portal.help.terms import GRAM
from portal.storage import command, transaction
from portal.storage.bulk import counted, insert_all

KEPT_EDITIONS = 2


@dataclass(frozen=True, slots=True)
class Text:
    """An article as it is indexed: how much it is about each of its terms."""

    lang: str
    key: str
    public: bool
    weights: Mapping[str, int]


def index(ctx: Ctx, edition: str, texts: Sequence[Text]) -> bool:
    """Store the index of one edition of the articles; False when it is there already.

    The newest two editions stay: portals of two versions may share a database while one replaces the other.
    """
    stored = _index(ctx, edition, texts)
    if stored:
        counted(Entry, Word, Posting)
    return stored


@command(P.JOB_RUN)
def _index(ctx: Ctx, edition: str, texts: Sequence[Text]) -> bool:
    if Entry.select().where(Entry.edition == edition).exists():
        return False
    try:
        with transaction():
            for some in chunked(texts, 1000):
                Entry.insert_many([(edition, text.lang, text.key, text.public) for text in some],
                                  [Entry.edition, Entry.lang, Entry.key, Entry.public]).execute()
    except IntegrityError:  # another process has stored it at the same moment
        return False
    for lang in {text.lang for text in texts}:
        _store(edition, lang, [text for text in texts if text.lang == lang])
    _forget_old()
    return True


def _store(edition: str, lang: str, texts: Sequence[Text]) -> None:
    """Store the words of one language, and which articles have them."""
    counts = Counter(term for text in texts for term in text.weights)
    public = Counter(term for text in texts if text.public for term in text.weights)
    insert_all(Word, ("edition", "lang", "text", "start", "articles", "public_articles"), (
        (edition, lang, term, term[:GRAM], count, public[term]) for term, count in counts.items()
    ))
    words: Any = Word.select(Word.text, Word.id).where(Word.edition == edition, Word.lang == lang)
    entries: Any = Entry.select(Entry.key, Entry.id).where(Entry.edition == edition, Entry.lang == lang)
    word_ids, entry_ids = dict(words.tuples()), dict(entries.tuples())
    insert_all(Posting, ("word_id", "entry_id", "weight"), (
        (word_ids[term], entry_ids[text.key], weight) for text in texts for term, weight in text.weights.items()
    ))


def _forget_old() -> None:
    """Let all but the newest editions go, with what hangs on them."""
    newest: Any = Entry.select(Entry.edition).group_by(Entry.edition).order_by(fn.MAX(Entry.id).desc())
    old = [edition for (edition,) in newest.tuples()][KEPT_EDITIONS:]
    if old:
        Posting.delete().where(Posting.entry.in_(Entry.select(Entry.id).where(Entry.edition.in_(old)))).execute()
        Entry.delete().where(Entry.edition.in_(old)).execute()
        Word.delete().where(Word.edition.in_(old)).execute()
