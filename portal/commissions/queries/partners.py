"""Partners as the vendor's staff looks at their money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from peewee import JOIN

from portal.commissions.models import BankAccount
from portal.commissions.queries.accounts import Account, shown
from portal.commissions.queries.tiers import known_tier, tier_column
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.folding import fold
from portal.core.paging import Page
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.storage.paging import keyset

SIZE = 25
SEARCH_MAX = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A partner in a list, or at the head of its page; `account` is where its commission goes."""

    id: int
    public_id: str
    name: str
    kind: str
    country: str
    language: str
    tier: str
    account: Account | None
    created_at: datetime
    state: str
    ending: bool
    state_since: datetime | None
    state_reason: str


def partners(ctx: Ctx, search: str = "", after: str | None = None, size: int = SIZE) -> Page[Row]:
    """Return a page of partners by name, those whose name holds every word of `search`."""
    ctx.actor.require(P.FINANCE_READ)
    query = _with_standing(ctx.today())
    for word in fold(search).split():
        query = query.where(Partner.name_key.contains(word))
    page = keyset(query, (Partner.name_key, Partner.id), lambda row: [row.name_key, row.id], after, size)
    return Page([_row(ctx, row) for row in page.rows], page.previous, page.next)


def find_partner(ctx: Ctx, public_id: str) -> Row:
    """Return a partner for the vendor's staff, or raise `NotFound`."""
    ctx.actor.require(P.FINANCE_READ)
    row = _with_standing(ctx.today()).where(Partner.public_id == public_id).first()
    if row is None:
        raise NotFound(public_id)
    return _row(ctx, row)


def own_standing(ctx: Ctx) -> Row:
    """Return the actor's own partner with its tier and bank account."""
    row = _with_standing(ctx.today()).where(Partner.id == ctx.actor.partner_id).first()
    if row is None:
        raise NotFound(ctx.actor.partner_id)
    return _row(ctx, row)


def _with_standing(today: date) -> Any:
    """Return partners with their bank account and their tier of today, each in the partner's own row."""
    present = (BankAccount.partner == Partner.id) & BankAccount.replaced_at.is_null()
    return Partner.select(Partner, BankAccount, tier_column(Partner.id, today).alias("tier")).join(
        BankAccount, JOIN.LEFT_OUTER, on=present, attr="account"
    ).where(~Partner.house)


def _row(ctx: Ctx, row: Any) -> Row:
    account = getattr(row, "account", None)
    return Row(
        row.id, row.public_id, row.name, row.kind, row.country, row.language, known_tier(ctx, row.tier),
        shown(account) if account is not None and account.id else None, row.created_at,
        row.state, row.ending, row.state_since, row.state_reason,
    )
