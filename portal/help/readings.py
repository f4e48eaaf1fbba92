"""How often articles are read, by language and day: numbers, and of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from peewee import EXCLUDED, fn

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.help.models import Reading
from portal.storage import command

PERIOD: Final = timedelta(days=90)  # what staff look at
Place = tuple[str, str]  # an article's key, and the language of its reader


@command(P.PUBLIC)
def add_readings(ctx: Ctx, counts: Mapping[Place, int]) -> None:
    """Add readings to those of the day, in one statement; always in the same order, so that no two wait in a circle."""
    lines = [{"key": key, "lang": lang, "day": ctx.today(), "count": count}
             for (key, lang), count in sorted(counts.items())]
    Reading.insert_many(lines).on_conflict(
        conflict_target=[Reading.key, Reading.lang, Reading.day], update={Reading.count: Reading.count + EXCLUDED.count}
    ).execute()


def readings(ctx: Ctx, key: str = "") -> Mapping[Place, int]:
    """Return how often each article, or one, was read in each language in the last 90 days."""
    ctx.actor.require(P.HELP_STAFF_READ)
    query: Any = Reading.select(Reading.key, Reading.lang, fn.SUM(Reading.count)).where(Reading.day > _first_day(ctx))
    if key:
        query = query.where(Reading.key == key)
    return {(key, lang): int(count) for key, lang, count in query.group_by(Reading.key, Reading.lang).tuples()}


def _first_day(ctx: Ctx) -> date:
    return ctx.today() - PERIOD
