"""What people of partners see of tickets: nothing internal, and of a customer nothing that they may not see (any more).

Whoever shows a ticket to a partner (pages, mails, files, feeds) asks `Seen` here and passes no row on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

from peewee import JOIN, ModelSelect

from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.folding import fold
from portal.core.paging import Page
from portal.customers.models import Organization
from portal.customers.queries import assigned
from portal.customers.queries import visible_to as customers_of
from portal.storage.paging import keyset
from portal.storage.search import contains
from portal.subscriptions.models import Subscription
from portal.support.models import Attachment, Event, Ticket
from portal.support.queries.clocks import Clocks, Face, clocks_of, due_of
from portal.support.queries.scope import visible_to

PAGE_SIZE, SEARCH_MAX = 25, 100
STATES = ("open", "waiting", "hold", "resolved", "closed")
# Verdicts that say something about one customer.
NAMING = ("large", "small", "excluded-service", "email-missing", "email-other")
# What of an event's data a partner reads: no address, no number of anybody.
_TOLD = {"severity": ("severity",), "promised": ("until",), "breached": ("clock", "cause"), "rated": ("rating",),
         "opened": ("channel",), "call": ("channel",)}


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as a partner's people see it. `hidden`: it is about a customer of whom they see nothing.

    Then `customer`, the numbers and addresses by which it was found, and what the verdict says of it are empty.
    """

    public_id: str
    number: str
    subject: str
    state: str
    severity: str
    severity_from: str
    priority: bool
    channel: str
    service: str
    region: str
    requester_name: str
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    settled: bool  # merged, or set aside: nothing is written to it any more
    merged: bool
    rating: str
    rating_note: str
    version: int
    mine: bool
    hidden: bool
    customer: str  # its name, and its public id
    customer_id: str
    customer_email: str
    service_org: str
    service_user: str
    verdict: str
    verdict_params: Mapping[str, Any]


def as_partner_sees(ticket: Ticket, customer: Organization | None, account_id: int | None = None) -> Seen:
    """Return a ticket for its partner. `customer` is the row that it names, if the reader may see that one, or None.

    This is the one place where customer data is taken off a ticket: the customer is no longer the partner's, has
    revoked its access, is gone, or is not among those that the reader sees (D15).
    """
    shown = customer if customer is not None and _open(ticket, customer) else None
    hidden = shown is None and (ticket.organization_id is not None or ticket.verdict in NAMING)
    return Seen(
        **{name: getattr(ticket, name) for name in _PLAIN}, settled=bool(ticket.outcome),
        merged=ticket.outcome == "merged",
        mine=account_id is not None and ticket.requester_id == account_id, hidden=hidden,
        customer=shown.name if shown else "", customer_id=shown.public_id if shown else "",
        customer_email="" if hidden else ticket.customer_email, service_org="" if hidden else ticket.service_org,
        service_user="" if hidden else ticket.service_user,
        verdict_params={"customer": "–"} if hidden else ticket.verdict_params or {},
    )


_PLAIN = (
    "public_id", "number", "subject", "state", "severity", "severity_from", "priority", "channel", "service", "region",
    "requester_name", "created_at", "updated_at", "finished_at", "rating", "rating_note", "version", "verdict",
)


def _open(ticket: Ticket, customer: Organization) -> bool:
    """Tell whether a customer's data is the ticket's partner's to see."""
    return bool(customer.id == ticket.organization_id and customer.partner_id == ticket.partner_id
                and customer.access != "revoked")


def _readable(actor: Actor) -> Any:
    """Return the condition of a join: the ticket's customer, if the actor sees it."""
    return (
        (Organization.id == Ticket.organization) & (Organization.partner == Ticket.partner)
        & (Organization.access != "revoked") & assigned(actor)
    )


def _seen(actor: Actor, ticket: Ticket) -> Seen:
    customer = getattr(ticket, "shown", None)
    return as_partner_sees(ticket, customer if customer and customer.id else None, actor.account_id)


