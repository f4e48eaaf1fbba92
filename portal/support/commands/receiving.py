"""Mails that come in: stored first as they are, then read and filed; what cannot be, waits for staff."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Sequence

from peewee import InterfaceError, OperationalError

from portal.accounts.policy import normalize_email
from portal.core.context import Actor, Ctx
from portal.core.ids import named_id
from portal.core.permissions import P
from portal.jobs import enqueue
from portal.partners.models import Partner
from portal.storage import command, locked
from portal.support.commands.filing import clipped, file_answer, file_request, own_addresses
from portal.support.commands.history import add, settle
from portal.support.commands.notices import note_unreachable
from portal.support.models import Event, Link, Participant, Received, Ticket, Unreachable
from portal.support.policy.addresses import number_in_message_id, numbers_in, plain_address
from portal.support.policy.charsets import plain
from portal.support.policy.files import MEGABYTE
from portal.support.policy.mail_kind import BOUNCE, NORMAL, Failure, dmarc_of, failures, kind_of
from portal.support.policy.reading import Mail, body_of, head_of, message_id_of, read
from portal.support.policy.tickets import NotThatState, TooLateToReopen
from portal.support.queries.senders import works_somewhere, writer_about, writers

log = logging.getLogger("portal.support.mail")
_TRIES = 3  # of reading one mail: if that ends the worker, it is the mail's fault
_OWN_ID = re.compile(r"<t-[^<>\s]{1,250}>")
_RETURNED = 200_000  # characters of a mail that came back, in which its name is looked for
_MERGES_MAX = 10


@command(P.JOB_RUN)
def store(ctx: Ctx, content: bytes, mailboxes: Sequence[str], envelope_from: str = "") -> None:
    """Store a mail as it came, once for each mailbox, and have it read. Storing the same again changes nothing."""
    message_id, digest = message_id_of(content), hashlib.sha256(content).hexdigest()
    for mailbox in dict.fromkeys(plain(mailbox).strip().lower()[:255] for mailbox in mailboxes):
        public_id = named_id(ctx.secret, "received", f"{mailbox}\n{message_id}\n{digest}")
        Received.insert(
            public_id=public_id, mailbox=mailbox, message_id=message_id, sha256=digest, content=content,
            size=len(content), envelope_from=plain(envelope_from)[:1000], received_at=ctx.now,
        ).on_conflict_ignore().execute()
        enqueue(ctx, "support.receive", key=f"receive:{public_id}", mail=public_id)


@command(P.JOB_RUN)
def give_up(ctx: Ctx, mail: str) -> None:
    """Leave a mail to staff that nobody could read."""
    row = _stored(mail)
    if row is not None:
        _hold(ctx, row, "unreadable")


def receive(ctx: Ctx, mail: str, tries: int = 1) -> None:
    """Read a stored mail and file it, once, whatever it is. What raises leaves it to staff."""
    row = Received.get_or_none(Received.public_id == mail)
    if row is None or row.state != "stored":
        return
    if tries > _TRIES:
        give_up(ctx, mail)
        return
    try:
        file(ctx, mail, *_read(ctx, bytes(row.content)))
    except (InterfaceError, OperationalError):
        raise  # the database is away: the mail waits
    except Exception:
        log.exception("mail %s cannot be filed", mail)
        give_up(ctx, mail)


def _read(ctx: Ctx, content: bytes) -> tuple[Mail, str]:
    """Return what a mail says, and why it is held; of one that cannot be read, only its headers."""
    if len(content) > ctx.programme.support.message_mb * MEGABYTE:
        return read(head_of(content)), "too-large"
    try:
        return read(content), ""
    except Exception:
        log.exception("a mail cannot be read")
        return read(head_of(content)), "unreadable"


@command(P.JOB_RUN)
def file(ctx: Ctx, mail: str, read_as: Mail, held: str = "") -> None:
    """File what was read of a stored mail, or hold it with the reason `held`."""
    row = _stored(mail)
    if row is None:
        return
    if read_as.senders:
        row.from_name, row.from_email = read_as.senders[0][0][:255], normalize_email(read_as.senders[0][1])[:255]
    row.subject = read_as.subject[:1000]
    if held:
        _hold(ctx, row, held)
    elif _is_copy(row):
        _settle(ctx, row, "duplicate")
    else:
        _sort(ctx, row, read_as)


def _stored(mail: str) -> Received | None:
    row: Received | None = locked(Received.select().where(Received.public_id == mail)).first()
    return row if row is not None and row.state == "stored" else None


def _hold(ctx: Ctx, row: Received, reason: str, ticket: Ticket | None = None) -> None:
    """Leave a mail to staff; `ticket` is the one that it says to be about."""
    row.reason = reason
    _settle(ctx, row, "held", ticket)


def _settle(
    ctx: Ctx, row: Received, state: str, ticket: Ticket | None = None, event: Event | None = None
) -> None:
    row.state, row.ticket, row.event = state, ticket, event
    row.settled_at = None if state == "held" else ctx.now
    row.save(only=[Received.state, Received.reason, Received.from_name, Received.from_email, Received.subject,
                   Received.ticket, Received.event, Received.settled_at])


def _is_copy(row: Received) -> bool:
    """Tell whether the same mail came before, to another mailbox or by another way, which changes only its headers."""
    if not row.message_id:
        return False
    earlier = Received.select().where(Received.message_id == row.message_id, Received.id < row.id)
    body = body_of(bytes(row.content))
    return any(body_of(bytes(one.content)) == body for one in earlier.order_by(Received.id).limit(5))


def _sort(ctx: Ctx, row: Received, mail: Mail) -> None:
    ours = own_addresses(ctx)
    kind = kind_of(mail, row.envelope_from, ours)
    if kind == NORMAL and number_in_message_id(ctx.secret, row.message_id):
        kind = "automatic"  # our own mail has come back to us
    if kind == BOUNCE:
        _came_back(ctx, row, mail)
    elif kind != NORMAL:
        _by_machine(ctx, row, mail, kind)
    else:
        _by_person(ctx, row, mail)


def _ticket(ctx: Ctx, row: Received, mail: Mail, *more: str) -> Ticket | None:
    """Return the ticket that a mail is signed for, held; the one that it was merged into, if it was."""
    numbers = numbers_in(ctx.secret, (row.mailbox, *mail.recipients), (*more, *mail.references))
    for number in numbers:
        ticket: Ticket | None = locked(Ticket.select().where(Ticket.number == number)).first()
        for _ in range(_MERGES_MAX):
            if ticket is None or ticket.merged_into_id is None:
                break
            ticket = locked(Ticket.select().where(Ticket.id == ticket.merged_into_id)).first()
        if ticket is not None:
            return ticket
    return None


# ---- People ----

def _by_person(ctx: Ctx, row: Received, mail: Mail) -> None:
    ticket = _ticket(ctx, row, mail)
    if len(mail.senders) != 1:
        _hold(ctx, row, "senders", ticket)
    elif dmarc_of(mail, ctx.mail_in.authserv_id) == "fail":
        _hold(ctx, row, "unauthenticated", ticket)
    elif not mail.text.strip() and not mail.files and (ticket or not mail.subject):
        _hold(ctx, row, "empty", ticket)
    elif ticket is None:
        _new(ctx, row, mail)
    else:
        _answer(ctx, row, mail, ticket)


def _answer(ctx: Ctx, row: Received, mail: Mail, ticket: Ticket) -> None:
    actor = writer_about(ctx, ticket, row.from_email)
    if actor is None:
        _hold(ctx, row, _why_not(ctx, row), ticket)
        return
    try:
        event = file_answer(ctx, actor, ticket, row, mail)
    except TooLateToReopen:
        _new(ctx, row, mail, ticket, actor)
    except NotThatState:
        _hold(ctx, row, "ended", ticket)
    else:
        _settle(ctx, row, "filed", ticket, event)


def _new(ctx: Ctx, row: Received, mail: Mail, earlier: Ticket | None = None, known: Actor | None = None) -> None:
    """Open a ticket; `earlier` is one that it goes on from, whose time to be opened again is over."""
    actors = writers(ctx, row.from_email)
    if known is not None:
        actors = [actor for actor in actors if actor.partner_id == known.partner_id]
    if len(actors) > 1:
        actors = [actor for actor in actors if _belongs(ctx, actor, row, mail)] or actors
    if len(actors) != 1:
        _hold(ctx, row, "partners" if actors else _why_not(ctx, row), earlier)
        return
    ticket, event = file_request(ctx, actors[0], row, mail)
    if earlier is not None:
        one, other = sorted((ticket.id, earlier.id))
        Link.insert(one=one, other=other, created_at=ctx.now).on_conflict_ignore().execute()
        add(ctx, ticket, "linked", number=earlier.number)
        settle(ctx, ticket, internal=True)
    _settle(ctx, row, "filed", ticket, event)


def _belongs(ctx: Ctx, actor: Actor, row: Received, mail: Mail) -> bool:
    """Tell whether a mail went to the address of the region of the actor's partner (S4.35-36)."""
    region = ctx.programme.regions.get(Partner.get_by_id(actor.partner_id).region)
    written_to = {plain_address(address.lower()) for address in (row.mailbox, *mail.recipients)}
    return region is not None and region.support_email.lower() in written_to


