"""What staff decide about a ticket: who works on it, how severe it is, whether it is one at all."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.storage import command
from portal.support.commands.clocks import refresh
from portal.support.commands.history import add, held, settle
from portal.support.commands.notices import tell
from portal.support.models import Event, Ticket
from portal.support.policy.assignment import best
from portal.support.policy.tickets import ENDED, REASON_MAX, NotThatState, check_text
from portal.support.queries.agents import available, worker


@command(P.TICKET_WORK)
def set_severity(ctx: Ctx, ticket: str, severity: str, reason: str, seen: int) -> None:
    """Give a ticket a severity by hand, with a reason that the partner reads.

    It wins until a field changes that the classification rests on. Raises `NotFound`, `Stale`, `NotThatState`, or a
    `DomainError` beside the field.
    """
    row = _seen(held(ctx, ticket), seen)
    if row.state in ENDED:
        raise NotThatState
    if severity not in ctx.programme.severities:
        raise DomainError(N_("Not a valid choice."), "severity")
    words = check_text(reason, "reason", REASON_MAX)
    event = add(ctx, row, "severity", words, severity=severity, before=row.severity, source="person")
    row.severity, row.severity_from = severity, "person"
    refresh(ctx, row)
    settle(ctx, row)
    tell(ctx, row, event)


@command(P.TICKET_WORK)
def assign(ctx: Ctx, ticket: str, assignee: str, seen: int) -> None:
    """Give a ticket to a member of staff who works on tickets, by the public id of their account, or to nobody.

    Nobody else hears of it. Raises `NotFound`, `Stale`, `NotThatState`, or a `DomainError` beside `assignee`.
    """
    row = _seen(held(ctx, ticket), seen)
    if row.outcome:
        raise NotThatState
    person = worker(ctx, assignee) if assignee else None
    if assignee and person is None:
        raise DomainError(N_("This person does not work on tickets."), "assignee")
    if row.assignee_id == (person.id if person else None):
        return
    row.assignee_id = person.id if person else None
    event = add(ctx, row, "assigned", to=(person.name or person.email) if person else "")
    settle(ctx, row, internal=True)
    tell(ctx, row, event)


def offer(ctx: Ctx, ticket: Ticket) -> None:
    """Give a new ticket to whom it suits best by language, region and load; nobody, if nobody is there.

    The caller holds the ticket and stores it afterwards.
    """
    person = best(available(ctx), ticket.language, ticket.region)
    if person is not None:
        ticket.assignee_id = person.account_id
        add(ctx, ticket, "assigned", to=person.name, automatic=True)


@command(P.TICKET_WORK)
def mark_spam(ctx: Ctx, ticket: str, seen: int) -> None:
    """Put a ticket away that is none; its clocks end and nobody is told. Raises `NotFound`, `Stale`, `NotThatState`."""
    row = _seen(held(ctx, ticket), seen)
    if row.outcome:
        raise NotThatState
    add(ctx, row, "spam")
    row.state, row.outcome, row.finished_at = "closed", "spam", row.finished_at or ctx.now
    refresh(ctx, row)
    settle(ctx, row, internal=True)


@command(P.TICKET_WORK)
def unmark_spam(ctx: Ctx, ticket: str, seen: int) -> Event:
    """Open a ticket that was put away as spam and is none. Raises `NotFound`, `Stale`, `NotThatState`."""
    row = _seen(held(ctx, ticket), seen)
    if row.outcome != "spam":
        raise NotThatState
    row.state, row.outcome, row.finished_at = "open", "", None
    event = add(ctx, row, "reopened")
    refresh(ctx, row)
    settle(ctx, row)
    return event


def _seen(ticket: Ticket, seen: int) -> Ticket:
    if ticket.version != seen:
        raise Stale
    return ticket
