"""Reads of the desk: the queue of tickets, and one ticket with everything that happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from peewee import JOIN, SQL, Case, NodeList, Value, fn

from portal.accounts.models import Account
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.directory.models import Group, User
from portal.domains.models import Domain
from portal.partners.models import Partner
from portal.storage import is_postgresql
from portal.storage.paging import keyset
from portal.storage.search import contains
from portal.support.models import Attachment, Event, Link, Participant, Ticket
from portal.support.policy.tickets import GOING
from portal.support.queries.agents import staff_rows
from portal.support.queries.clocks import Clocks, Face, clocks_of, due_of
from portal.support.queries.identification import named_by
from portal.support.queries.partner import File
from portal.support.queries.scope import visible_to

SIZE, SEARCH_MAX = 25, 100
STATES = ("going", *GOING, "resolved", "closed", "all")
COUNTED = 100  # beyond, a count is "99+": nobody waits for an exact one
ME, NOBODY = "me", "nobody"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tickets a queue is of. `assignee` is `ME`, `NOBODY`, or the public id of an account; `partner` one too.

    `missing`: nobody knows the customer yet; `late`: the next clock is over its limit.
    """

    state: str = "going"
    severity: str = ""
    assignee: str = ""
    region: str = ""
    language: str = ""
    partner: str = ""
    priority: bool = False
    missing: bool = False
    late: bool = False
    search: str = ""
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the queue."""

    ticket: Ticket
    partner: str
    customer: str
    assignee: str
    due: Face | None


def queue(ctx: Ctx, asked: Asked, size: int = SIZE) -> Page[Row]:
    """Return a page of tickets: those that go on by what is due next, others the latest first.

    One statement at any number of tickets; one more on SQLite where words are searched that most of them have.
    """
    ctx.actor.require(P.TICKET_WORK)
    query = _narrowed(ctx, _with_names(visible_to(ctx.actor)), asked)
    if asked.state == "all":
        columns, key = (Ticket.updated_at, Ticket.id), lambda row: [row.updated_at.isoformat(), row.id]
    else:
        columns, key = (Ticket.queue_at, Ticket.id), lambda row: [row.queue_at.isoformat(), row.id]
    page = keyset(query, columns, key, asked.after, size, descending=asked.state not in ("going", *GOING))
    return Page([_row(ctx, row) for row in page.rows], page.previous, page.next)


def _with_names(tickets: Any) -> Any:
    return (
        tickets.select(Ticket, Partner.name, Partner.public_id, Organization.name, Organization.public_id,
                       Account.name, Account.email, Account.public_id)
        .join(Partner, attr="of").switch(Ticket).join(Organization, JOIN.LEFT_OUTER, attr="about")
        .switch(Ticket).join(Account, JOIN.LEFT_OUTER, on=Ticket.assignee == Account.id, attr="worker")
    )


def _row(ctx: Ctx, row: Any) -> Row:
    return Row(row, row.of.name, _name(row, "about"), _name(row, "worker"), due_of(ctx, row))


def _name(row: Any, attr: str) -> str:
    joined = getattr(row, attr, None)
    return str((joined.name or getattr(joined, "email", "")) or "") if joined is not None else ""


def _narrowed(ctx: Ctx, query: Any, asked: Asked) -> Any:
    conditions = [*_states(asked.state), *_people(ctx, asked), *_codes(asked)]
    if asked.missing:
        conditions.append(_scanned(Ticket.organization).is_null())
    if asked.late:
        conditions += [Ticket.finished_at.is_null(), Ticket.queue_at < ctx.now]
    words = contains(Ticket.search, asked.search)
    conditions += [words] if words is not None else []
    return query.where(*conditions) if conditions else query


def _states(state: str) -> Iterable[Any]:
    if state in ("going", *GOING):
        yield Ticket.finished_at.is_null()
    if state in GOING:
        yield _scanned(Ticket.state) == state
    elif state in ("resolved", "closed"):
        yield Ticket.state == state


def _people(ctx: Ctx, asked: Asked) -> Iterable[Any]:
    if asked.assignee == NOBODY:
        yield _scanned(Ticket.assignee).is_null()
    elif asked.assignee == ME:
        yield Ticket.assignee == ctx.actor.account_id
    elif asked.assignee:
        yield Ticket.assignee == Account.select(Account.id).where(Account.public_id == asked.assignee)
    if asked.partner:
        yield _scanned(Ticket.partner) == Partner.select(Partner.id).where(Partner.public_id == asked.partner)


def _codes(asked: Asked) -> Iterable[Any]:
    for column in (Ticket.severity, Ticket.region, Ticket.language):
        if getattr(asked, column.name):
            yield column == getattr(asked, column.name)
    if asked.priority:
        yield Ticket.priority


def _scanned(column: Any) -> Any:
    """Return a column that SQLite looks at along the index of the queue.

    It knows no figures of the table, and would rather collect and sort 100,000 tickets of nobody than walk through
    them in their order.
    """
    return column if is_postgresql() else NodeList((SQL("+"), column), glue="")


# ---- Counts ----

def counts(ctx: Ctx) -> dict[str, int]:
    """Return how many tickets of each tab go on, up to `COUNTED`; one statement."""
    ctx.actor.require(P.TICKET_WORK)
    tabs = {"mine": Asked(assignee=ME), "nobody": Asked(assignee=NOBODY), "late": Asked(late=True),
            "priority": Asked(priority=True), "missing": Asked(missing=True)}
    columns = [_bounded(ctx, asked).alias(name) for name, asked in tabs.items()]
    found: Any = Account.select(*columns).where(Account.id == ctx.actor.account_id)
    return dict(found.dicts().get())


def _bounded(ctx: Ctx, asked: Asked) -> Any:
    some = _narrowed(ctx, Ticket.select(Ticket.id), asked).limit(COUNTED).alias("some")
    return Ticket.select(fn.COUNT(SQL("*"))).from_(some)


def partner_name(public_id: str) -> str:
    """Return the name of a partner that a queue is narrowed to; nothing if there is none."""
    return str(Partner.select(Partner.name).where(Partner.public_id == public_id).scalar() or "")


# ---- One ticket ----

@dataclass(slots=True)
class Line:
    """Something that happened to a ticket, with the files that came with it."""

    event: Event
    files: list[File] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Near:
    """Something that belongs to a ticket: a person, another ticket, a customer; by what it is looked up, and words."""

    key: str
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """A ticket with all that staff know of it."""

    ticket: Any
    partner: Any
    customer: Any | None
    assignee: Near | None
    into: Near | None  # the ticket that it was merged into
    lines: Sequence[Line]
    clocks: Clocks
    participants: Sequence[Near]  # note: `muted`, or nothing
    linked: Sequence[Near]
    absorbed: Sequence[Near]
    staff: Sequence[Near]
    candidates: Sequence[Near]  # customers among whom a person has to choose; note: the super administrator's address

    @property
    def read(self) -> str:
        """Return what whoever writes now has read last."""
        return str(self.lines[-1].event.public_id) if self.lines else ""


def dossier(ctx: Ctx, public_id: str) -> Dossier:
    """Return a ticket for the desk in four statements, or raise `NotFound`."""
    row = _one(ctx, public_id)
    lines = _lines(row)
    near = _around(ctx, row)
    customer, worker, into = (getattr(row, name, None) for name in ("about", "worker", "target"))
    return Dossier(
        row, row.of, customer if customer and customer.id else None,
        Near(worker.public_id, worker.name or worker.email, "") if worker and worker.public_id else None,
        Near(into.public_id, into.number, into.subject) if into and into.public_id else None,
        lines, clocks_of(ctx, [row], [line.event for line in lines])[row.id],
        **{what: [Near(*rest) for kind, *rest in near if kind == what] for what in _ARMS},
    )


def check_there(ctx: Ctx, public_id: str) -> None:
    """Raise `NotFound` unless there is such a ticket."""
    if not visible_to(ctx.actor).where(Ticket.public_id == public_id).exists():
        raise NotFound(public_id)


def find_file(ctx: Ctx, ticket: str, file: str) -> Attachment:
    """Return a file of any event of a ticket, or raise `NotFound`."""
    ctx.actor.require(P.TICKET_WORK)
    theirs = visible_to(ctx.actor).select(Ticket.id).where(Ticket.public_id == ticket)
    row: Attachment | None = Attachment.select(Attachment).join(Event).where(
        Attachment.public_id == file, Event.ticket.in_(theirs)).first()
    if row is None:
        raise NotFound(file)
    return row


def _one(ctx: Ctx, public_id: str) -> Any:
    ctx.actor.require(P.TICKET_WORK)
    target = Ticket.alias()
    row = (
        visible_to(ctx.actor)
        .select(Ticket, Partner, Organization, Account.name, Account.email, Account.public_id, target.public_id,
                target.number, target.subject)
        .join(Partner, attr="of").switch(Ticket).join(Organization, JOIN.LEFT_OUTER, attr="about")
        .switch(Ticket).join(Account, JOIN.LEFT_OUTER, on=Ticket.assignee == Account.id, attr="worker")
        .switch(Ticket).join(target, JOIN.LEFT_OUTER, on=Ticket.merged_into == target.id, attr="target")
        .where(Ticket.public_id == public_id).first()
    )
    if row is None:
        raise NotFound(public_id)
    return row


def _lines(ticket: Ticket) -> list[Line]:
    """Return the history of a ticket in its order, each event with its files."""
    rows = (
        Event.select(Event, Attachment.public_id, Attachment.name, Attachment.size)
        .join(Attachment, JOIN.LEFT_OUTER, on=(Attachment.event == Event.id), attr="file")
        .where(Event.ticket == ticket).order_by(Event.id, Attachment.id)
    )
    lines: dict[int, Line] = {}
    for row in rows:
        line = lines.setdefault(row.id, Line(row))
        file = getattr(row, "file", None)
        if file and file.public_id:
            line.files.append(File(file.public_id, file.name, file.size))
    return list(lines.values())


def _around(ctx: Ctx, ticket: Ticket) -> list[tuple[str, str, str, str]]:
    """Return what belongs to a ticket, in one statement: kind, key, name, note."""
    arms = iter(_ARMS.values())
    query = next(arms)(ctx, ticket)
    for arm in arms:
        query = query + arm(ctx, ticket)  # UNION ALL
    return list(query.tuples())


def _participants(_ctx: Ctx, ticket: Ticket) -> Any:
    muted = Case(None, [(Participant.muted, "muted")], "")
    return Participant.select(_kind("participants"), Participant.email, Participant.name, muted).where(
        Participant.ticket == ticket)


def _linked(_ctx: Ctx, ticket: Ticket) -> Any:
    mine = Link.select(Link.other).where(Link.one == ticket)
    theirs = Link.select(Link.one).where(Link.other == ticket)
    return Ticket.select(_kind("linked"), Ticket.public_id, Ticket.number, Ticket.subject).where(
        Ticket.id.in_(mine) | Ticket.id.in_(theirs))


def _absorbed(_ctx: Ctx, ticket: Ticket) -> Any:
    return Ticket.select(_kind("absorbed"), Ticket.public_id, Ticket.number, Ticket.subject).where(
        Ticket.merged_into == ticket)


def _staff(ctx: Ctx, _ticket: Ticket) -> Any:
    return staff_rows(ctx).select(_kind("staff"), Account.public_id, Account.name, Account.email).order_by()


def _candidates(_ctx: Ctx, ticket: Ticket) -> Any:
    """Return the customers that a ticket fits, where it fits several (G17)."""
    named = named_by(ticket)
    email, user, number = named.email, named.user, named.organization
    ways = (
        (email, Organization.admin_email == email),
        (email, Organization.id.in_(Domain.select(Domain.organization).where(
            Domain.name == email.rpartition("@")[2], Domain.verified_at.is_null(False)))),
        (user, Organization.id.in_(User.select(User.organization).where(User.public_id == user))),
        (number, Organization.public_id == number),
        (number, Organization.id.in_(Group.select(Group.organization).where(Group.public_id == number))),
    )
    fits: Any = SQL("1 = 0")
    for given, way in ways:
        fits = way | fits if given else fits
    return Organization.select(
        _kind("candidates"), Organization.public_id, Organization.name, Organization.admin_email
    ).where(Organization.partner == ticket.partner_id, ticket.verdict == "ambiguous", fits)


def _kind(name: str) -> Any:
    return Value(name).cast("text").alias("kind")


_ARMS = {"participants": _participants, "linked": _linked, "absorbed": _absorbed, "staff": _staff,
         "candidates": _candidates}
