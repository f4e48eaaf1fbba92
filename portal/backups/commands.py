"""Back-ups from the request to their end: asked for, kept for a few days, expired."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from portal.accounts.models import Account
from portal.backups.models import Backup
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.directory.commands.users import note, own_user
from portal.jobs import enqueue
from portal.mail import post
from portal.storage import command


@command(P.USER_BACK_UP)
def ask_backup(ctx: Ctx, user: str) -> Backup:
    """Have what the directory knows about a user (public id) put into an archive, and return its row (S3.14).

    While one of this user is being made, that one comes back. Raises `NotFound`.
    """
    owner = own_user(ctx, user)
    waiting: Backup | None = Backup.get_or_none(Backup.user == owner, Backup.state == "asked")
    if waiting:
        return waiting
    backup: Backup = Backup.create(
        organization=owner.organization_id, user=owner, user_name=owner.name, user_email=owner.email,
        asked_by_name=ctx.actor.name, created_at=ctx.now,
    )
    enqueue(ctx, "backups.make", key=job_key(backup.public_id), backup=backup.public_id)
    note(ctx, "user.backed-up", owner, backup=backup.public_id)
    return backup


def job_key(backup: str) -> str:
    """Return the key of the job that makes a back-up (public id)."""
    return f"backups.make:{backup}"


@command(P.JOB_RUN)
def keep_archive(ctx: Ctx, backup: Backup, archive: bytes, asker: int | None) -> None:
    """Store a finished archive until it expires, and tell who asked (account); the second time nothing happens."""
    days = ctx.programme.retention.backups
    query = Backup.update(
        state="ready", archive=archive, size=len(archive), sha256=hashlib.sha256(archive).hexdigest(),
        ready_at=ctx.now, expires_at=ctx.now + timedelta(days=days),
    ).where(Backup.id == backup.id, Backup.state == "asked")
    account: Account | None = Account.get_or_none(Account.id == asker)
    if query.execute() and account:
        post(
            ctx, "backup-ready", key=f"backup-ready:{backup.public_id}", address=account.email, name=account.name,
            language=account.language, organization=backup.organization.public_id, user=backup.user_name, days=days,
        )


@command(P.JOB_RUN)
def give_up(_ctx: Ctx, backup: Backup) -> None:
    """Say that no archive will come: its user is gone, or it could not be made however often it was tried."""
    Backup.update(state="failed").where(Backup.id == backup.id, Backup.state == "asked").execute()


@command(P.JOB_RUN)
def expire(ctx: Ctx) -> None:
    """Delete the archives whose time is over; that they existed stays in the list."""
    over = (Backup.state == "ready") & (Backup.expires_at <= ctx.now)
    Backup.update(state="expired", archive=None).where(over).execute()
