"""Answers questions from the index: three or four statements, the same on both engines."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from portal.core.context import Actor
from portal.core.permissions import P
from portal.help.models import Entry, Posting, Word
from portal.help.ranking import (
    MOST_OF_ONE,
    RESULTS,
    Asked,
    Found,
    affordable,
    asked,
    correct,
    ranked,
    typos,
    understand,
    wanted,
)
from portal.storage.sets import among, among_many


@dataclass(frozen=True, slots=True)
class Answer:
    """Keys of the articles that answer a question, best first, and its words as they were understood."""

    keys: Sequence[str]
    question: Sequence[Asked]


def has_edition(edition: str) -> bool:
    """Tell whether this edition of the articles is indexed."""
    return bool(Entry.select().where(Entry.edition == edition).exists())


def search(actor: Actor, edition: str, lang: str, question: str, articles: int) -> Answer:
    """Return the articles in `lang` that answer a question, of `articles` in all; staff's own only to staff."""
    vocabulary = _Vocabulary(edition, lang, actor.can(P.HELP_STAFF_READ))
    words = asked(question)
    if not words:
        return Answer((), ())
    understand(words, vocabulary.look_up(*wanted(words)))
    if made := typos(words):
        correct(made, vocabulary.look_up(made.keys(), ()))
    chosen = affordable(words)
    if not chosen:
        return Answer((), words)
    entries = ranked(words, vocabulary.postings(chosen), articles)
    return Answer(_keys(entries[:RESULTS]), words)


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The words of the index that a reader may learn of, and the articles that have them."""

    edition: str
    lang: str
    staff: bool

    def look_up(self, texts: Collection[str], starts: Collection[str]) -> list[Found]:
        """Return the words with these texts and those with these beginnings."""
        count = Word.articles if self.staff else Word.public_articles
        told = among(Word.text, texts) | among(Word.start, starts) if starts else among_many(Word.text, texts)
        rows: Any = Word.select(Word.id, Word.text, count).where(
            Word.edition == self.edition, Word.lang == self.lang, count > 0, told
        )
        return [Found(*row) for row in rows.tuples()]

    def postings(self, chosen: Sequence[Found]) -> list[tuple[int, int, int]]:
        """Return (word, article, weight) of these words; of a single very common one the weightiest."""
        rows: Any = Posting.select(Posting.word, Posting.entry, Posting.weight)
        rows = rows.where(among(Posting.word, [found.id for found in chosen]))
        if not self.staff:
            internal = Entry.select(Entry.id).where(
                Entry.edition == self.edition, Entry.lang == self.lang, ~Entry.public)
            rows = rows.where(Posting.entry.not_in(internal))
        if len(chosen) == 1:
            rows = rows.order_by(Posting.weight.desc(), Posting.entry.desc()).limit(MOST_OF_ONE)
        return list(rows.tuples())


def _keys(entries: Sequence[int]) -> list[str]:
    rows: Any = Entry.select(Entry.id, Entry.key).where(Entry.id.in_(list(entries)))
    keys: dict[int, str] = dict(rows.tuples())
    return [keys[entry] for entry in entries]