def _with_customers(actor: Actor, tickets: ModelSelect[Ticket], *more: Any) -> Any:
    columns = (Organization.id, Organization.public_id, Organization.name, Organization.partner, Organization.access)
    return tickets.select(Ticket, *columns, *more).join(
        Organization, JOIN.LEFT_OUTER, on=_readable(actor), attr="shown")


# ---- Lists ----

@dataclass(frozen=True, slots=True)
class Asked:
    """Which tickets a list is of. `customer` is a public id; `mine`: those that the reader opened."""

    state: str = ""
    customer: str = ""
    mine: bool = False
    search: str = ""
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a list: the ticket and what is due next."""

    ticket: Seen
    due: Face | None


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of tickets, and the customer that they are about if it was asked for."""

    page: Page[Row]
    customer: Organization | None = None


def listed(ctx: Ctx, asked: Asked, size: int = PAGE_SIZE) -> Listed:
    """Return the tickets of the actor's partner that they may see (S4.27), the latest change first.

    Raises `NotFound` for a customer whose requests they may not see.
    """
    actor = ctx.actor
    customer = find_customer(ctx, asked.customer) if asked.customer else None
    query = _with_customers(actor, visible_to(actor))
    if customer:
        query = query.where(Ticket.organization == customer)
    if asked.state in STATES:
        query = query.where(Ticket.state == asked.state)
    if asked.mine:
        query = query.where(Ticket.requester == actor.account_id)
    query = _found(query, asked.search)
    found = keyset(query, (Ticket.updated_at, Ticket.id), _place,
                   asked.after, size, descending=True)
    rows = [Row(_seen(actor, ticket), due_of(ctx, ticket)) for ticket in found.rows]
    return Listed(Page(rows, found.previous, found.next), customer)


def _place(ticket: Ticket) -> list[str | int]:
    """Return where a ticket stands in a list, its instant as both engines compare it."""
    return [ticket.updated_at.replace(tzinfo=None).isoformat(" "), ticket.id]


def _found(query: Any, search: str) -> Any:
    """Narrow to what holds the words; where customer data is hidden, nothing is found by it either."""
    words = contains(Ticket.search, search)
    if words is None:
        return query
    own = (Ticket.number, Ticket.subject, Ticket.requester_name, Ticket.requester_email)
    told = reduce(and_, (reduce(or_, (column.contains(word) for column in own)) for word in fold(search).split()))
    seen = Organization.id.is_null(False) | (Ticket.organization.is_null() & Ticket.verdict.not_in(NAMING))
    return query.where(words, seen | told)


def find_customer(ctx: Ctx, customer: str) -> Organization:
    """Return a customer whose requests the actor may see together, or raise `NotFound`: the same for all others."""
    row: Organization | None = customers_of(ctx.actor).where(
        Organization.public_id == customer, Organization.access != "revoked").first()
    if row is None:
        raise NotFound(customer)
    return row


# ---- One ticket ----

@dataclass(frozen=True, slots=True)
class File:
    """An attached file, without its content."""

    public_id: str
    name: str
    size: int


