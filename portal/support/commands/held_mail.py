"""What staff do with a mail that was not filed by itself: add it to a ticket, open one from it, or discard it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.accounts.models import Account
from portal.accounts.policy import normalize_email
from portal.core.context import Actor, Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.partners.models import Member, Partner
from portal.partners.queries import language_at
from portal.storage import command, locked
from portal.support.commands.attachments import keep
from portal.support.commands.conversation import replied
from portal.support.commands.opening import Request, Requester, join, open_ticket
from portal.support.commands.threads import mail_key
from portal.support.models import Event, Received, Ticket
from portal.support.policy.reading import Mail, read
from portal.support.policy.replies import new_part
from portal.support.policy.tickets import BODY_MAX, SUBJECT_MAX

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
    row, said = _open(ctx, mail, seen)
    ticket: Ticket | None = locked(Ticket.select().where(Ticket.number == number.strip().lstrip("#"))).first()
    if ticket is None or ticket.outcome:
        raise DomainError(N_("There is no ticket with this number that a message could be added to."), "number")
    sender = _sender(ctx, row, ticket.partner_id, ticket.language)
    author = _as(ctx, sender, ticket.partner_id)
    kept, left_out = _files(author, said)
    event = replied(author, ticket, _text(said), kept, key=mail_key(row.public_id))
    if takes_part and sender.email:
        join(ctx, ticket, sender)
    _settle(ctx, row, event, ticket, left_out)
    return ticket


@command(P.TICKET_WORK)
def open_from_mail(ctx: Ctx, mail: str, member: str, partner: str, seen: str) -> Ticket:
    """Open a ticket from a mail for a member, by their address, of a partner, which may be empty if they have one.

    Raises `NotFound`, `Stale`, or a `DomainError` beside `member` or `partner`.
    """
    row, said = _open(ctx, mail, seen)
    place, requester = _place(ctx, member, partner)
    author = _as(ctx, requester, place.id)
    kept, left_out = _files(author, said)
    request = Request(
        subject=" ".join(row.subject.split())[:SUBJECT_MAX] or " ".join(_text(said).split())[:60],
        description=_text(said), attachments=kept,
    )
    ticket = open_ticket(author, request, "email", place, requester, key=mail_key(row.public_id))
    event = Event.get(Event.ticket == ticket, Event.kind == "opened")
    _settle(ctx, row, event, ticket, left_out)
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


def _open(ctx: Ctx, mail: str, seen: str) -> tuple[Received, Mail]:
    row = _seen(_held(mail), seen, OPEN)
    try:
        return row, read(bytes(row.content))
    except Exception as fault:  # whatever a mail can make a library raise
        raise Unusable from fault


def _text(said: Mail) -> str:
    """Return what is new in a mail, as a ticket holds it; a mail of files alone says so by being empty of words."""
    text = new_part(said.text).replace("\0", "").strip()[:BODY_MAX]
    if not text and not said.files:
        raise Unusable
    return text or "…"


def _sender(ctx: Ctx, row: Received, partner_id: int, language: str) -> Requester:
    """Return who sent a mail: a member of the partner by their account, everybody else by what the mail says."""
    account = Account.get_or_none(Account.email == row.from_email) if row.from_email else None
    if account and _places(ctx, account.email).where(Partner.id == partner_id).exists():
        return Requester(account.email, account.name, language_at(account, partner_id), account.id)
    return Requester(row.from_email, row.from_name or row.from_email, language)


def _as(ctx: Ctx, sender: Requester, partner_id: int) -> Ctx:
    """Return a context in which the partner's side acts: what they wrote is theirs, whoever files it."""
    return replace(ctx, actor=Actor(
        account_id=sender.account_id, name=sender.name, email=sender.email, language=sender.language,
        partner_id=partner_id,
    ))


def _place(ctx: Ctx, member: str, partner: str) -> tuple[Partner, Requester]:
    """Return the partner and the member for whom a ticket is opened, or raise a `DomainError` beside the field."""
    email = normalize_email(member) if member.strip() else ""
    found = list(_places(ctx, email).order_by(Partner.id))
    if not found:
        raise DomainError(N_("Nobody with this address works at a partner."), "member")
    chosen = [row for row in found if row.public_id == partner] if partner or len(found) > 1 else found
    if not chosen:
        raise DomainError(N_("Choose at which partner this person has asked."), "partner")
    account = Account.get(Account.email == email)
    return chosen[0], Requester(account.email, account.name, language_at(account, chosen[0].id), account.id)


def _places(ctx: Ctx, email: str) -> Any:
    """Select the partners at which somebody with this address works now."""
    lasts = Member.expires_at.is_null() | (Member.expires_at > ctx.now)
    return Partner.select().join(Member).join(Account).where(Account.email == email, lasts)


def _files(ctx: Ctx, said: Mail) -> tuple[list[str], list[str]]:
    """Keep the files that a message may have; return their ids, and the names of those that stay in the mail."""
    kept, left_out = list[str](), list[str]()
    for file in said.files:
        try:
            if len(kept) == ctx.programme.support.attachments:
                raise DomainError(N_("Attach at most %(count)s files."), count=len(kept))
            kept.append(keep(ctx, file.name, file.content).public_id)
        except DomainError:
            left_out.append(file.name)
    return kept, left_out


def _settle(ctx: Ctx, row: Received, event: Event, ticket: Ticket, left_out: list[str]) -> None:
    """Note on the mail and on the message which mail it was, and who has filed it."""
    row.state, row.ticket, row.event = "filed", ticket, event
    row.settled_by_name, row.settled_at = ctx.actor.name, ctx.now
    row.save(only=[Received.state, Received.ticket, Received.event, Received.settled_by_name, Received.settled_at])
    more = {"left_out": left_out} if left_out else {}
    event.data = {**(event.data or {}), "mail": row.public_id, "filed_by": ctx.actor.name, **more}
    event.save(only=[Event.data])
