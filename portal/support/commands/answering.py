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
from portal.support.policy.tickets import (
    ANSWERS,
    CONVERSATION,
    ENDED,
    PROMISE_MAX,
    REASON_MAX,
    NotThatState,
    Overtaken,
    check_text,
)

# The state that an answer leaves the ticket in -> the event of it.
STATE_EVENTS = {"open": "resumed", "waiting": "waiting", "hold": "held", "resolved": "resolved"}


@command(P.TICKET_WORK)
def answer(
    ctx: Ctx, ticket: str, text: str, then: str = "open", promise: datetime | None = None, files: Sequence[str] = (),
    key: str = "", reason: str = "", read: str = "",
) -> Event:
    """Answer the partner, which acknowledges the ticket and is an update, and leave it in the state `then`.

    `promise` is when the partner hears more, `reason` why the ticket is put on hold, `read` the last event that the
    writer has read. Raises `NotFound`, `NotThatState`, `Overtaken`, or a `DomainError` beside the field.
    """
    row = held(ctx, ticket)
    earlier = sent_before(row, key)
    if earlier is not None:
        return earlier
    _check_read(ctx, row, read)
    _check_promise(promise, then)
    event = add(ctx, row, "staff-reply", check_text(text, "text"), key=key)
    attach(ctx, event, files)
    _stand(ctx, row, then, _reason(row, then, reason) if then == "hold" else "")
    _told(ctx, row, promise)
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
    settle(ctx, row, internal=True)
    return event


@command(P.TICKET_WORK)
def log_call(ctx: Ctx, ticket: str, channel: str, text: str, key: str = "") -> Event:
    """Log a call or a chat with the partner (S4.1): what was said, as the partner may read it. It acknowledges."""
    row = _alive(held(ctx, ticket))
    earlier = sent_before(row, key)
    if earlier is not None:
        return earlier
    if channel not in {"phone", "chat"}:
        raise DomainError(N_("Not a valid choice."), "channel")
    event = add(ctx, row, "call", check_text(text, "text"), channel=channel, key=key)
    _told(ctx, row)
    _changed(ctx, row, event)
    return event


@command(P.TICKET_WORK)
def determine(ctx: Ctx, ticket: str, text: str, key: str = "", read: str = "") -> Event:
    """Say what the issue is: a step of its own with a clock of its own (S4.19), which the partner reads.

    Not of a ticket that has ended: it would move a clock that has stopped. Raises as `answer` does.
    """
    row = held(ctx, ticket)
    earlier = sent_before(row, key)
    if earlier is not None:
        return earlier
    if row.state in ENDED:
        raise NotThatState
    _check_read(ctx, row, read)
    event = add(ctx, row, "determined", check_text(text, "text"), key=key)
    _told(ctx, row)
    _changed(ctx, row, event)
    return event


@command(P.TICKET_WORK)
def promise_update(ctx: Ctx, ticket: str, until: datetime) -> None:
    """Promise news until an instant (S4.22); the partner reads when. Raises `NotThatState` once the ticket has ended.
    """
    row = held(ctx, ticket)
    if row.state in ENDED:
        raise NotThatState
    _changed(ctx, row, _promise(ctx, row, until))


@command(P.TICKET_WORK)
def set_state(ctx: Ctx, ticket: str, state: str, reason: str, seen: int) -> None:
    """Set a ticket waiting or on hold with a reason that the partner reads, let it go on, or resolve it.

    Raises `NotFound`, `Stale`, `NotThatState`, or a `DomainError` beside `reason` or `state`.
    """
    row = held(ctx, ticket)
    if row.version != seen:
        raise Stale
    if state == row.state:
        return
    if state == "resolved" and not _answered(row):
        raise DomainError(N_("Answer the partner before you resolve this."), "state")
    event = _stand(ctx, row, state, _reason(row, state, reason))
    if event:
        _changed(ctx, row, event)


def _alive(ticket: Ticket) -> Ticket:
    if ticket.outcome:
        raise NotThatState
    return ticket


def _check_read(ctx: Ctx, ticket: Ticket, read: str) -> None:
    """Raise `Overtaken` if somebody else has written to the ticket since the event that the actor has read last."""
    last = Event.select(Event.id).where(Event.ticket == ticket, Event.public_id == read)
    newer = Event.select().where(
        Event.ticket == ticket, Event.id > last, Event.kind.in_(CONVERSATION), Event.actor.is_null()
        | (Event.actor != ctx.actor.account_id),
    ).order_by(Event.id.desc()).first() if read else None
    if newer is not None:
        raise Overtaken(newer.actor_name)


def _check_promise(promise: datetime | None, then: str) -> None:
    if promise and then in ENDED:
        raise DomainError(N_("Once it is resolved, no further update is owed. Leave this empty."), "promise")


def _reason(ticket: Ticket, state: str, reason: str) -> str:
    """Return why a ticket is to be in a state: a pause needs a reason, for the partner reads it beside the clocks."""
    if state in {"waiting", "hold"} and state != ticket.state:
        return check_text(reason, "reason", REASON_MAX)
    return check_text(reason, "reason", REASON_MAX) if reason.strip() else ""


def _answered(ticket: Ticket) -> bool:
    """Tell whether the partner has heard anything from a person."""
    return bool(Event.select().where(Event.ticket == ticket, Event.kind.in_(ANSWERS)).exists())


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


def _told(ctx: Ctx, ticket: Ticket, promise: datetime | None = None) -> None:
    """Count anew from what the partner was just told: what was promised before is kept, what is promised now is owed.
    """
    ticket.promised_until = None
    if promise:
        _promise(ctx, ticket, promise)


def _promise(ctx: Ctx, ticket: Ticket, until: datetime) -> Event:
    if until <= ctx.now:
        raise DomainError(N_("Choose a time that is still to come."), "promise")
    if until > ctx.now + PROMISE_MAX:
        raise DomainError(N_("Choose a time within the next %(days)s days."), "promise", days=PROMISE_MAX.days)
    ticket.promised_until = until
    return add(ctx, ticket, "promised", until=until.isoformat())


def _changed(ctx: Ctx, ticket: Ticket, event: Event) -> None:
    refresh(ctx, ticket)
    settle(ctx, ticket)
    tell(ctx, ticket, event)
