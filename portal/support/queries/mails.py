"""Mails that came in, as staff see them: lists by what became of them, and one mail as safe text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import JOIN

from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.storage.paging import keyset
from portal.support.models import Received, Ticket
from portal.support.policy.charsets import header_text
from portal.support.policy.files import safe_name
from portal.support.policy.reading import Mail, read
from portal.support.queries.senders import writers

PAGE_SIZE = 25
STATES = ("held", "automatic", "bounce", "filed", "duplicate", "stored", "discarded")
_TEXT_MAX = 100_000  # characters that are shown; the file holds all of them
_RAW_MAX = 5_000
# What a page needs of a mail; its content may be thirty megabytes.
_COLUMNS = [column for name, column in Received._meta.fields.items() if name != "content"]


def mails(ctx: Ctx, state: str, after: str | None, size: int = PAGE_SIZE) -> Page[Received]:
    """Return the mails in a state, the newest first, without their contents, each with its ticket if it has one."""
    ctx.actor.require(P.TICKET_WORK)
    query: Any = Received.select(*_COLUMNS, Ticket.public_id, Ticket.number).join(Ticket, JOIN.LEFT_OUTER)
    return keyset(query.where(Received.state == state), (Received.id,), lambda row: [row.id], after, size,
                  descending=True)


@dataclass(frozen=True, slots=True)
class File:
    """An attached file of a mail."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail as text: its headers, its words, and the names of its files. `readable`: it could be read at all."""

    mail: Received
    headers: Sequence[tuple[str, str]]
    text: str
    cut: bool
    files: Sequence[File] = field(default_factory=tuple)
    readable: bool = True
    partners: Sequence[tuple[str, str]] = field(default_factory=tuple)  # where the sender works: public id and name


def find_mail(ctx: Ctx, mail: str) -> Shown:
    """Return a mail as staff may look at it safely, or raise `NotFound`."""
    row = _found(ctx, mail)
    partners = places_of(ctx, row.from_email)
    try:
        said = read(bytes(row.content))
    except Exception:  # whatever a mail can make a library raise: it is for people then
        text = bytes(row.content[:_RAW_MAX]).decode("ascii", "replace")
        return Shown(row, (), text, row.size > _RAW_MAX, readable=False, partners=partners)
    text = said.text.replace("\0", "")
    files = tuple(File(safe_name(file.name), len(file.content)) for file in said.files)
    return Shown(row, headers_of(said), text[:_TEXT_MAX], len(text) > _TEXT_MAX, files, partners=partners)


def raw(ctx: Ctx, mail: str) -> bytes:
    """Return a mail byte for byte, or raise `NotFound`."""
    return bytes(_found(ctx, mail).content)


def _found(ctx: Ctx, mail: str) -> Received:
    ctx.actor.require(P.TICKET_WORK)
    row: Received | None = (
        Received.select(Received, Ticket.public_id, Ticket.number).join(Ticket, JOIN.LEFT_OUTER)
        .where(Received.public_id == mail).first()
    )
    if row is None:
        raise NotFound(mail)
    return row


_SHOWN = ("From", "Reply-To", "To", "Cc", "Subject", "Date", "Authentication-Results")


def headers_of(mail: Mail) -> list[tuple[str, str]]:
    """Return the headers by which people judge a mail, in the order in which they are read; all of a name."""
    return [(name, header_text(value)[:1000]) for name in _SHOWN for value in mail.headers.get(name.lower(), ())[:5]]


def places_of(ctx: Ctx, email: str) -> list[tuple[str, str]]:
    """Return the partners for which somebody with this address may write to support: public id and name."""
    ids = [actor.partner_id for actor in writers(ctx, email)] if email else []
    rows: Any = Partner.select(Partner.public_id, Partner.name).where(Partner.id.in_(ids))
    return list(rows.order_by(Partner.name_key, Partner.id).tuples()) if ids else []
