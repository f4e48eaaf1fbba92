"""What readers say of an article: taken down without a name, read by staff, and marked when it is dealt with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from peewee import Case, fn

from portal.accounts.commands import throttle
from portal.accounts.policy import network_of
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound
from portal.core.ids import public_id
from portal.core.paging import Page
from portal.core.permissions import P
from portal.core.words import N_
from portal.help.models import Answer
from portal.help.readings import PERIOD, Place
from portal.storage import command
from portal.storage.paging import keyset

SENTENCE_MAX: Final = 1000  # characters
PER_NETWORK: Final = 10  # answers
WINDOW: Final = timedelta(hours=1)
PAGE_SIZE: Final = 25


@dataclass(frozen=True, slots=True)
class Opinion:
    """How many found an article helpful, and how many did not."""

    yes: int = 0
    no: int = 0


def give_answer(ctx: Ctx, place: Place, helpful: bool, sentence: str, address: str) -> None:
    """Keep an answer about an article in a language, and nothing of who gave it.

    Raises `TooManyAttempts` for too many from `address`, or a `DomainError` beside the sentence.
    """
    if len(sentence) > SENTENCE_MAX:
        raise DomainError(N_("Use at most %(count)s characters."), "sentence", count=SENTENCE_MAX)
    throttle(ctx, f"help:answer:{network_of(address)}", PER_NETWORK, WINDOW)
    _keep(ctx, place, helpful, sentence)


@command(P.PUBLIC)
def _keep(ctx: Ctx, place: Place, helpful: bool, sentence: str) -> None:
    key, lang = place
    Answer.create(
        public_id=public_id(), key=key, lang=lang, helpful=helpful, sentence=sentence, created_at=ctx.now
    )


@command(P.HELP_EDIT)
def settle_answer(ctx: Ctx, answer: str) -> None:
    """Mark a sentence as dealt with; twice is the same as once. Raises `NotFound` for an unknown one."""
    if not Answer.select().where(Answer.public_id == answer).exists():
        raise NotFound(answer)
    Answer.update(done_at=ctx.now).where(Answer.public_id == answer, Answer.done_at.is_null()).execute()


def opinions(ctx: Ctx, key: str = "") -> Mapping[Place, Opinion]:
    """Return how many said yes and no in the last 90 days, of each article, or of one, in each language."""
    ctx.actor.require(P.HELP_STAFF_READ)
    yes = fn.SUM(Case(None, [(Answer.helpful, 1)], 0))
    query: Any = Answer.select(Answer.key, Answer.lang, yes, fn.COUNT(Answer.id)).where(
        Answer.created_at > ctx.now - PERIOD)
    if key:
        query = query.where(Answer.key == key)
    return {(key, lang): Opinion(int(helpful), int(total) - int(helpful))
            for key, lang, helpful, total in query.group_by(Answer.key, Answer.lang).tuples()}


def sentences(
    ctx: Ctx, key: str = "", lang: str = "", done: bool | None = False, after: str | None = None, size: int = PAGE_SIZE
) -> Page[Answer]:
    """Return what readers wrote, the newest first: of all articles or one, in all languages or one.

    `done`: what was dealt with, or what was not; None for both.
    """
    ctx.actor.require(P.HELP_STAFF_READ)
    query: Any = Answer.select().where(Answer.sentence != "")
    for column, wanted in ((Answer.key, key), (Answer.lang, lang)):
        query = query.where(column == wanted) if wanted else query
    if done is not None:
        query = query.where(Answer.done_at.is_null(not done))
    return keyset(query, (Answer.id,), lambda row: [row.id], after, size, descending=True)
