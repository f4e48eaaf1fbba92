"""What the worker does for back-ups: makes them, and takes them away in time."""

from __future__ import annotations

from datetime import timedelta

from portal.backups.archive import packed
from portal.backups.commands import expire, give_up, keep_archive
from portal.backups.contents import FILES
from portal.backups.models import Backup
from portal.core.context import Ctx
from portal.directory.policy.users import called
from portal.jobs import handler, progress, scheduled
from portal.jobs.models import Job
from portal.jobs.worker import MAX_ATTEMPTS


@handler("backups.make")
def make(ctx: Ctx, job: Job) -> None:
    """Make the archive that somebody asked for. Nothing is kept of an attempt that ends in the middle."""
    backup: Backup | None = Backup.get_or_none(Backup.public_id == job.payload["backup"], Backup.state == "asked")
    if backup is None:
        return
    try:
        archive = _made(ctx, job, backup)
    except Exception:
        if job.attempts >= MAX_ATTEMPTS:
            give_up(ctx, backup)
        raise
    if archive:
        keep_archive(ctx, backup, archive, job.account_id)
    elif backup.user is None:
        give_up(ctx, backup)


def _made(ctx: Ctx, job: Job, backup: Backup) -> bytes | None:
    """Return the archive, or None where the user is gone or another worker has taken over."""
    user = backup.user
    if user is None:
        return None
    files = dict[str, bytes]()
    for done, (name, content) in enumerate(FILES.items()):
        if not progress(ctx, job, done, len(FILES)):
            return None
        data = content(user)
        if data is not None:
            files[name] = data
    return packed(files, ctx.now, organization=backup.organization.name, user=called(user))


@scheduled("backups.expire", every=timedelta(hours=1))
def expire_old(ctx: Ctx, _job: Job) -> None:
    expire(ctx)
