"""How the demo's help was read in the last weeks, and what readers said of it, in four languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zlib import crc32

from portal.core.context import Ctx
from portal.core.ids import public_id
from portal.core.locales import LANGUAGES
from portal.help.collection import library
from portal.help.models import Answer, Reading

_WEEKS = 12
_MOST = {"en": 40, "es": 60, "fr": 25, "th": 30}  # readings of an article in a week, at most
_YES_OF = 5  # for each sentence, this many said yes and wrote nothing
# Days ago, language, article, whether it helped, what was written, and whether staff have dealt with it.
_SAID = (
    (1, "es", "priority-support", False, "No encontré si el horario es el de mi país o el de ustedes.", False),
    (2, "th", "manage-customer-account", True, "ภาพประกอบช่วยได้มาก", False),
    (4, "fr", "partner-programme", False, "Combien de temps attend-on la réponse à une candidature\u202f?", False),
    (6, "en", "priority-support", True, "The table of addresses is what I needed.", True),
    (9, "es", "manage-customer-account", False, "Falta decir qué hago si el cliente ya no responde.", False),
    (15, "th", "partner-programme", False, "อยากทราบว่าสมัครในนามบุคคลได้หรือไม่", True),
)


def read_and_answered(ago: Callable[[float], Ctx]) -> None:
    """Write readings of each public article week by week, the same on every machine, and the answers."""
    Reading.insert_many(list(_readings(ago(0)))).execute()
    for days, lang, key, helpful, sentence, done in reversed(_SAID):  # the oldest first, as they came
        then = ago(days).now
        _said(key, lang, then, helpful=helpful, sentence=sentence, done_at=then + timedelta(hours=5) if done else None)
        for number in range(_YES_OF):
            _said(key, lang, ago(days + number * 3).now, helpful=True)


def _readings(ctx: Ctx) -> Iterator[dict[str, Any]]:
    for article in library().shelf("en"):
        for lang in LANGUAGES:
            for week in range(_WEEKS):
                count = crc32(f"{article.key}{lang}{week}".encode()) % _MOST.get(lang, 1) + 1
                yield {"key": article.key, "lang": lang, "day": ctx.today() - timedelta(weeks=week), "count": count}


def _said(key: str, lang: str, at: Any, **more: Any) -> None:
    Answer.create(public_id=public_id(), key=key, lang=lang, created_at=at, **more)
