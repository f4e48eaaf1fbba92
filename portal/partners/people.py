"""A partner's people as they are now: for what the worker does in somebody's name."""

from __future__ import annotations

from typing import Any

from peewee import JOIN

from portal.accounts.models import Account
from portal.core.context import Actor, Ctx
from portal.core.permissions import Role
from portal.partners.models import Member, Partner
from portal.partners.policy import roles_of


def member_now(ctx: Ctx, account_id: int | None, partner_id: int | None) -> Actor:
    """Return a person of a partner as they are now, in one statement: without rights if they have left it."""
    row: Any = _with_place(ctx, partner_id).where(Account.id == account_id).objects().first()
    if row is None:
        return Actor(account_id=account_id)
    roles = roles_of(row.role, row.console, row.sees, row.help_center, row.state) if row.member else frozenset[Role]()
    return Actor(roles, row.id, row.name, row.email, row.language, row.country, row.time_zone, row.partner,
                 row.partner_name or "", member_id=row.member)


def _with_place(ctx: Ctx, partner_id: int | None) -> Any:
    member = (
        (Member.account == Account.id) & (Member.partner == partner_id)
        & (Member.expires_at.is_null() | (Member.expires_at > ctx.now))
    )
    return (
        Account.select(
            Account, Member.id.alias("member"), Member.role, Member.sees, Member.help_center,
            Partner.id.alias("partner"), Partner.name.alias("partner_name"), Partner.console, Partner.state,
        )
        .join(Member, JOIN.LEFT_OUTER, on=member)
        .join(Partner, JOIN.LEFT_OUTER)
    )
