"""What staff do with a mail that was not filed by itself: add it to a ticket, open one from it, or discard it."""

from __future__ import annotations

from portal.accounts.policy import normalize_email
from portal.core.context import Actor, Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.partners.models import Partner
from portal.storage import command, locked
from portal.support.commands.filing import file_answer, file_request, requester_of
from portal.support.commands.opening import join
from portal.support.models import Event, Received, Ticket
from portal.support.policy.reading import Mail, read
from portal.support.queries.senders import places, writers

# What is with staff: the pipeline has let it lie.
OPEN = ("held", "automatic", "bounce")


class Unusable(DomainError):
    """There is nothing in the mail that could become a message."""

    def __init__(self) -> None:
        super().__init__(N_("The mail has no text that could be added. Download it to look at it."))


@command(P.TICKET_WORK)
def file_mail(ctx: Ctx, mail: str, number: str, takes_part: bool, seen: str) -> Ticket:
    """Add a mail to a ticket as its partner's message, on the responsibility of the member of staff.

    With `takes_part`, its sender gets the answers from now on and may write by mail. Raises `NotFound`, `Stale`,
    `TooLateToReopen`, or a `DomainError` beside `number`.
    """
    row, said = _open(mail, seen)
    ticket: Ticket | None = locked(Ticket.select().where(Ticket.number == number.strip().lstrip("#"))).first()
    if ticket is None or ticket.outcome:
        raise DomainError(N_("There is no ticket with this number that a message could be added to."), "number")
    author = _author(ctx, row, ticket)
    event = file_answer(ctx, author, ticket, row, said)
    if takes_part and author.email:
        join(ctx, ticket, requester_of(author))
    _settle(ctx, row, event, ticket)
    return ticket


@command(P.TICKET_WORK)
def open_from_mail(ctx: Ctx, mail: str, member: str, partner: str, seen: str) -> Ticket:
    """Open a ticket from a mail for a member, by their address, of a partner, which may be empty if they have one.

    Raises `NotFound`, `Stale`, or a `DomainError` beside `member` or `partner`.
    """
    row, said = _open(mail, seen)
    ticket, event = file_request(ctx, _place(ctx, member, partner), row, said)
    _settle(ctx, row, event, ticket)
    return ticket


@command(P.TICKET_WORK)
def discard_mail(ctx: Ctx, mail: str, seen: str) -> None:
    """Put a mail aside; it is kept. Raises `NotFound`, `Stale`."""
    row = _seen(_held(mail), seen, OPEN)
    row.state, row.settled_by_name, row.settled_at = "discarded", ctx.actor.name, ctx.now
    row.save(only=[Received.state, Received.settled_by_name, Received.settled_at])


@command(P.TICKET_WORK)
def restore_mail(ctx: Ctx, mail: str, seen: str) -> None:
    """Take back that a mail was discarded: it waits for staff again. Raises `NotFound`, `Stale`."""
    row = _seen(_held(mail), seen, ("discarded",))
    row.state, row.settled_by_name, row.settled_at = "held", "", None
    row.save(only=[Received.state, Received.settled_by_name, Received.settled_at])


def _held(mail: str) -> Received:
    row: Received | None = locked(Received.select().where(Received.public_id == mail)).first()
    if row is None:
        raise NotFound(mail)
    return row


def _seen(row: Received, seen: str, states: tuple[str, ...]) -> Received:
    """Return a mail that is still as the page showed it, and in one of these states; or raise `Stale`."""
    if row.state != seen or row.state not in states:
        raise Stale
    return row


def _open(mail: str, seen: str) -> tuple[Received, Mail]:
    row = _seen(_held(mail), seen, OPEN)
    try:
        said = read(bytes(row.content))
    except Exception as fault:  # whatever a mail can make a library raise
        raise Unusable from fault
    if not said.text.strip() and not said.files:
        raise Unusable
    return row, said


def _author(ctx: Ctx, row: Received, ticket: Ticket) -> Actor:
    """Return whose message a mail is: a member's of the ticket's partner, or a stranger's by the name that it gives."""
    stranger = Actor(name=row.from_name or row.from_email, email=row.from_email, language=ticket.language)
    members = places(ctx, row.from_email) if row.from_email else []
    return next((one for one in members if one.partner_id == ticket.partner_id), stranger)


def _place(ctx: Ctx, member: str, partner: str) -> Actor:
    """Return the member for whom a ticket is opened, at the partner that is meant; or raise a `DomainError`."""
    found = writers(ctx, normalize_email(member))
    if not found:
        raise DomainError(N_("Nobody with this address works at a partner."), "member")
    if not partner and len(found) == 1:
        return found[0]
    chosen = Partner.get_or_none(Partner.public_id == partner)
    one = next((one for one in found if chosen is not None and one.partner_id == chosen.id), None)
    if one is None:
        raise DomainError(N_("Choose at which partner this person has asked."), "partner")
    return one


def _settle(ctx: Ctx, row: Received, event: Event, ticket: Ticket) -> None:
    """Note on the mail and on the message which mail it was, and who has filed it."""
    row.state, row.ticket, row.event = "filed", ticket, event
    row.settled_by_name, row.settled_at = ctx.actor.name, ctx.now
    row.save(only=[Received.state, Received.ticket, Received.event, Received.settled_by_name, Received.settled_at])
    event.data = {**(event.data or {}), "filed_by": ctx.actor.name}
    event.save(only=[Event.data])
