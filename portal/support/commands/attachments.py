"""Files of tickets: kept for a form that is not sent yet, then part of what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from portal.core.context import Ctx
from portal.core.errors import DomainError
from portal.core.permissions import P
from portal.core.words import N_
from portal.storage import command
from portal.support.models import Attachment, Event
from portal.support.policy.files import check_size, media_type, safe_name


@command(P.SUPPORT_WRITE)
def upload(ctx: Ctx, name: str, content: bytes) -> Attachment:
    """Keep a file for a form that the actor is writing. Raises a `DomainError` beside `attachments`."""
    return keep(ctx, name, content)


@command(P.TICKET_WORK)
def upload_as_staff(ctx: Ctx, name: str, content: bytes) -> Attachment:
    """Keep a file for an answer that the actor is writing. Raises a `DomainError` beside `attachments`."""
    return keep(ctx, name, content)


def keep(ctx: Ctx, name: str, content: bytes, event: Event | None = None) -> Attachment:
    """Store a file in the transaction that is open, of `event` if it is known already."""
    shown = safe_name(name)
    check_size(shown, len(content), ctx.programme.support.attachment_mb)
    row: Attachment = Attachment.create(
        event=event, uploader=ctx.actor.account_id, name=shown, media_type=media_type(content), size=len(content),
        sha256=hashlib.sha256(content).hexdigest(), content=content, created_at=ctx.now,
    )
    return row


def attach(ctx: Ctx, event: Event, files: Sequence[str]) -> None:
    """Make files that the actor uploaded part of an event; others', and those that are part of one, are not there."""
    wanted = list(dict.fromkeys(files))
    if len(wanted) > ctx.programme.support.attachments:
        raise DomainError(N_("Attach at most %(count)s files."), "attachments",
                          count=ctx.programme.support.attachments)
    if wanted:
        Attachment.update(event=event).where(
            Attachment.public_id.in_(wanted), Attachment.uploader == ctx.actor.account_id, Attachment.event.is_null()
        ).execute()
