"""Adding what happens to a ticket's history; the caller holds the ticket and the transaction."""

from __future__ import annotations

from typing import Any

from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.folding import fold
from portal.storage import locked
from portal.support.models import NEVER, Event, Ticket
from portal.support.policy.events import KINDS
from portal.support.queries.scope import visible_to

_SEARCH_MAX = 1000
_BY_FORM = ("partner-reply", "staff-reply", "note", "call", "determined")


def held(ctx: Ctx, ticket: str) -> Ticket:
    """Return a ticket that the actor may see, held until the transaction ends, or raise `NotFound`."""
    row: Ticket | None = locked(visible_to(ctx.actor).where(Ticket.public_id == ticket)).first()
    if row is None:
        raise NotFound(ticket)
    return row


def side_of(actor: Actor) -> str:
    """Return the side of a ticket that somebody is on."""
    return {"staff": "staff", "portal": "portal"}.get(actor.side, "partner")


def add(ctx: Ctx, ticket: Ticket, kind: str, body: str = "", public: bool | None = None, **data: Any) -> Event:
    """Add an event to a ticket as the actor's act, now. `public` as its kind has it, unless told.

    Who has waited for the ticket comes after whoever held it: times never run backwards.
    """
    side, shown = side_of(ctx.actor), KINDS[kind].public if public is None else public
    event: Event = Event.create(
        ticket=ticket, kind=kind, at=max(ctx.now, ticket.updated_at), public=shown,
        actor=ctx.actor.account_id, actor_name="" if side == "portal" else ctx.actor.name,
        side=side, body=body, data=data or None,
    )
    return event


def sent_before(ticket: Ticket, key: str) -> Event | None:
    """Return the message that the same form (by its `key`) has sent already."""
    if not key:
        return None
    rows = Event.select().where(Event.ticket == ticket, Event.kind.in_(_BY_FORM))
    return next((row for row in rows.order_by(Event.id.desc()).limit(20) if (row.data or {}).get("key") == key), None)


def enqueue(ticket: Ticket) -> None:
    """Set where a ticket stands among the others: by what is due next, or by when it was resolved or closed."""
    ticket.queue_at = ticket.finished_at or ticket.next_due or NEVER


def settle(ctx: Ctx, ticket: Ticket, internal: bool = False) -> None:
    """Store a ticket after a change: one version more, found by its present words.

    What is `internal` leaves its time as it was: the partner's list must not move for what the partner cannot see.
    """
    ticket.search = found_by(ticket)
    enqueue(ticket)
    ticket.version += 1
    if not internal:
        ticket.updated_at = ctx.now
    ticket.save()


def found_by(ticket: Ticket) -> str:
    """Return the words that a ticket is found by, folded."""
    words = (ticket.number, ticket.subject, ticket.requester_name, ticket.requester_email, ticket.customer_email,
             ticket.service_org)
    return fold(" ".join(words))[:_SEARCH_MAX]
