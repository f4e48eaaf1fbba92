"""Reports as files that a job makes because they are long: asked for, kept for some days, expired."""

from __future__ import annotations

from datetime import timedelta

from portal.accounts.models import Account
from portal.billing.models import Export
from portal.billing.queries.exports import asked_as_json, job_key
from portal.billing.queries.payments import Asked, listed, sums
from portal.billing.sheets import FORMATS, Words
from portal.core.context import Ctx
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.jobs import enqueue
from portal.mail import post
from portal.partners.queries import language_at
from portal.storage import command

MOST_LINES = 1_000_000  # a sheet of a spreadsheet has few more


@command(P.REPORT_READ)
def ask_export(ctx: Ctx, asked: Asked, fmt: str, words: Words, language: str) -> Export:
    """Have the payments of a filter written to a file, in the words and the conventions of who asks.

    While the same file is being made for this person, that one comes back. Raises `DomainError` where it would be too
    long.
    """
    assert fmt in FORMATS
    lines = listed(asked, sums(ctx, asked))
    if lines > MOST_LINES:
        raise DomainError(N_("A file holds %(most)s payments at most. Choose a shorter period."), most=MOST_LINES)
    content = {"filter": asked_as_json(asked), "words": words.as_json()}
    mine = Export.select().where(
        Export.account == ctx.actor.account_id, Export.partner == ctx.actor.partner_id, Export.state == "asked",
        Export.format == fmt,
    )
    for waiting in mine:
        if waiting.asked["filter"] == content["filter"] and waiting.language == language:
            return waiting  # type: ignore[no-any-return]
    export: Export = Export.create(
        partner=ctx.actor.partner_id, account=ctx.actor.account_id, asked=content, format=fmt, language=language,
        country=ctx.actor.country, rows=lines, created_at=ctx.now,
    )
    enqueue(ctx, "billing.export", key=job_key(export.public_id), export=export.public_id)
    return export


@command(P.JOB_RUN)
def keep_export(ctx: Ctx, export: Export, content: bytes, rows: int) -> None:
    """Store a finished file until it expires, and tell who asked; the second time nothing happens."""
    days = ctx.programme.retention.exports
    kept = Export.update(
        state="ready", content=content, size=len(content), rows=rows, ready_at=ctx.now,
        expires_at=ctx.now + timedelta(days=days),
    ).where(Export.id == export.id, Export.state == "asked").execute()
    if kept:
        account = Account.get_by_id(export.account_id)
        post(ctx, "export-ready", key=f"export-ready:{export.public_id}", address=account.email, name=account.name,
             language=language_at(account, export.partner_id), export=export.public_id, rows=rows, days=days)


@command(P.JOB_RUN)
def give_up(_ctx: Ctx, export: Export) -> None:
    """Say that no file will come: it could not be made however often it was tried."""
    Export.update(state="failed").where(Export.id == export.id, Export.state == "asked").execute()


@command(P.JOB_RUN)
def expire(ctx: Ctx) -> None:
    """Delete the files whose time is over; that they existed stays."""
    over = (Export.state == "ready") & (Export.expires_at <= ctx.now)
    Export.update(state="expired", content=None).where(over).execute()
