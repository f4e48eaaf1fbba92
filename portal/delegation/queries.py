"""Reads of access: which organizations a partner may administer, and how one of them stands with its partner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from peewee import JOIN, ModelSelect, fn

from portal.accounts.models import Account
from portal.core.context import Actor, Ctx
from portal.core.paging import Page
from portal.customers.models import Assignment, Organization
from portal.customers.queries import one, open_to
from portal.delegation.models import Access, Invitation
from portal.delegation.policy import is_open
from portal.partners.models import Member, Partner
from portal.partners.policy import entering
from portal.subscriptions.queries import SIZE, Asked, Customer, listed

_CHUNK = 500


def visible_to(actor: Actor) -> ModelSelect[Organization]:
    """Return the organizations whose access is active for the actor's partner; a revoked one is not there (S3.7)."""
    return (
        open_to(actor)
        .join(Access, on=(Access.organization == Organization.id))
        .where(Access.partner == actor.partner_id, Access.state == "active")
    )


def find(ctx: Ctx, public_id: str) -> Organization:
    """Return an organization that the actor's partner may administer, or raise `NotFound`."""
    return one(visible_to(ctx.actor), public_id)


def managed(ctx: Ctx, asked: Asked, size: int = SIZE) -> Page[Customer]:
    """Return one page of the list *Manage customers* (S0.23-24, S2.24), in one statement."""
    return listed(ctx, asked, administered=True, size=size)


def every(ctx: Ctx, asked: Asked) -> Iterator[Customer]:
    """Yield all customers of that list, read in chunks: a file of any size needs the memory of one chunk."""
    after: str | None = None
    while True:
        page = managed(ctx, replace(asked, after=after), _CHUNK)
        yield from page.rows
        after = page.next
        if after is None:
            return


@dataclass(frozen=True, slots=True)
class Question:
    """What a partner has asked of an organization: its access back. `state` is `expired` when nobody answered."""

    public_id: str
    message: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    state: str
    decided_by: str
    decided_at: datetime | None

    @property
    def is_open(self) -> bool:
        return self.state == "open"


@dataclass(frozen=True, slots=True)
class Colleague:
    """One of a partner's people, with their role there."""

    name: str
    email: str
    role: str


@dataclass(frozen=True, slots=True)
class Relation:
    """How an organization stands with its partner: `people` may enter while `state` is active.

    `state` is `none` where this partner has never had access; it may ask. `question` is the last one that was asked
    since then.
    """

    partner: str
    state: str
    since: datetime
    question: Question | None
    people: tuple[Colleague, ...]

    @property
    def is_active(self) -> bool:
        return self.state == "active"


_COLUMNS = (
    Partner.name, Access.state, Access.since, Invitation.public_id, Invitation.message, Invitation.asked_by_name,
    Invitation.created_at, Invitation.expires_at, Invitation.state, Invitation.decided_by_name, Invitation.decided_at,
    Organization.access,
)


def relation(ctx: Ctx, organization_id: int) -> Relation | None:
    """Return how an organization stands with its partner, None if no partner ever had access; one statement."""
    columns = (*_COLUMNS, Account.name, Account.email, Member.role)
    query: Any = _accesses(columns, organization_id).join(
        Member, JOIN.LEFT_OUTER, on=(Member.partner == Partner.id) & _may_enter(ctx, organization_id)
    ).join(Account, JOIN.LEFT_OUTER)
    rows = list(query.order_by(Member.role.desc(), Account.name, Account.id).tuples())
    people = tuple(Colleague(*row[-3:]) for row in rows if row[-2])
    return _relation(ctx, rows[0], people) if rows else None


def _may_enter(ctx: Ctx, organization_id: int) -> Any:
    """Return the condition that a member may enter an organization's console while their partner's access is active."""
    theirs = Assignment.select().where(Assignment.member == Member.id, Assignment.organization == organization_id)
    sees = (Member.sees == "all") | fn.EXISTS(theirs)
    lasts = Member.expires_at.is_null() | (Member.expires_at > ctx.now)
    return Partner.console & (Partner.state != "terminated") & Member.role.in_(entering()) & lasts & sees


def standing(ctx: Ctx, organization_id: int) -> Relation | None:
    """Return the same without the people: what the partner itself sees in the Store; one statement."""
    row: Any = _accesses(_COLUMNS, organization_id).tuples().first()
    return _relation(ctx, row, ()) if row else None


def _accesses(columns: tuple[Any, ...], organization_id: int) -> Any:
    """Select an organization's access with its partner and what was asked last since it was revoked."""
    later = Invitation.alias()
    last = (
        later.select(fn.MAX(later.id))
        .where(later.organization == Access.organization, later.partner == Access.partner,
               later.created_at >= Access.since)
    )
    return (
        Access.select(*columns).join(Partner)
        .join(Invitation, JOIN.LEFT_OUTER, on=(Invitation.id == last))
        .switch(Access).join(Organization).switch(Partner).where(Access.organization == organization_id)
    )


def _relation(ctx: Ctx, row: tuple[Any, ...], people: tuple[Colleague, ...]) -> Relation:
    partner, state, since, public_id, *asked, kept = row[: len(_COLUMNS)]
    question = _question(ctx, public_id, *asked) if public_id else None
    return Relation(partner, "none" if kept == "none" else state, since, question, people)


def _question(
    ctx: Ctx, public_id: str, message: str, asked_by: str, asked_at: datetime, expires_at: datetime, state: str,
    decided_by: str, decided_at: datetime | None,
) -> Question:
    if state == "open" and not is_open(state, expires_at, ctx.now):
        state = "expired"
    return Question(public_id, message, asked_by, asked_at, expires_at, state, decided_by, decided_at)
