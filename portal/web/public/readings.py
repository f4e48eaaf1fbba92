"""Counts readings of articles in memory, and writes them down now and then: a page costs nobody a write."""

from __future__ import annotations

import logging
import re
import threading
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from flask import current_app, request
from peewee import PeeweeException
from werkzeug.wrappers import Response

from portal.help.readings import Place, add_readings
from portal.web.access import ctx
from portal.web.i18n import current_language

GATHERED: Final = 20  # readings
EVERY: Final = timedelta(minutes=1)
# Programs that say so, or say nothing at all. Those that pretend to be browsers count.
_PROGRAM = re.compile(r"bot|crawl|spider|slurp|preview|monitor|^$", re.IGNORECASE)
_log = logging.getLogger("portal.help")


class Readings:
    """What this process has counted since it last wrote. Those of a process that ends are lost, a minute's at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[Place] = Counter()
        self._since: datetime | None = None

    def add(self, place: Place, now: datetime) -> Mapping[Place, int]:
        """Count one reading; return what has gathered, to be written, when it is time."""
        with self._lock:
            self._counts[place] += 1
            self._since = self._since or now
            if self._counts.total() < GATHERED and now - self._since < EVERY:
                return {}
            gathered, self._counts, self._since = self._counts, Counter(), now
            return gathered

    def put_back(self, counts: Mapping[Place, int]) -> None:
        """Keep for the next time what could not be written."""
        with self._lock:
            self._counts.update(counts)


def count_reading(key: str, response: Response) -> None:
    """Count that somebody was given this article. What a cache answers, and what is no new page, does not count."""
    if request.method != "GET" or response.status_code != 200 or not _by_a_person():
        return
    readings: Readings = current_app.extensions.setdefault("help_readings", Readings())
    gathered = readings.add((key, current_language()), ctx().now)
    if gathered:
        _write(readings, gathered)


def _by_a_person() -> bool:
    header = request.headers.get
    return not _PROGRAM.search(header("User-Agent", "")) and "prefetch" not in header("Sec-Purpose", "")


def _write(readings: Readings, gathered: Mapping[Place, int]) -> None:
    """Write what has gathered. Nobody's page fails for a number."""
    try:
        add_readings(ctx(), gathered)
    except PeeweeException:
        _log.warning("readings of help articles could not be written; the next page tries again", exc_info=True)
        readings.put_back(gathered)
