"""Mails about tickets: to those who take part in one, each in their language, in one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from portal.core.context import WORKER, Ctx
from portal.mail import Letter, post_all
from portal.mail.models import Outgoing
from portal.support.commands.history import add
from portal.support.commands.threads import before, key_of, posted, to_reader, to_staff
from portal.support.models import Attachment, Clock, Event, Participant, Ticket
from portal.support.queries.partner import as_partner_sees
from portal.support.queries.readers import Reader, assignee, customer_shown_to, readers
from portal.support.words import CLOCKS

RECEIPT, NEWS, DESK, FILES = "ticket-received", "ticket-news", "ticket-desk", "ticket-files"
AUTOMATIC = (RECEIPT, DESK, FILES)  # nobody wrote them: they have a budget
REFUSED = "support.refused"  # the job that hears when nobody takes a mail
_NEWS = ("staff-reply", "call", "determined", "promised", "waiting", "held", "resolved", "reopened", "closed",
         "severity")
_TO_DESK = ("opened", "partner-reply", "reopened", "closed")
_HOUR = timedelta(hours=1)
_QUOTED = 600  # characters


def tell(ctx: Ctx, ticket: Ticket, event: Event) -> None:
    """Tell those who take part in a ticket of a public event, but not who did it; nobody hears of an internal one.

    What the partner does goes to the member of staff who works on it; so does a ticket that was assigned to them.
    Merging and spam mail nobody.
    """
    if ticket.outcome:
        return
    letters = list(_letters(ctx, ticket, event))
    if letters:
        post_all(ctx, letters)


def _letters(ctx: Ctx, ticket: Ticket, event: Event) -> Iterator[Letter]:
    if event.kind == "opened":
        yield from _receipt(ctx, ticket, event)
    if event.public and event.kind in _NEWS and event.side != "partner":
        yield from _news(ctx, ticket, event)
    if event.kind == "assigned" or (event.kind in _TO_DESK and event.public and event.side == "partner"):
        yield from _to_desk(ctx, ticket, event)


# ---- To partners ----

def _receipt(ctx: Ctx, ticket: Ticket, event: Event) -> Iterator[Letter]:
    """Confirm a new ticket to whose it is (S4.19, S4.23): its number, why S1 or not, and what is promised."""
    requester = next((one for one in readers(ctx, ticket) if one.account_id == ticket.requester_id
                      and (one.account_id or one.email == ticket.requester_email)), None)
    if requester is None or not _reached(ctx, ticket, [requester]) or _floods(ctx, ticket, requester):
        return
    seen = as_partner_sees(ticket, customer_shown_to(ticket, requester))
    yield from _to(ctx, ticket, event, [requester], RECEIPT, lambda _: {
        "verdict": seen.verdict, "params": dict(seen.verdict_params), "hidden": seen.hidden,
        "asks_for_customer": not ticket.customer_email, "clocks": _promised(ticket), "logged": event.side == "staff",
    })


def _promised(ticket: Ticket) -> list[dict[str, str]]:
    """Return the clocks that have a limit, with their names and when they end."""
    rows = Clock.select().where(Clock.ticket == ticket, Clock.limit_at.is_null(False)).order_by(Clock.limit_at)
    return [{"clock": CLOCKS[row.kind], "until": row.limit_at.isoformat()} for row in rows]


def _news(ctx: Ctx, ticket: Ticket, event: Event) -> Iterator[Letter]:
    """Tell everybody who takes part what support has written or done."""
    people = [one for one in _reached(ctx, ticket, readers(ctx, ticket))
              if event.actor_id is None or one.account_id != event.actor_id]
    if not people:
        return
    happened = _told(ticket, event)
    quoted = _last_word(ticket, event) if event.kind in {"staff-reply", "determined", "waiting"} else None
    yield from _to(ctx, ticket, event, people, NEWS, lambda one: happened | {"quoted": _quote(quoted, one)})


def _told(ticket: Ticket, event: Event) -> dict[str, Any]:
    """Return what a mail says of an event, and of what was done together with it: the new state, a promised time."""
    # Events that follow have happened in the same transaction: the caller tells of the first of them at its end.
    later = {row.kind: row for row in Event.select().where(Event.ticket == ticket, Event.id > event.id, Event.public)}
    promise = event if event.kind == "promised" else later.get("promised")
    then = next((later[kind] for kind in ("waiting", "held", "resolved") if kind in later), None)
    files: Any = Attachment.select(Attachment.public_id, Attachment.name).where(Attachment.event == event)
    return {
        "kind": event.kind, "person": event.actor_name, "text": event.body,
        "then": then.kind if then else "", "why": then.body if then else "",
        "channel": (event.data or {}).get("channel", ""), "severity": (event.data or {}).get("severity", ""),
        "until": (promise.data or {})["until"] if promise else "",
        "files": [{"id": public_id, "name": name} for public_id, name in files.order_by(Attachment.id).tuples()],
    }


def _last_word(ticket: Ticket, event: Event) -> Event | None:
    """Return what the partner wrote last before an event."""
    written = Event.kind.in_(("opened", "partner-reply"))
    row: Event | None = Event.select().where(
        Event.ticket == ticket, Event.public, Event.side == "partner", written, Event.id < event.id
    ).order_by(Event.id.desc()).first()
    return row


def _quote(event: Event | None, one: Reader) -> dict[str, str] | None:
    """Return a message as it is quoted to who reads it anyway; others were not copied when it was written."""
    if event is None or not (one.sees or (one.account_id is not None and one.account_id == event.actor_id)):
        return None
    text = event.body if len(event.body) <= _QUOTED else event.body[:_QUOTED].rsplit(" ", 1)[0] + " …"
    return {"person": event.actor_name, "at": event.at.isoformat(), "text": text}


def _reached(ctx: Ctx, ticket: Ticket, people: Iterable[Reader]) -> list[Reader]:
    """Return those whom mail reaches; of the others staff read on the ticket, once."""
    reached = list[Reader]()
    for one in people:
        if one.reached:
            reached.append(one)
        else:
            note_unreachable(ctx, ticket, one.email, "")
    return reached


def note_unreachable(ctx: Ctx, ticket: Ticket, email: str, detail: str) -> None:
    """Let staff see on a ticket that mail does not reach somebody, once per address."""
    rows: Any = Event.select(Event.data).where(Event.ticket == ticket, Event.kind == "unreachable")
    if not any((data or {}).get("email") == email for (data,) in rows.tuples()):
        add(replace(ctx, actor=WORKER), ticket, "unreachable", email=email, detail=detail)


def tell_refused_files(ctx: Ctx, ticket: Ticket, event: Event, email: str, files: list[dict[str, str]]) -> None:
    """Tell somebody which files of their mail were not taken, and why: what their `name` is, and `why` (a code)."""
    one = next((one for one in readers(ctx, ticket) if one.email == email and one.reached), None)
    if one is None or _spent(ctx, ticket, one):
        return
    support = ctx.programme.support
    (letter,) = _to(ctx, ticket, event, [one], FILES, lambda _: {
        "files": files, "count": support.attachments, "megabytes": support.attachment_mb,
    })
    # Another mail about the same event: by another name.
    headers = dict(letter.headers or {})
    headers["Message-ID"] = headers["Message-ID"].replace("@", ".files@", 1)
    post_all(ctx, [replace(letter, key=_files_key(letter.key), headers=headers)])


def _files_key(key: str) -> str:
    return f"{key}:files"


def _keys(key: str) -> tuple[str, str]:
    """Return the keys of the mails to somebody about one event."""
    return key, _files_key(key)


# ---- To staff ----

def _to_desk(ctx: Ctx, ticket: Ticket, event: Event) -> Iterator[Letter]:
    """Tell the member of staff who works on a ticket, unless it was them; they answer on the page, not by mail."""
    one = assignee(ctx, ticket)
    if one is None or one.account_id == event.actor_id or _spent(ctx, ticket, one):
        return
    yield Letter(
        DESK, key_of(ctx, event.public_id, one), one.email, one.name, one.language,
        {"ticket": ticket.public_id, "number": ticket.number, "subject": ticket.subject, "kind": event.kind,
         "partner": ticket.partner.name, "person": event.actor_name or ticket.requester_name,
         "text": event.body if event.public else "", "severity": ticket.severity, "country": one.country,
         "time_zone": one.time_zone, "until": ticket.next_due.isoformat() if ticket.next_due else "",
         "clock": CLOCKS.get(ticket.next_clock, "")},
        headers=to_staff(ctx, ticket),
    )


# ---- Both ----

def _to(
    ctx: Ctx, ticket: Ticket, event: Event, people: Sequence[Reader], name: str,
    said: Callable[[Reader], dict[str, Any]],
) -> Iterator[Letter]:
    """Yield the mails about an event to people of the partner's side, each in the thread that its reader has."""
    names = before(ticket, event)
    sent = posted(ctx, event, names, people)
    about = {"ticket": ticket.public_id, "number": ticket.number, "subject": _subject(ticket),
             "partner": ticket.partner.name}
    for one in people:
        mine = {"sees": one.sees, "country": one.country, "time_zone": one.time_zone}
        yield Letter(
            name, key_of(ctx, event.public_id, one), one.email, one.name, one.language, about | mine | said(one),
            to_reader(ctx, ticket, event, one, names, sent), REFUSED,
        )


