"""The worker: takes due jobs one after the other until told to stop."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event

from peewee import InterfaceError, OperationalError

from portal.core.context import Ctx
from portal.jobs.models import Job
from portal.jobs.queue import claim, enqueue, finish
from portal.jobs.registry import Later, handler_for, schedule
from portal.storage import database, transaction

log = logging.getLogger("portal.jobs")
MAX_ATTEMPTS = 8
_AWAY = 5.0  # seconds between looks for a database that does not answer
_EPOCH = datetime.fromisoformat("2020-01-01T00:00:00+00:00")


def retry_after(attempts: int) -> timedelta:
    """Return the pause before the next try: 10 s, doubling, at most an hour."""
    return timedelta(seconds=min(10 * 2 ** (attempts - 1), 3600))


def run_due(make_ctx: Callable[[], Ctx], limit: int = 1000) -> int:
    """Run jobs until none is due (or `limit` is reached); return how many ran."""
    _plant_scheduled(make_ctx())
    for count in range(limit):
        ctx = make_ctx()
        job = claim(ctx.now)
        if job is None:
            return count
        _run(ctx, job)
    return limit


def work(make_ctx: Callable[[], Ctx], stop: Event, pause: float = 0.5) -> None:
    """Run jobs until `stop` is set; idle for `pause` seconds when there is nothing to do.

    A database that is away for a while, as in a restart, is waited for: the worker must not need anybody to notice.
    """
    while not stop.is_set():
        try:
            with database.connection_context():
                idle = run_due(make_ctx, limit=50) == 0
        except (InterfaceError, OperationalError):
            log.exception("the database does not answer; trying again in %s s", _AWAY)
            stop.wait(_AWAY)
        else:
            if idle:
                stop.wait(pause)


def _run(ctx: Ctx, job: Job) -> None:
    handle = handler_for(job.kind)
    try:
        if handle is None:
            raise LookupError(f"no handler for {job.kind}")
        result = handle(ctx, job)
    except Later as later:
        finish(job, run_at=later.at, attempts=0)
    except Exception as error:
        log.exception("job %s %s failed", job.kind, job.key)
        _failed(ctx, job, error)
    else:
        finish(job, state="done", result=result, finished_at=ctx.now, error=None)


def _failed(ctx: Ctx, job: Job, error: Exception) -> None:
    if job.attempts >= MAX_ATTEMPTS:
        finish(job, state="failed", error=repr(error), finished_at=ctx.now)
    else:
        finish(job, run_at=ctx.now + retry_after(job.attempts), error=repr(error))


def _plant_scheduled(ctx: Ctx) -> None:
    """Make sure that each periodic kind has its job for the present period; the key keeps it to one."""
    for kind, every in schedule().items():
        key = f"{kind}:{(ctx.now - _EPOCH) // every}"
        if not Job.select().where(Job.key == key).exists():
            with transaction():
                enqueue(ctx, kind, key)
