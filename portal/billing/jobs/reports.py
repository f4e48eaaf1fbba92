"""Reports as files, and the daily comparison of what was sold, assigned and invoiced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from tempfile import TemporaryFile

from portal.billing.commands import exports, reconciling
from portal.billing.models import Export
from portal.billing.queries.exports import asked_from_json
from portal.billing.queries.payments import every
from portal.billing.sheets import Words, lines, write
from portal.core.context import Ctx
from portal.core.errors import Forbidden
from portal.core.permissions import P
from portal.jobs import handler, progress, scheduled
from portal.jobs.models import Job
from portal.jobs.worker import MAX_ATTEMPTS
from portal.partners.people import member_now


class _TakenOver(Exception):
    """Another worker has the job now."""


@handler("billing.export")
def make_export(ctx: Ctx, job: Job) -> None:
    """Write a report to a file. Nothing is kept of an attempt that ends in the middle: it is made again.

    Whoever may not read reports any more gets none.
    """
    export: Export | None = Export.get_or_none(Export.public_id == job.payload["export"], Export.state == "asked")
    if export is None:
        return
    try:
        content, rows = _written(ctx, job, export)
    except _TakenOver:
        return
    except Forbidden:
        exports.give_up(ctx, export)
        return
    except Exception:
        if job.attempts >= MAX_ATTEMPTS:
            exports.give_up(ctx, export)
        raise
    exports.keep_export(ctx, export, content, rows)


def _written(ctx: Ctx, job: Job, export: Export) -> tuple[bytes, int]:
    """Return the file and how many payments it holds, as the person who asked sees them now."""
    reader = replace(ctx, actor=member_now(ctx, export.account_id, export.partner_id))
    reader.actor.require(P.REPORT_READ)
    asked, words = asked_from_json(export.asked["filter"]), Words.from_json(export.asked["words"])
    done = 0

    def rows() -> Iterator[list[object]]:
        nonlocal done
        for piece in every(reader, asked):
            if not progress(ctx, job, done, max(export.rows, done)):
                raise _TakenOver
            yield from lines(words, piece)
            done += len(piece)

    with TemporaryFile() as target:
        write(export.format, target, words, rows())
        target.seek(0)
        return target.read(), done


@scheduled("billing.expire-exports", every=timedelta(hours=1))
def expire_exports(ctx: Ctx, _job: Job) -> None:
    exports.expire(ctx)


@scheduled("billing.reconcile", every=timedelta(days=1))
def reconcile(ctx: Ctx, job: Job) -> None:
    """Compare what was sold, assigned and invoiced of every subscription, batch by batch."""
    after: int | None = 0
    while after is not None:
        if not progress(ctx, job, after, after + 1):
            return
        after = reconciling.compare(ctx, after)
    reconciling.close_ended(ctx)