def _subject(ticket: Ticket) -> str:
    """Return a ticket's subject in mails: for one that came by mail just as it was, so that programs group them."""
    return f"Re: {ticket.subject}" if ticket.channel == "email" else f"{ticket.subject} [{ticket.number}]"


def _spent(ctx: Ctx, ticket: Ticket, one: Reader) -> bool:
    """Tell whether somebody has had all automatic mails about a ticket that an hour allows: so machines stop (D14)."""
    recent: Any = Event.select(Event.public_id).where(Event.ticket == ticket, Event.at > ctx.now - _HOUR)
    keys = [key for (public_id,) in recent.tuples() for key in _keys(key_of(ctx, public_id, one))]
    keys += [_files_key(key) for key in keys]
    sent = Outgoing.select().where(Outgoing.key.in_(keys), Outgoing.event.in_(AUTOMATIC)).count()
    return int(sent) >= ctx.programme.support.mails_per_hour


def _floods(ctx: Ctx, ticket: Ticket, one: Reader) -> bool:
    """Tell whether an address has opened so many tickets by mail in an hour that it must be a machine."""
    if ticket.channel != "email":
        return False
    recent = (
        Participant.select().join(Ticket)
        .where(Participant.email == ticket.requester_email, Ticket.channel == "email",
               Ticket.created_at > ctx.now - _HOUR)
    )
    return int(recent.count()) > ctx.programme.support.mails_per_hour