@dataclass(slots=True)
class Line:
    """Something public that happened to a ticket. `data` holds what partners may read of it."""

    public_id: str
    kind: str
    at: datetime
    side: str
    who: str
    body: str
    data: Mapping[str, Any]
    files: list[File] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket with its thread and its clocks; `into` is the ticket that it was merged into, if they may see that."""

    ticket: Seen
    thread: list[Line]
    clocks: Clocks
    due: Face | None
    into: tuple[str, str] | None


def opened(ctx: Ctx, ticket: str) -> Opened:
    """Return a ticket that the actor may see, in three statements, or raise `NotFound`."""
    row, into = _one(ctx.actor, ticket)
    seen = _seen(ctx.actor, row)
    events = _public_events(row)
    clocks = clocks_of(ctx, [row], _once(events))[row.id]
    return Opened(seen, _thread(seen, events), clocks, due_of(ctx, row), into)


def find(ctx: Ctx, ticket: str) -> Seen:
    """Return a ticket that the actor may see, or raise `NotFound`."""
    return _seen(ctx.actor, _one(ctx.actor, ticket)[0])


def _one(actor: Actor, ticket: str) -> tuple[Ticket, tuple[str, str] | None]:
    other = Ticket.alias()
    theirs = visible_to(actor).select(Ticket.id)
    query = _with_customers(
        actor, visible_to(actor), other.public_id.alias("into_id"), other.number.alias("into_number"),
    ).join_from(Ticket, other, JOIN.LEFT_OUTER, on=(other.id == Ticket.merged_into) & other.id.in_(theirs), attr="into")
    row = query.where(Ticket.public_id == ticket).first()
    if row is None:
        raise NotFound(ticket)
    into = getattr(row, "into", None)
    return row, (into.into_id, into.into_number) if into and into.into_id else None


def _public_events(ticket: Ticket) -> list[Event]:
    """Return the public events, each once per file that belongs to it."""
    return list(
        Event.select(Event, Attachment.public_id, Attachment.name, Attachment.size)
        .join(Attachment, JOIN.LEFT_OUTER, on=(Attachment.event == Event.id), attr="file")
        .where(Event.ticket == ticket, Event.public).order_by(Event.id, Attachment.id)
    )


def _once(events: list[Event]) -> list[Event]:
    return list({event.id: event for event in events}.values())


def _thread(ticket: Seen, events: list[Event]) -> list[Line]:
    lines: dict[int, Line] = {}
    for event in events:
        line = lines.get(event.id)
        if line is None:
            line = lines[event.id] = _line(ticket, event)
        file = getattr(event, "file", None)
        if file and file.public_id:
            line.files.append(File(file.public_id, file.name, file.size))
    return list(lines.values())


def _line(ticket: Seen, event: Event) -> Line:
    data = event.data or {}
    told: dict[str, Any] = {name: data.get(name) or "" for name in _TOLD.get(event.kind, ())}
    if event.kind == "classified":
        may = _may_tell(ticket, data)
        told = {"verdict": data.get("verdict") or "" if may else "", "params": data.get("params") or {} if may else {}}
    return Line(event.public_id, event.kind, event.at, event.side, event.actor_name, event.body, told)


def _may_tell(ticket: Seen, data: Mapping[str, Any]) -> bool:
    """Tell whether an earlier verdict is about nobody, or about the customer that the reader sees on the ticket."""
    named = (data.get("params") or {}).get("customer")
    return not ticket.hidden and (not named or named == ticket.customer)


def attachment(ctx: Ctx, ticket: str, file: str) -> Attachment:
    """Return a file of a public event of a ticket that the actor may see, or raise `NotFound`."""
    theirs = visible_to(ctx.actor).select(Ticket.id).where(Ticket.public_id == ticket)
    row: Attachment | None = (
        Attachment.select(Attachment).join(Event)
        .where(Attachment.public_id == file, Event.public, Event.ticket.in_(theirs)).first()
    )
    if row is None:
        raise NotFound(file)
    return row


def unsent(ctx: Ctx, files: list[str]) -> list[File]:
    """Return the files that the actor has uploaded for a form that is not sent yet, in their order."""
    if not files:
        return []
    rows = Attachment.select(Attachment.public_id, Attachment.name, Attachment.size).where(
        Attachment.public_id.in_(files), Attachment.uploader == ctx.actor.account_id, Attachment.event.is_null()
    ).order_by(Attachment.id)
    return [File(row.public_id, row.name, row.size) for row in rows]


# ---- What is known of a customer ----

@dataclass(frozen=True, slots=True)
class Known:
    """What a request about a customer says without anybody typing it (S4.30)."""

    customer: str
    customer_email: str
    service_org: str
    service: str


def known(ctx: Ctx, customer: str) -> Known:
    """Return what a form about a customer of the actor's begins with, or raise `NotFound`."""
    row: Any = (
        customers_of(ctx.actor).select(Organization, Subscription.service)
        .join(Subscription, JOIN.LEFT_OUTER, on=(Subscription.id == Organization.main_subscription), attr="main")
        .where(Organization.public_id == customer).first()
    )
    if row is None:
        raise NotFound(customer)
    main = getattr(row, "main", None)
    return Known(row.name, row.admin_email, row.public_id, main.service if main and main.service else "")
