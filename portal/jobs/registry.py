"""Which function does which kind of job, and which kinds come back by themselves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from portal.core.context import Ctx
from portal.jobs.models import Job

Handler = Callable[[Ctx, Job], dict[str, Any] | None]
_HANDLERS: dict[str, Handler] = {}
_SCHEDULE: dict[str, timedelta] = {}


class Later(Exception):
    """Raised by a handler that wants to be called again, at `at`: not a failure."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


def handler(kind: str) -> Callable[[Handler], Handler]:
    """Register the function for jobs of `kind`. It runs outside transactions and must bear running twice."""

    def register(function: Handler) -> Handler:
        _HANDLERS[kind] = function
        return function

    return register


def scheduled(kind: str, every: timedelta) -> Callable[[Handler], Handler]:
    """Register a handler that runs once per period, whatever the number of workers."""
    _SCHEDULE[kind] = every
    return handler(kind)


def handler_for(kind: str) -> Handler | None:
    return _HANDLERS.get(kind)


def schedule() -> dict[str, timedelta]:
    return dict(_SCHEDULE)
