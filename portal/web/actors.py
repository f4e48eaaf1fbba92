"""Builds the actor of a request from its session, in one statement, so that every change counts at the next click."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from peewee import JOIN

from portal.accounts.models import Account, Session
from portal.accounts.policy import SESSION_TOUCH
from portal.core.context import Actor
from portal.core.ids import digest
from portal.core.permissions import Role
from portal.partners.models import Member, Partner
from portal.storage import transaction

_PARTNER_ROLES = {"super-admin": Role.PARTNER_SUPER_ADMIN, "member": Role.PARTNER_MEMBER}


def actor_of(token: str | None, now: datetime) -> Actor | None:
    """Return who the session token stands for, or None when it was revoked, has expired or never was."""
    if not token:
        return None
    rows = (
        Session.select(
            Session.id, Session.seen_at, Account.id, Account.name, Account.email, Account.language, Account.country,
            Account.time_zone, Account.staff, Partner.id, Partner.name, Partner.country, Partner.console, Member.role,
        )
        .join(Account)
        .join(Member, JOIN.LEFT_OUTER, on=(Member.account == Account.id))
        .join(Partner, JOIN.LEFT_OUTER, on=(Member.partner == Partner.id))
        .where(Session.digest == digest(token), Session.expires_at > now)
        .order_by(Member.id)
        .limit(1)
        .tuples()
    )
    row: tuple[Any, ...] | None = rows.first()
    if row is None:
        return None
    _touch(row[0], row[1], now)
    return _actor(*row[2:])


def _touch(session_id: int, seen_at: datetime, now: datetime) -> None:
    """Note the visit now and then: a write on every click would queue readers behind writers."""
    if now - seen_at > SESSION_TOUCH:
        with transaction():
            Session.update(seen_at=now).where(Session.id == session_id).execute()


def _actor(
    account_id: int, name: str, email: str, language: str, country: str, time_zone: str, staff: bool,
    partner_id: int | None, partner_name: str | None, partner_country: str | None, console: bool | None,
    member_role: str | None,
) -> Actor:
    roles = {Role.ACCOUNT}
    if staff:
        roles.add(Role.STAFF)
    if member_role:
        roles.add(_PARTNER_ROLES[member_role])
    if console:
        roles.add(Role.CONSOLE_PARTNER)
    return Actor(
        frozenset(roles), account_id, name, email, language, country or partner_country or "", time_zone,
        partner_id, partner_name or "",
    )
