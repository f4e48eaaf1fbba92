"""What the worker does about personal data: makes archives and takes them away, and carries out erasures."""

from __future__ import annotations

from datetime import timedelta
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from portal.core.context import Ctx
from portal.jobs import Later, enqueue, handler, progress, scheduled
from portal.jobs.models import Job
from portal.jobs.worker import MAX_ATTEMPTS
from portal.mail.models import Outgoing
from portal.privacy.commands import carry_out, expire, give_up, keep_archive, remind
from portal.privacy.contents import write
from portal.privacy.models import DataExport
from portal.privacy.retention import JOB, RULES, run
from portal.storage import transaction

_IN_MEMORY = 8_000_000  # bytes of an archive in the making; what is beyond goes to a file
_AGAIN = timedelta(minutes=10)


@handler("privacy.export")
def make(ctx: Ctx, job: Job) -> None:
    """Make the archive that somebody asked for. Nothing is kept of an attempt that ends in the middle."""
    export: DataExport | None = DataExport.get_or_none(
        DataExport.public_id == job.payload["export"], DataExport.state == "asked"
    )
    if export is None:
        return
    try:
        archive = _made(ctx, job, export)
    except Exception:
        if job.attempts >= MAX_ATTEMPTS:
            give_up(ctx, export)
        raise
    if archive is not None:
        keep_archive(ctx, export, archive)


def _made(ctx: Ctx, job: Job, export: DataExport) -> bytes | None:
    """Return the archive, or None where another worker has taken over."""
    def step(done: int, total: int) -> bool:
        return progress(ctx, job, done, total)

    with SpooledTemporaryFile(_IN_MEMORY) as file:
        if not write(cast(BinaryIO, file), ctx.now, export, job.payload["readme"], step):
            return None
        file.seek(0)
        return file.read()


@scheduled("privacy.expire", every=timedelta(hours=1))
def expire_old(ctx: Ctx, _job: Job) -> None:
    expire(ctx)


@scheduled("privacy.erasures", every=timedelta(hours=1))
def erase_due(ctx: Ctx, _job: Job) -> None:
    """Have each due erasure carried out by a job of its own: one that fails keeps no other from its turn."""
    due = remind(ctx)
    with transaction():
        for erasure in due:
            enqueue(ctx, "privacy.erase", key=f"privacy.erase:{erasure}:{ctx.today()}", erasure=erasure)


@handler("privacy.erase")
def erase(ctx: Ctx, job: Job) -> None:
    carry_out(ctx, job.payload["erasure"])


@handler("privacy.forget-mail")
def forget_mail(ctx: Ctx, job: Job) -> None:
    """Delete the last mail to somebody who is erased, as soon as it has gone out or cannot."""
    mail: Outgoing | None = Outgoing.get_or_none(Outgoing.key == job.payload["mail"])
    if mail is None:
        return
    sending: Job | None = Job.get_or_none(Job.key == f"mail:{mail.key}")
    if mail.state == "pending" and sending is not None and sending.state == "ready":
        raise Later(ctx.now + _AGAIN)
    with transaction():
        Outgoing.delete().where(Outgoing.id == mail.id).execute()


@scheduled(JOB, every=timedelta(days=1))
def keep_no_longer(ctx: Ctx, job: Job) -> dict[str, Any]:
    """Let go whose time is over; the lease is prolonged after each piece, so that any number may go."""
    def going_on(counts: dict[str, int]) -> bool:
        return progress(ctx, job, 0, len(RULES), result=counts)

    return run(ctx, going_on)
