"""Headers of mails about a ticket: by them mail programs put them together, and answers find their ticket."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from email.headerregistry import Address
from typing import Any
from urllib.parse import urlsplit

from peewee import JOIN

from portal.core.context import Ctx
from portal.core.ids import derive
from portal.core.locales import whole
from portal.mail.models import Outgoing
from portal.support.models import Event, Received, Ticket
from portal.support.policy.addresses import message_id, reply_address
from portal.support.queries.readers import Reader

# What partners get mail about, or have written themselves.
THREAD = ("opened", "partner-reply", "staff-reply", "call", "determined", "promised", "waiting", "held", "resolved",
          "reopened", "closed", "severity")
_LOOKED_AT = 50  # events whose mails are looked up
_NAME = re.compile(r"<[!-;=?-~]{1,250}>")  # of a mail, as it may stand in a header of ours
_LAST = 5  # names of the latest mails; programs that have lost the one find the thread by another
Names = list[tuple[str, str]]


def before(ticket: Ticket, event: Event) -> Names:
    """Return the messages that partners know of, up to an event: its id, and the Message-ID that it came by, if any."""
    rows: Any = (
        Event.select(Event.public_id, Event.data, Received.message_id)
        .join(Received, JOIN.LEFT_OUTER, on=Received.event == Event.id)
        .where(Event.ticket == ticket, Event.public, Event.kind.in_(THREAD), Event.id <= event.id)
        .order_by(Event.id)
    )
    # While a mail is being filed, only its event knows of it.
    return [(public_id, _foreign(name or (data or {}).get("message_id"))) for public_id, data, name in rows.tuples()]


def _foreign(name: str | None) -> str:
    """Return the Message-ID of a mail that came, unless it is none that could be repeated."""
    return name if name and _NAME.fullmatch(name) else ""


def posted(ctx: Ctx, event: Event, names: Names, people: Sequence[Reader]) -> set[str]:
    """Return the keys of the mails that somebody has got about what was before an event: other names are of nothing."""
    asked = [*names[:1], *names[1:][-_LOOKED_AT:]]
    keys = [key_of(ctx, public_id, one) for public_id, _ in asked if public_id != event.public_id for one in people]
    rows: Any = Outgoing.select(Outgoing.key).where(Outgoing.key.in_(keys))
    return {key for (key,) in rows.tuples()} if keys else set()


def key_of(ctx: Ctx, event: str, reader: Reader) -> str:
    """Return the key of the mail to somebody about an event (by its public id)."""
    return f"ticket:{event}:{tag(ctx, reader.email)}"


def to_reader(
    ctx: Ctx, ticket: Ticket, event: Event, reader: Reader, names: Names, sent: Container[str]
) -> dict[str, str]:
    """Return the headers of the mail that tells somebody of an event; `names` is what `before` returns, and `sent` what
    `posted` does."""
    support = ctx.programme.support
    mailbox = mailbox_of(ctx, ticket)
    headers = {
        "From": str(Address(support.department.get(whole(reader.language)), addr_spec=mailbox)),
        "Reply-To": reply_address(ctx.secret, ticket.number, mailbox),
        "Message-ID": _own_name(ctx, ticket, event.public_id, reader),
    }
    # The mail that an event came by is before it; the mail about it is this one.
    known = [came_by or _own_name(ctx, ticket, public_id, reader) for public_id, came_by in names
             if came_by or key_of(ctx, public_id, reader) in sent]
    return headers | _answering([*known[:1], *known[1:][-_LAST:]])


def to_staff(ctx: Ctx, ticket: Ticket) -> dict[str, str]:
    """Return the headers that put all of a ticket's mails to staff together: none is signed, nobody answers them."""
    return _answering([f"<desk-{ticket.public_id}@{_host(ctx)}>"])


def mailbox_of(ctx: Ctx, ticket: Ticket) -> str:
    """Return the address of Partner Support for the region of a ticket (S4.35-36)."""
    regions = ctx.programme.regions
    return (regions.get(ticket.region) or regions[ctx.programme.default_region]).support_email


def tag(ctx: Ctx, email: str) -> str:
    """Return what tells the mails to several people about one event apart, without saying who they are."""
    return derive(ctx.secret, "ticket-reader", email)[:8]


def _own_name(ctx: Ctx, ticket: Ticket, event: str, reader: Reader) -> str:
    return message_id(ctx.secret, ticket.number, f"{event}.{tag(ctx, reader.email)}", _host(ctx))


def _host(ctx: Ctx) -> str:
    return urlsplit(ctx.base_url).hostname or "localhost"


def _answering(names: list[str]) -> dict[str, str]:
    return {"In-Reply-To": names[-1], "References": " ".join(names)} if names else {}