def _why_not(ctx: Ctx, row: Received) -> str:
    return "no-right" if works_somewhere(ctx, row.from_email) else "unknown-sender"


# ---- Machines ----

def _by_machine(ctx: Ctx, row: Received, mail: Mail, kind: str) -> None:
    """File what a machine wrote where staff see it: it answers nothing, opens nothing and moves no clock."""
    row.reason = kind
    ticket = _ticket(ctx, row, mail)
    known = ticket is not None and len(mail.senders) == 1 and writer_about(ctx, ticket, row.from_email) is not None
    if ticket is None or not known or dmarc_of(mail, ctx.mail_in.authserv_id) == "fail":
        _settle(ctx, row, "automatic", ticket)
        return
    event = add(ctx, ticket, "automatic", clipped(mail.text.strip() or mail.subject), email=row.from_email)
    settle(ctx, ticket, internal=True)
    _settle(ctx, row, "automatic", ticket, event)


def _came_back(ctx: Ctx, row: Received, mail: Mail) -> None:
    """Note whom our mail does not reach. Only for a mail that we have signed, and whom it went to: anybody may write
    that anybody is not there."""
    returned = _OWN_ID.findall(f"{mail.returned}\n{mail.text}"[:_RETURNED])
    ticket = _ticket(ctx, row, mail, *returned[:20])
    noted = None
    if ticket is not None:
        for failure in failures(mail)[:50]:
            noted = _undelivered(ctx, ticket, failure) or noted
        if noted is not None:
            settle(ctx, ticket, internal=True)
    _settle(ctx, row, "bounce", ticket, noted)


def _undelivered(ctx: Ctx, ticket: Ticket, failure: Failure) -> Event | None:
    email = normalize_email(failure.email)
    there = Participant.get_or_none(Participant.ticket == ticket, Participant.email == email)
    if there is None or not failure.final:
        return None
    Unreachable.insert(
        email=email, code=failure.code[:12], detail=failure.detail, since=ctx.now
    ).on_conflict_ignore().execute()
    Participant.update(muted=True).where(Participant.id == there.id).execute()
    note_unreachable(ctx, ticket, email, failure.detail)
    noted: Event | None = (
        Event.select().where(Event.ticket == ticket, Event.kind == "unreachable").order_by(Event.id.desc()).first()
    )
    return noted

