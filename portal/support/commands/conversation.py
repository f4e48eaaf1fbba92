"""What a partner does with its ticket: answer, close, reopen, say whether it helped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.core.context import Ctx
from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.storage import command
from portal.support.commands.attachments import attach
from portal.support.commands.clocks import refresh
from portal.support.commands.history import add, held, sent_before, settle
from portal.support.commands.notices import tell
from portal.support.models import Event, Ticket
from portal.support.policy.tickets import (
    ENDED,
    GOING,
    RATINGS,
    REASON_MAX,
    NotThatState,
    check_reopening,
    check_text,
)


@command(P.SUPPORT_WRITE)
def reply(ctx: Ctx, ticket: str, text: str, files: Sequence[str] = (), key: str = "") -> Event:
    """Write to support. It resumes a ticket that waits for the partner and reopens one that has ended, in its period.

    It moves no running clock. The same `key` of a form twice is one message. Raises `NotFound`, `TooLateToReopen`, or a
    `DomainError` beside the field.
    """
    row = held(ctx, ticket)
    return replied(ctx, row, check_text(text, "text"), files, key)


def replied(
    ctx: Ctx, ticket: Ticket, text: str, files: Sequence[str] = (), key: str = "", came_by: str = ""
) -> Event:
    """Add a partner's message to a ticket that is held, from wherever it came; `came_by` is a mail's Message-ID."""
    earlier = sent_before(ticket, key)
    if earlier is not None:
        return earlier
    if ticket.state in ENDED:
        _open_again(ctx, ticket)
    by_mail: dict[str, Any] = {"message_id": came_by} if came_by else {}
    event = add(ctx, ticket, "partner-reply", text, key=key, **by_mail)
    attach(ctx, event, files)
    if ticket.state == "waiting":
        add(ctx, ticket, "resumed")
        ticket.state = "open"
    refresh(ctx, ticket)
    settle(ctx, ticket)
    tell(ctx, ticket, event)
    return event


@command(P.SUPPORT_WRITE)
def close(ctx: Ctx, ticket: str, seen: int) -> None:
    """Close a ticket because nothing more is needed; its open clocks end early. Raises `NotFound`, `Stale`."""
    row = _seen(held(ctx, ticket), seen)
    if row.state == "closed":
        raise NotThatState
    _end(ctx, row)


@command(P.SUPPORT_WRITE)
def reopen(ctx: Ctx, ticket: str, seen: int) -> None:
    """Open a ticket again that has ended. Raises `NotFound`, `Stale`, `NotThatState`, `TooLateToReopen`."""
    row = _seen(held(ctx, ticket), seen)
    event = _open_again(ctx, row)
    refresh(ctx, row)
    settle(ctx, row)
    tell(ctx, row, event)


@command(P.SUPPORT_WRITE)
def rate(ctx: Ctx, ticket: str, rating: str, note: str = "") -> None:
    """Say whether support helped, once it is over; it may be changed. Raises `NotFound`, `NotThatState`."""
    row = held(ctx, ticket)
    if row.state in GOING or row.outcome:
        raise NotThatState
    if rating not in RATINGS:
        raise DomainError(N_("Not a valid choice."), "rating")
    note = check_text(note, "note", REASON_MAX) if note.strip() else ""
    if (row.rating, row.rating_note) != (rating, note):
        row.rating, row.rating_note = rating, note
        add(ctx, row, "rated", note, rating=rating)
        settle(ctx, row)


def _seen(ticket: Ticket, seen: int) -> Ticket:
    if ticket.version != seen:
        raise Stale
    return ticket


def _end(ctx: Ctx, ticket: Ticket) -> None:
    event = add(ctx, ticket, "closed")
    ticket.state, ticket.finished_at = "closed", ticket.finished_at or ctx.now
    refresh(ctx, ticket)
    settle(ctx, ticket)
    tell(ctx, ticket, event)


def _open_again(ctx: Ctx, ticket: Ticket) -> Event:
    if ticket.outcome:
        raise NotThatState
    check_reopening(ticket.finished_at, ctx.now, ctx.programme.support.reopen_days)
    event = add(ctx, ticket, "reopened")
    ticket.state, ticket.finished_at = "open", None
    return event
