"""What staff write and say about a ticket: answers, notes, logged calls, determination, promises, states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

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
from portal.support.policy.tickets import ENDED, REASON_MAX, NotThatState, check_text

# The state that an answer leaves the ticket in -> the event of it.
STATE_EVENTS = {"open": "resumed", "waiting": "waiting", "hold": "held", "resolved": "resolved"}


@command(P.TICKET_WORK)
def answer(
    ctx: Ctx, ticket: str, text: str, then: str = "open", promise: datetime | None = None, files: Sequence[str] = (),
    key: str = "",
) -> Event:
    """Answer the partner, which acknowledges the ticket and is an update, and leave it in the state `then`.

    `promise` is when the partner hears more. Raises `NotFound`, `NotThatState`, or a `DomainError` beside the field.
    """
    row = held(ctx, ticket)
    earlier = sent_before(row, key)
    if earlier is not None:
        return earlier
    event = add(ctx, row, "staff-reply", check_text(text, "text"), key=key)
    attach(ctx, event, files)
    _stand(ctx, row, then)
    if promise:
        _promise(ctx, row, promise)
    _changed(ctx, row, event)
    return event


@command(P.TICKET_WORK)
def note(ctx: Ctx, ticket: str, text: str, files: Sequence[str] = (), key: str = "") -> Event:
    """Write a note for colleagues only; it acknowledges nothing and nobody is told."""
    row = held(ctx, ticket)
    earlier = sent_before(row, key)
    if earlier is not None:
        return earlier
    event = add(ctx, row, "note", check_text(text, "text"), key=key)
    attach(ctx, event, files)
    settle(ctx, row)
    return event


@command(P.TICKET_WORK)
def log_call(ctx: Ctx, ticket: str, channel: str, text: str) -> Event:
    """Log a call or a chat with the partner (S4.1): what was said, as the partner may read it. It acknowledges."""
    row = held(ctx, ticket)
    if channel not in {"phone", "chat"}:
        raise DomainError(N_("Not a valid choice."), "channel")
    event = add(ctx, row, "call", check_text(text, "text"), channel=channel)
    _changed(ctx, row, event)
    return event


@command(P.TICKET_WORK)
def determine(ctx: Ctx, ticket: str, text: str) -> Event:
    """Say what the issue is: a step of its own with a clock of its own (S4.19), which the partner reads."""
    row = held(ctx, ticket)
    event = add(ctx, row, "determined", check_text(text, "text"))
    _changed(ctx, row, event)
    return event


@command(P.TICKET_WORK)
def promise_update(ctx: Ctx, ticket: str, until: datetime) -> None:
    """Promise news until an instant (S4.22); the partner reads when."""
    row = held(ctx, ticket)
    _changed(ctx, row, _promise(ctx, row, until))


@command(P.TICKET_WORK)
def set_state(ctx: Ctx, ticket: str, state: str, reason: str, seen: int) -> None:
    """Set a ticket waiting or on hold with a reason that the partner reads, or let it go on.

    Raises `NotFound`, `Stale`, `NotThatState`, or a `DomainError` beside `reason`.
    """
    row = held(ctx, ticket)
    if row.version != seen:
        raise Stale
    if state == row.state:
        return
    reason = check_text(reason, "reason", REASON_MAX) if state in {"waiting", "hold"} else reason.strip()[:REASON_MAX]
    event = _stand(ctx, row, state, reason)
    if event:
        _changed(ctx, row, event)


def _stand(ctx: Ctx, ticket: Ticket, state: str, reason: str = "") -> Event | None:
    """Bring a ticket into a state; None if it is in it."""
    if state not in STATE_EVENTS or ticket.outcome:
        raise NotThatState
    if state == ticket.state or (state == "resolved" and ticket.state == "closed"):
        return None
    ended = ticket.state in ENDED
    event = add(ctx, ticket, "reopened") if ended else None
    if event is None or state != "open":
        event = add(ctx, ticket, STATE_EVENTS[state], reason)
    ticket.state = state
    ticket.finished_at = ctx.now if state == "resolved" else None
    return event


def _promise(ctx: Ctx, ticket: Ticket, until: datetime) -> Event:
    if until <= ctx.now:
        raise DomainError(N_("Choose a time that is still to come."), "promise")
    ticket.promised_until = until
    return add(ctx, ticket, "promised", until=until.isoformat())


def _changed(ctx: Ctx, ticket: Ticket, event: Event) -> None:
    refresh(ctx, ticket)
    settle(ctx, ticket)
    tell(ctx, ticket, event)
