"""Exports of personal data from the request to their end: asked for, kept for a few days, expired."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from portal.accounts.models import Account
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import ProofNeeded
from portal.core.permissions import P
from portal.jobs import enqueue
from portal.mail import post
from portal.privacy.models import DataExport
from portal.privacy.queries import job_key, of_actor
from portal.storage import command, locked


@command(P.ACCOUNT_SETTINGS)
def ask_export(ctx: Ctx, language: str, readme: str) -> DataExport:
    """Have everything about the actor put into an archive, and return its row.

    `readme` is what the archive says about itself, in `language`. While one is being made, that one comes back. Raises
    `ProofNeeded`.
    """
    return _asked(ctx, language, readme)


@command(P.ORGANIZATION_EXPORT)
def ask_organization_export(ctx: Ctx, language: str, readme: str) -> DataExport:
    """Have everything about the organization that the actor stands in put into an archive, likewise."""
    return _asked(ctx, language, readme)


def _asked(ctx: Ctx, language: str, readme: str) -> DataExport:
    if not ctx.actor.fresh:
        raise ProofNeeded(P.ORGANIZATION_EXPORT)
    locked(Account.select(Account.id).where(Account.id == ctx.actor.account_id)).get()  # one at a time
    waiting: DataExport | None = DataExport.get_or_none(of_actor(ctx), DataExport.state == "asked")
    if waiting:
        return waiting
    export: DataExport = DataExport.create(
        account=ctx.actor.account_id, organization=ctx.actor.organization_id, language=language, created_at=ctx.now
    )
    enqueue(ctx, "privacy.export", key=job_key(export.public_id), export=export.public_id, readme=readme)
    record(ctx, "data.exported", subject=export.public_id, organization_id=export.organization_id)
    return export


@command(P.JOB_RUN)
def keep_archive(ctx: Ctx, export: DataExport, archive: bytes) -> None:
    """Store a finished archive until it expires, and tell who asked; the second time nothing happens.

    The archives before it go: nobody fills the database by asking again and again.
    """
    days = ctx.programme.retention.data_exports
    kept = DataExport.update(
        state="ready", archive=archive, size=len(archive), sha256=hashlib.sha256(archive).hexdigest(),
        ready_at=ctx.now, expires_at=ctx.now + timedelta(days=days),
    ).where(DataExport.id == export.id, DataExport.state == "asked").execute()
    if not kept:
        return
    same = DataExport.organization.is_null() if export.organization_id is None else (
        DataExport.organization == export.organization_id)
    mine = same & (DataExport.account == export.account_id)
    DataExport.update(state="expired", archive=None).where(
        mine, DataExport.state == "ready", DataExport.id != export.id).execute()
    _tell(ctx, export, days)


def _tell(ctx: Ctx, export: DataExport, days: int) -> None:
    organization = export.organization
    post(
        ctx, "data-export-ready", key=f"data-export-ready:{export.public_id}", address=export.account.email,
        name=export.account.name, language=export.account.language, days=days,
        organization=organization.name if organization else "",
        organization_id=organization.public_id if organization else "",
    )


@command(P.JOB_RUN)
def give_up(_ctx: Ctx, export: DataExport) -> None:
    """Say that no archive will come: it could not be made however often it was tried."""
    DataExport.update(state="failed").where(DataExport.id == export.id, DataExport.state == "asked").execute()


@command(P.JOB_RUN)
def expire(ctx: Ctx) -> None:
    """Delete the archives whose time is over; that they existed stays in the list."""
    over = (DataExport.state == "ready") & (DataExport.expires_at <= ctx.now)
    DataExport.update(state="expired", archive=None).where(over).execute()
