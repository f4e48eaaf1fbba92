"""How well the clocks of tickets were kept, by month, and the runs that each figure is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from peewee import Case, Value, fn

from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.storage.paging import keyset
from portal.support.models import Clock, Ticket
from portal.support.policy.attainment import MEDIAN, P90, RESULTS, Figures, months_until
from portal.support.policy.clocks import CLOCKS
from portal.support.queries.scope import visible_to

MONTHS = 12  # of the trend, and of a file
SIZE = 25
PARTNERS = 50  # lines of a page, at most
_KEYS = {"severity": Clock.severity, "region": Clock.region, "partner": Partner.public_id}
BY = tuple(_KEYS)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is of: a month, as 2026-11; empty parts are all. `partner` is a public id.

    `by`: what the lines of each clock are, besides it; `result`: of a list, only these runs.
    """

    month: str
    by: str = ""
    clock: str = ""
    severity: str = ""
    region: str = ""
    partner: str = ""
    result: str = ""
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report: a clock, a code of what it is told by (a partner's public id), and the figures.

    Times of different clocks say nothing together: no line is of several.
    """

    clock: str
    code: str
    name: str  # of a partner; else the code
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """The trend of twelve months, the lines of the last one, and what they come to together."""

    trend: Sequence[tuple[str, Figures]]
    lines: Sequence[Line]
    partner: str = ""  # the name of the one that was asked for

    @property
    def total(self) -> Figures:
        return self.trend[-1][1]


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock behind a figure; `running`: it is late, and not met yet."""

    ticket: str  # public id
    number: str
    subject: str
    partner: str
    clock: str
    severity: str
    region: str
    result: str
    decided_at: datetime
    minutes: int | None
    cause: str
    running: bool


def report(ctx: Ctx, asked: Asked) -> Report:
    """Return the report of the tickets that the actor may see, in at most four statements.

    Raises `NotFound` for a partner that is not there.
    """
    partner = partner_name(ctx, asked)
    keys = [_KEYS[asked.by]] if asked.by else []
    found = _figures(ctx, asked, [asked.month], Clock.kind, *keys)
    lines = [Line(clock, "".join(code), "".join(code), figures) for (clock, *code), figures in found.items()]
    if asked.by == "partner":
        lines = _named(lines)
    lines.sort(key=lambda line: (CLOCKS.index(line.clock), line.name.casefold()))
    return Report(_trend(ctx, asked), lines, partner)


def table(ctx: Ctx, asked: Asked, with_region: bool) -> Iterator[tuple[tuple[str, ...], Figures]]:
    """Yield the figures of twelve months by month, clock and severity, and by region if it is wanted: the file.

    By partner (name, and public id last) it is of one month: a year of all partners would be longer than anybody reads.
    """
    keys = [Clock.month, Clock.kind, Clock.severity, *([Clock.region] if with_region else [])]
    months = months_until(asked.month, MONTHS)
    if asked.by == "partner":
        keys, months = [*keys, Partner.name, Partner.public_id], months[-1:]
    yield from sorted(_figures(ctx, asked, months, *keys).items(), key=lambda line: line[0])


def runs(ctx: Ctx, asked: Asked, size: int = SIZE) -> Page[Run]:
    """Return a page of the runs of a month, those that began last first."""
    query = _runs(ctx, asked, [asked.month], with_partner=True).select(
        Clock, Ticket.public_id, Ticket.number, Ticket.subject, Partner.name)
    if asked.result:
        query = query.where(Clock.result == asked.result)
    found = keyset(query, [Clock.id], lambda row: [row.id], asked.after, size, descending=True)
    return Page([_run(row) for row in found.rows], found.previous, found.next)


def partner_name(ctx: Ctx, asked: Asked) -> str:
    """Return the name of the partner that is asked for, or raise `NotFound`: whoever may not ask finds none."""
    if not asked.partner:
        return ""
    row = Partner.get_or_none(Partner.public_id == asked.partner) if ctx.actor.can(P.SUPPORT_REPORT) else None
    if row is None:
        raise NotFound(asked.partner)
    return str(row.name)


def _run(row: Clock) -> Run:
    ticket = row.ticket
    return Run(
        ticket.public_id, ticket.number, ticket.subject, ticket.partner.name, row.kind, row.severity, row.region,
        row.result, row.breached_at or row.met_at, row.minutes, row.breach_cause, row.ended_at is None,
    )


def _named(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of the partners with the most runs, with their names."""
    counts = Counter[str]()
    for line in lines:
        counts[line.code] += line.figures.counted
    most = [code for code, _count in counts.most_common(PARTNERS)]
    rows: Any = Partner.select(Partner.public_id, Partner.name).where(Partner.public_id.in_(most))
    names = dict(rows.tuples())
    return [replace(line, name=names[line.code]) for line in lines if line.code in names]


# ---- Rows ----

def _runs(ctx: Ctx, asked: Asked, months: Sequence[str], with_partner: bool) -> Any:
    """Select the runs that count in these months; tickets and partners are joined where they are needed."""
    joined = with_partner or asked.partner or not _sees_all(ctx.actor)
    query: Any = Clock.select()
    if joined:
        query = query.join(Ticket).where(_visible(ctx.actor))
    if with_partner or asked.partner:
        query = query.join(Partner)
    query = query.where(Clock.month.between(months[0], months[-1]))
    wanted = {Clock.kind: asked.clock, Clock.severity: asked.severity, Clock.region: asked.region,
              Partner.public_id: asked.partner}
    for column, value in wanted.items():
        query = query.where(column == value) if value else query
    return query


def _sees_all(actor: Actor) -> bool:
    return actor.can(P.TICKET_WORK)


def _visible(actor: Actor) -> Any:
    """Return the condition of a ticket that the actor may see it."""
    if _sees_all(actor):
        return Value(1) == 1
    return Ticket.id.in_(visible_to(actor).select(Ticket.id))


def _trend(ctx: Ctx, asked: Asked) -> list[tuple[str, Figures]]:
    months = months_until(asked.month, MONTHS)
    counts = _counts(Clock.result)
    query = _runs(ctx, asked, months, with_partner=False).select(Clock.month, *counts).group_by(Clock.month)
    found = {month: Figures(*counts) for month, *counts in query.tuples()}
    return [(month, found.get(month, Figures())) for month in months]


def _counts(result: Any) -> list[Any]:
    return [fn.COUNT(Case(None, [(result == code, 1)])) for code in RESULTS]


# ---- Figures with times ----

def _figures(ctx: Ctx, asked: Asked, months: Sequence[str], *keys: Any) -> dict[tuple[str, ...], Figures]:
    """Return the figures by these columns, in one statement: the database sorts the minutes and picks the ranks."""
    named = [key.alias(f"key{number}") for number, key in enumerate(keys)]
    # In the order of the index: what has no time yet comes first, and its places are taken off.
    place = fn.ROW_NUMBER().over(partition_by=list(keys), order_by=[Clock.minutes.asc(nulls="first")])
    every, many = (fn.COUNT(what).over(partition_by=list(keys)) for what in (Clock.id, Clock.minutes))
    ranked = _runs(ctx, asked, months, with_partner=any(key.model is Partner for key in keys)).select(
        *named, Clock.result, Clock.minutes, place.alias("place"), every.alias("every"), many.alias("many"))
    columns = ranked.c
    groups = [getattr(columns, f"key{number}") for number in range(len(keys))]
    places = [columns.every - columns.many + _rank(columns.many, percent) for percent in (MEDIAN, P90)]
    times = [fn.MIN(Case(None, [(columns.place == place, columns.minutes)])) for place in places]
    query: Any = Clock.select(*groups, *_counts(columns.result), *times).from_(ranked).group_by(*groups)
    return {row[: len(keys)]: Figures(*row[len(keys) :]) for row in query.tuples()}


def _rank(many: Any, percent: int) -> Any:
    """Return the nearest rank, as `policy.attainment.rank` has it, of a count that is not 0."""
    return (many * percent + 99) / 100
