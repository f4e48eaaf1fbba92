"""Reads of the record: for an organization's console, for a partner about its own acts, and for the monthly digest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

from peewee import Expression, ModelSelect, fn

from portal.audit.models import Chain, Event
from portal.audit.policy import span
from portal.audit.words import KINDS
from portal.core.context import Actor
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.storage.paging import keyset

SIZE = 50
SEARCH_MAX = 100
_CHUNK = 500
BETWEEN = ("dispute.", "offer.", "relation.")  # what an organization has with other partners, or against its own
DETAIL_VERBS = ("customer.edited", "settings.edited")  # what changes an organization's details


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader wants to see of the record; days are the organization's. Empty is everything."""

    search: str = ""  # words in who did it and to what
    side: str = ""
    kind: str = ""  # of `words.KINDS`
    since: date | None = None
    until: date | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One act as it was recorded; `number` is its place in the organization's chain."""

    id: int
    number: int
    hash: str
    at: datetime
    verb: str
    side: str
    actor: str  # empty for the portal itself
    partner: str
    subject: str
    name: str
    reason: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Count:
    """How often a person of a partner did something in an organization."""

    organization_id: int
    verb: str
    actor: str
    partner: str
    acts: int


def of_organization(actor: Actor) -> ModelSelect[Event]:
    """Return all acts, whoever did them, in the organization whose console the actor stands in.

    Its partner does not read which others the organization talks to or changes to, nor what it disputes: it may leave
    without asking.
    """
    if actor.organization_id is None:
        raise NotFound
    found = Event.select().where(Event.organization_id == actor.organization_id)
    if actor.side != "partner":
        return found
    return found.where(*(~Event.verb.startswith(kind) for kind in BETWEEN))


def of_partner(actor: Actor, organization_id: int) -> ModelSelect[Event]:
    """Return what the actor's own partner did in an organization, whatever became of its access."""
    if actor.partner_id is None:
        raise NotFound
    return Event.select().where(
        Event.organization_id == organization_id, Event.side == "partner", Event.partner_id == actor.partner_id
    )


def details_by(actor: Actor, organization_id: int, theirs: bool, field: str = "") -> ModelSelect[Event]:
    """Return the acts of the actor's own partner, and with `theirs` of the organization, that changed its details.

    With `field` only those that changed this one.
    """
    ours = (Event.side == "partner") & (Event.partner_id == actor.partner_id)
    found = Event.select().where(
        Event.organization_id == organization_id, Event.verb.in_(DETAIL_VERBS),
        ours | (Event.side == "organization") if theirs else ours,
    )
    return found.where(Event.detail.cast("TEXT").contains(f'"{field}":')) if field else found


def page_of(visible: ModelSelect[Event], after: str | None, size: int = SIZE) -> Page[Act]:
    """Return one page of a visible part of the record, newest first."""
    page = keyset(visible, [Event.id], lambda event: [event.id], after, size, descending=True)
    return Page([_act(event) for event in page.rows], page.previous, page.next)


def about(actor: Actor, organization_id: int, subject: str) -> ModelSelect[Event]:
    """Return what the actor's own partner, the vendor's staff and the portal did with an object of an organization."""
    ours = (Event.side == "partner") & (Event.partner_id == actor.partner_id)
    return Event.select().where(
        Event.organization_id == organization_id, Event.subject == subject,
        ours | Event.side.in_(["staff", "portal"]),
    )


def acts(visible: ModelSelect[Event], asked: Asked, time_zone: str, size: int = SIZE) -> Page[Act]:
    """Return one page of a visible part of the record, newest first; days are those of `time_zone`."""
    return page_of(visible.where(*_conditions(asked, time_zone)), asked.after, size)


def every(visible: ModelSelect[Event], asked: Asked, time_zone: str) -> Iterator[Act]:
    """Yield all acts of that list, read in chunks: a file of any size needs the memory of one chunk."""
    after: str | None = None
    while True:
        page = acts(visible, replace(asked, after=after), time_zone, _CHUNK)
        yield from page.rows
        after = page.next
        if after is None:
            return


def _conditions(asked: Asked, time_zone: str) -> Iterator[Expression]:
    for word in asked.search.split():
        yield Event.actor_name.contains(word) | Event.name.contains(word) | Event.partner_name.contains(word)
    if asked.side:
        yield Event.side == asked.side
    if asked.kind:
        yield reduce(or_, (Event.verb.startswith(f"{prefix}.") for prefix in KINDS[asked.kind].prefixes))
    if asked.since:
        yield Event.at >= span(asked.since, asked.since, time_zone)[0]
    if asked.until:
        yield Event.at < span(asked.until, asked.until, time_zone)[1]


def _act(event: Event) -> Act:
    return Act(
        event.id, event.position, event.hash, event.at, event.verb, event.side, event.actor_name, event.partner_name,
        event.subject, event.name, event.reason, event.detail or {},
    )


def fingerprints(organizations: Iterable[int]) -> dict[int, str]:
    """Return the hash at the end of each organization's chain; who keeps it can tell later that nothing was rewritten.

    An organization without acts is not in the answer.
    """
    query: Any = Chain.select(Chain.chain, Chain.hash).where(Chain.chain.in_(list(organizations)))
    return dict(query.tuples())


def counted(spans: Mapping[int, tuple[datetime, datetime]]) -> list[Count]:
    """Count what partners did in each organization from the first instant to before the second, in one statement."""
    together: dict[tuple[datetime, datetime], list[int]] = {}
    for organization_id, its_span in spans.items():
        together.setdefault(its_span, []).append(organization_id)
    if not together:
        return []
    there = (
        Event.organization_id.in_(ids) & (Event.at >= first) & (Event.at < last)
        for (first, last), ids in together.items()
    )
    by = (Event.organization_id, Event.verb, Event.actor_name, Event.partner_name)
    query: Any = Event.select(*by, fn.COUNT(Event.id)).where(Event.side == "partner", reduce(or_, there)).group_by(*by)
    return [Count(*row) for row in query.tuples()]


def older(before: datetime, after: int, size: int) -> list[int]:
    """Return the next chains beyond `after` that have acts before an instant."""
    query: Any = Event.select(Event.chain).where(Event.at < before, Event.chain > after)
    return [chain for (chain,) in query.distinct().order_by(Event.chain).limit(size).tuples()]
