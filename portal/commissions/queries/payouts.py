"""Payouts: a partner's own, and the queue of the vendor's staff."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import ModelSelect

from portal.commissions.models import BankAccount, Payout
from portal.commissions.policy.payouts import code
from portal.commissions.queries.accounts import Account, shown
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.partners.queries import works_at
from portal.storage.paging import keyset

SIZE = 20


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to a payout: `requested`, `approved`, `paid` or `rejected`, when and by whom."""

    state: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Request:
    """A payout with its invoice (`document`: both parties and lines as they were) and what became of it."""

    public_id: str
    code: str
    partner: str  # public id
    partner_name: str
    amount: int
    currency: str
    state: str
    document: Mapping[str, Any]
    account: Account
    asked_at: datetime
    steps: tuple[Step, ...]
    reference: str
    reason: str
    version: int


@dataclass(frozen=True, slots=True)
class Hands:
    """What a member of staff may do with a payout: `own_partner` and `approved_it` are why they may not."""

    approve: bool
    pay: bool
    reject: bool
    own_partner: bool
    approved_it: bool


def visible_to(actor: Actor) -> ModelSelect[Payout]:
    """Return the payouts of the actor's partner; nothing for who has no partner."""
    if actor.partner_id is None:
        return _all().where(Payout.id.in_([]))
    return _all().where(Payout.partner == actor.partner_id)


def payouts_of(actor: Actor, after: str | None = None, size: int = SIZE) -> Page[Request]:
    """Return a page of the actor's partner's payouts, the latest first."""
    return _page(visible_to(actor), after, size)


def find_payout(actor: Actor, public_id: str) -> Request:
    """Return a payout of the actor's partner, or raise `NotFound`."""
    return _one(visible_to(actor), public_id)


def queue(ctx: Ctx, state: str, after: str | None = None, size: int = SIZE) -> Page[Request]:
    """Return a page of all partners' payouts in a state: what waits longest comes first, what is over last."""
    ctx.actor.require(P.FINANCE_READ)
    waiting = state in {"requested", "approved"}
    return _page(_all().where(Payout.state == state), after, size, descending=not waiting)


def payouts_of_partner(ctx: Ctx, partner_id: int, after: str | None = None, size: int = SIZE) -> Page[Request]:
    """Return a page of one partner's payouts for the vendor's staff."""
    ctx.actor.require(P.FINANCE_READ)
    return _page(_all().where(Payout.partner == partner_id), after, size)


def any_payout(ctx: Ctx, public_id: str) -> tuple[Request, Hands, str]:
    """Return a payout for the vendor's staff, what they may do, and the whole account number if they may pay it now.

    Raises `NotFound`.
    """
    ctx.actor.require(P.FINANCE_READ)
    row = _row(_all(), public_id)
    own = works_at(ctx.actor.account_id or 0, row.partner_id)
    approved_it = row.approved_by is not None and row.approved_by == ctx.actor.account_id
    free = not own and ctx.actor.can(P.PAYOUT_APPROVE)
    hands = Hands(
        free and row.state == "requested", free and row.state == "approved" and not approved_it,
        free and row.state in {"requested", "approved"}, own, approved_it,
    )
    return _request(row), hands, row.bank_account.number if hands.pay else ""


def _all() -> ModelSelect[Payout]:
    return Payout.select(Payout, Partner, BankAccount).join(Partner).switch(Payout).join(BankAccount)


def _page(query: ModelSelect[Payout], after: str | None, size: int, descending: bool = True) -> Page[Request]:
    page = keyset(query, (Payout.id,), lambda row: [row.id], after, size, descending)
    return Page([_request(row) for row in page.rows], page.previous, page.next)


def _row(query: ModelSelect[Payout], public_id: str) -> Payout:
    row: Payout | None = query.where(Payout.public_id == public_id).first()
    if row is None:
        raise NotFound(public_id)
    return row


def _one(query: ModelSelect[Payout], public_id: str) -> Request:
    return _request(_row(query, public_id))


def _request(row: Payout) -> Request:
    return Request(
        row.public_id, code(row.number), row.partner.public_id, row.partner.name, row.amount, row.currency, row.state,
        row.document, shown(row.bank_account), row.asked_at, tuple(_steps(row)), row.reference, row.reason, row.version,
    )


def _steps(row: Payout) -> list[Step]:
    happened = (
        ("requested", row.asked_at, row.asked_by_name), ("approved", row.approved_at, row.approved_by_name),
        ("paid", row.paid_at, row.paid_by_name), ("rejected", row.rejected_at, row.rejected_by_name),
    )
    return [Step(state, at, by) for state, at, by in happened if at is not None]
