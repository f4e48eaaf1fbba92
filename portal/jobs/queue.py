"""The queue itself: ask, claim, finish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from portal.core.context import Ctx
from portal.core.ids import random_token
from portal.jobs.models import Job
from portal.storage import is_postgresql, transaction

LEASE = timedelta(seconds=60)


def enqueue(ctx: Ctx, kind: str, key: str, at: datetime | None = None, **payload: Any) -> None:
    """Ask for a job inside the caller's transaction; a second request with the same key changes nothing."""
    Job.insert(
        kind=kind, key=key, payload=payload, run_at=at or ctx.now, created_at=ctx.now, account_id=ctx.actor.account_id
    ).on_conflict_ignore().execute()


def enqueue_all(ctx: Ctx, kind: str, payloads: Mapping[str, Mapping[str, Any]]) -> None:
    """Ask for many jobs of one kind, each payload under its key, in one statement of the caller's transaction."""
    Job.insert_many([
        {"kind": kind, "key": key, "payload": dict(payload), "run_at": ctx.now, "created_at": ctx.now,
         "account_id": ctx.actor.account_id}
        for key, payload in payloads.items()
    ]).on_conflict_ignore().execute()


def ask_again(ctx: Ctx, kind: str, key: str, **payload: Any) -> None:
    """Ask for a job of which there is one, anew when it is asked for something else than last time.

    One that is being done for the last time stops at its next step.
    """
    enqueue(ctx, kind, key, **payload)
    Job.update(
        payload=payload, state="ready", run_at=ctx.now, lease=None, attempts=0, done=0, total=0, error=None,
        finished_at=None,
    ).where(Job.key == key, Job.payload != payload).execute()


def hasten(ctx: Ctx, key: str) -> None:
    """Let a job that waits for its time run at once, in the caller's transaction; one that is running stays alone."""
    waits = (Job.state == "ready") & Job.lease.is_null() & (Job.run_at > ctx.now)
    Job.update(run_at=ctx.now).where(Job.key == key, waits).execute()


def claim(now: datetime, lease: timedelta = LEASE) -> Job | None:
    """Take the next due job under a lease: if this worker dies, another takes it when the lease ends."""
    due = Job.select(Job.id).where(Job.state == "ready", Job.run_at <= now).order_by(Job.run_at, Job.id).limit(1)
    if is_postgresql():
        due = due.for_update("FOR UPDATE SKIP LOCKED")  # type: ignore[arg-type]
    with transaction():
        first = due.scalar()
        if first is None:
            return None
        taken = Job.update(lease=random_token(), attempts=Job.attempts + 1, run_at=now + lease).where(Job.id == first)
        taken.execute()
        return Job.get_by_id(first)


def finish(job: Job, **changes: Any) -> bool:
    """Store the outcome, unless the lease was lost to another worker meanwhile; tell whether it was stored."""
    query = Job.update(lease=None, **changes).where(Job.id == job.id, Job.lease == job.lease)
    with transaction():
        return bool(query.execute())


def progress(
    ctx: Ctx, job: Job, done: int, total: int, lease: timedelta = LEASE, result: dict[str, Any] | None = None
) -> bool:
    """Tell how far a job is and prolong its lease; False when another worker has taken over: stop then.

    `result` keeps what has come out so far, for the next run of a job that goes on piece by piece.
    """
    changes = {"done": done, "total": total, "run_at": ctx.now + lease, **({"result": result} if result else {})}
    query = Job.update(**changes).where(Job.id == job.id, Job.lease == job.lease)
    with transaction():
        return bool(query.execute())
