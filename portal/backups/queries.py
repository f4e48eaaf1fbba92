"""Reads of an organization's back-ups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, Value

from portal.backups.commands import job_key
from portal.backups.models import Backup
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.directory.models import User
from portal.jobs.models import Job
from portal.storage.paging import keyset

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Listed:
    """A back-up in the list; `done` of `total` steps are made while its state is `asked`."""

    id: int
    public_id: str
    user: str  # public id; empty once the user is deleted
    user_name: str
    user_email: str
    state: str
    size: int
    sha256: str
    asked_by_name: str
    created_at: datetime
    expires_at: datetime | None
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Archive:
    """A ZIP file that may still be downloaded."""

    data: bytes
    user_email: str
    ready_at: datetime


def backups(ctx: Ctx, after: str | None) -> Page[Listed]:
    """Return one page of the organization's back-ups, newest first, without the archives; one statement."""
    columns = [field for field in Backup._meta.sorted_fields if field is not Backup.archive]
    query: Any = (
        Backup.select(*columns, User.public_id.alias("user_public_id"), Job.done, Job.total)
        .join(User, JOIN.LEFT_OUTER).switch(Backup)
        .join(Job, JOIN.LEFT_OUTER, on=Job.key == Value(job_key("")).concat(Backup.public_id))
        .where(Backup.organization == ctx.actor.organization_id).objects()
    )
    found = keyset(query, [Backup.id], lambda row: [row.id], after, PAGE_SIZE, descending=True)
    return Page([_listed(ctx, row) for row in found.rows], found.previous, found.next)


def _listed(ctx: Ctx, row: Any) -> Listed:
    over = row.state == "ready" and row.expires_at <= ctx.now
    return Listed(
        row.id, row.public_id, row.user_public_id or "", row.user_name, row.user_email,
        "expired" if over else row.state, row.size, row.sha256, row.asked_by_name, row.created_at, row.expires_at,
        row.done or 0, row.total or 0,
    )


def archive(ctx: Ctx, public_id: str) -> Archive:
    """Return an archive of the actor's organization; raises `NotFound` before it is ready and after it has expired."""
    row: Any = Backup.get_or_none(
        Backup.public_id == public_id, Backup.organization == ctx.actor.organization_id, Backup.state == "ready",
        Backup.expires_at > ctx.now,
    )
    if row is None:
        raise NotFound(public_id)
    return Archive(bytes(row.archive), row.user_email, row.ready_at)
