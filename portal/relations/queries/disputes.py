"""Disputes at the desk: the list, and one with all dated facts that there are about the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from operator import or_
from typing import Any

from peewee import JOIN, fn

from portal.audit.models import Event
from portal.audit.queries import Act, page_of
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.directory.models import User
from portal.partners.models import Member, Partner
from portal.relations.models import Change, Dispute, Offer
from portal.relations.policy.disputes import mark
from portal.storage.paging import keyset

SIZE = 25
_FACTS = 50  # of each kind, the latest
_BEFORE = timedelta(days=180)  # how long before a change its record is told
VERBS = ("access.", "dispute.", "offer.", "relation.")

From, To = Partner.alias(), Partner.alias()
Other = Dispute.alias()


@dataclass(frozen=True, slots=True)
class Facts:
    """A dispute with what is known of its change; `other` is what the other side has said, if it has.

    `own_side`: the reader belongs to a side and does not decide.
    """

    dispute: Any
    change: Any
    organization: str
    time_zone: str
    from_partner: str
    to_partner: str
    other: Any
    own_side: bool
    offers: Sequence[Any]
    changes: Sequence[Any]
    acts: Sequence[Act]

    @property
    def used(self) -> Any:
        """The offer that led to the change."""
        return next((one for one in self.offers if one.id == self.change.offer_id), None)

    @property
    def seen(self) -> str:
        return marked(self.change, [one for one in (self.dispute, self.other) if one])


def marked(change: Any, disputes: Sequence[Any]) -> str:
    """Return what a form carries of a change and what the sides have said about it."""
    return mark(change.state, [(one.side, one.state, one.text) for one in disputes])


def disputes(ctx: Ctx, after: str | None = None, size: int = SIZE) -> Page[Any]:
    """Return a page of disputes, the open ones first, and of those the oldest."""
    ctx.actor.require(P.RELATION_READ)
    query = (
        Dispute.select(Dispute, Change, Organization, From, To).join(Change).join(Organization).switch(Change)
        .join(From, JOIN.LEFT_OUTER, on=Change.from_partner == From.id, attr="former").switch(Change)
        .join(To, JOIN.LEFT_OUTER, on=Change.to_partner == To.id, attr="next")
    )
    return keyset(query, (Dispute.state, Dispute.id), lambda row: [row.state, row.id], after, size)


def find_dispute(ctx: Ctx, public_id: str) -> Facts:
    """Return a dispute with its dated facts, in four statements, or raise `NotFound`."""
    ctx.actor.require(P.RELATION_READ)
    query: Any = (
        Dispute.select(Dispute, Change, Organization, From, To, Other, belongs(ctx.actor.account_id).alias("own_side"))
        .join(Change).join(Organization).switch(Change)
        .join(From, JOIN.LEFT_OUTER, on=Change.from_partner == From.id, attr="former").switch(Change)
        .join(To, JOIN.LEFT_OUTER, on=Change.to_partner == To.id, attr="next").switch(Dispute)
        .join(Other, JOIN.LEFT_OUTER, on=(Other.change == Dispute.change) & (Other.id != Dispute.id), attr="other")
    )
    row = query.where(Dispute.public_id == public_id).first()
    if row is None:
        raise NotFound(public_id)
    change = row.change
    return Facts(
        row, change, change.organization.name, change.organization.time_zone, _name(change, "former"),
        _name(change, "next"), _joined(row, "other"), bool(row.own_side), list(_offers(change)),
        list(_changes(change)), _acts(change),
    )


def belongs(account_id: int | None) -> Any:
    """Return the condition that somebody works at a partner of the change, or is a user of the customer."""
    works = Member.select().where(
        Member.account == account_id, (Member.partner == Change.from_partner) | (Member.partner == Change.to_partner))
    uses = User.select().where(User.account == account_id, User.organization == Change.organization)
    return fn.EXISTS(works) | fn.EXISTS(uses)


def _name(change: Any, side: str) -> str:
    found = _joined(change, side)
    return str(found.name) if found else ""


def _joined(row: Any, name: str) -> Any:
    """Return a row that was joined where there was one, else None."""
    found = getattr(row, name, None)
    return found if found is not None and found.id else None


def _offers(change: Change) -> Any:
    """Select the codes, tokens and requests by which partners came to this organization until the change."""
    rows = Offer.select(Offer, Partner).join(Partner, JOIN.LEFT_OUTER).where(
        Offer.organization == change.organization_id, Offer.created_at <= change.created_at)
    return rows.order_by(Offer.id.desc()).limit(_FACTS)


def _changes(change: Change) -> Any:
    rows = (
        Change.select(Change, From, To)
        .join(From, JOIN.LEFT_OUTER, on=Change.from_partner == From.id, attr="former").switch(Change)
        .join(To, JOIN.LEFT_OUTER, on=Change.to_partner == To.id, attr="next")
    )
    return rows.where(Change.organization == change.organization_id).order_by(Change.id.desc()).limit(_FACTS)


def _acts(change: Change) -> Sequence[Act]:
    """Return the acts about access, offers and changes, with their places in the organization's chain."""
    about = reduce(or_, (Event.verb.startswith(verb) for verb in VERBS))
    rows = Event.select().where(
        Event.organization_id == change.organization_id, Event.at >= change.created_at - _BEFORE, about)
    return page_of(rows, None, _FACTS).rows
