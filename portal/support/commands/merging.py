"""What belongs together: tickets that are one, and tickets that have to do with each other."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.storage import command, locked
from portal.support.commands.clocks import refresh
from portal.support.commands.history import add, held, settle
from portal.support.models import Link, Participant, Ticket
from portal.support.policy.tickets import ENDED, NotThatState
from portal.support.queries.scope import visible_to


@command(P.TICKET_WORK)
def merge(ctx: Ctx, ticket: str, into: str, seen: int) -> Ticket:
    """Make a ticket part of another of the same partner, by that one's number; return that one. Nobody is told.

    Its clocks end, whoever took part in it takes part in the other one, and its thread is reached from there. Raises
    `NotFound`, `Stale`, `NotThatState`, or a `DomainError` beside `into`.
    """
    source, target = _both(ctx, ticket, into, "into")
    if source.version != seen:
        raise Stale
    if source.outcome:
        raise NotThatState
    if target.partner_id != source.partner_id:
        raise DomainError(N_("Only tickets of the same partner can be merged."), "into")
    if target.state in ENDED:
        raise DomainError(N_("That ticket has ended. Open it again before you merge another one into it."), "into")
    add(ctx, source, "merged", number=target.number)
    source.state, source.outcome, source.merged_into = "closed", "merged", target
    source.finished_at = source.finished_at or ctx.now
    refresh(ctx, source)
    settle(ctx, source)
    _take_in(ctx, target, source)
    return target


def _take_in(ctx: Ctx, target: Ticket, source: Ticket) -> None:
    add(ctx, target, "absorbed", number=source.number)
    for person in Participant.select().where(Participant.ticket == source):
        Participant.insert(
            ticket=target, email=person.email, name=person.name, language=person.language, account=person.account_id,
            muted=person.muted, created_at=ctx.now,
        ).on_conflict_ignore().execute()
    settle(ctx, target)


@command(P.TICKET_WORK)
def link(ctx: Ctx, ticket: str, other: str) -> None:
    """Note that a ticket has to do with another one, by its number; partners do not learn of it.

    Raises `NotFound`, or a `DomainError` beside `other`.
    """
    here, there = _both(ctx, ticket, other, "other")
    one, two = sorted((here.id, there.id))
    if Link.insert(one=one, other=two, created_at=ctx.now).on_conflict_ignore().as_rowcount().execute():
        _note_both(ctx, here, there, "linked")


@command(P.TICKET_WORK)
def unlink(ctx: Ctx, ticket: str, other: str) -> None:
    """Take back that two tickets have to do with each other. Raises `NotFound`, or a `DomainError` beside `other`."""
    here, there = _both(ctx, ticket, other, "other")
    one, two = sorted((here.id, there.id))
    if Link.delete().where(Link.one == one, Link.other == two).execute():
        _note_both(ctx, here, there, "unlinked")


def _note_both(ctx: Ctx, here: Ticket, there: Ticket, kind: str) -> None:
    for row, other in ((here, there), (there, here)):
        add(ctx, row, kind, number=other.number)
        settle(ctx, row, internal=True)


def _both(ctx: Ctx, ticket: str, number: str, field: str) -> tuple[Ticket, Ticket]:
    """Return a ticket and another one, by its number, held in the order of their rows: two who merge never wait for
    each other.
    """
    digits = number.strip().removeprefix("#").strip()
    either = (Ticket.public_id == ticket) | (Ticket.number == digits)
    rows = list(locked(visible_to(ctx.actor).where(either).order_by(Ticket.id)))
    here = next((row for row in rows if row.public_id == ticket), None)
    if here is None:
        held(ctx, ticket)  # which is not there
    there = next((row for row in rows if row.number == digits), None)
    if here is None or there is None:
        raise DomainError(N_("There is no ticket with this number."), field)
    if here is there:
        raise DomainError(N_("This is the number of the ticket itself."), field)
    return here, there
