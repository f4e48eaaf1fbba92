"""Builds the actor of a request from its session, in one statement, so that every change counts at the next click."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from peewee import JOIN, fn

from portal.accounts.models import Account, Session, Staff
from portal.accounts.policy import SESSION_IDLE, SESSION_TOUCH
from portal.core.context import Actor, Place
from portal.core.ids import digest
from portal.core.permissions import Role
from portal.customers.models import Organization
from portal.directory.models import User
from portal.partners.models import Member, Partner
from portal.partners.policy import roles_of
from portal.programme.schema import Security
from portal.storage import transaction

_MEMBER = ("role", "console", "sees", "help_center", "state")


def actor_of(token: str | None, now: datetime, security: Security) -> Actor | None:
    """Return who the session token stands for, or None when it was revoked, has expired or never was.

    Somebody whose second factor is still to come is nobody yet.
    """
    if not token:
        return None
    rows = list(_rows(digest(token), now))
    if not rows:
        return None
    first = rows[0]
    _touch(first["session"], first["seen_at"], now)
    found = list(_places(rows))
    chosen = next((one for one in found if one[0].key == first["place"]), found[0] if found else None)
    return _actor(first, tuple(place for place, _row in found), chosen, now, security)


def _rows(session_digest: str, now: datetime) -> Any:
    """Select the session with its account, once for each place where the person works."""
    staff = (Staff.account == Account.id) & (Staff.expires_at.is_null() | (Staff.expires_at > now))
    member = (Member.account == Account.id) & (Member.expires_at.is_null() | (Member.expires_at > now))
    return (
        Session.select(
            Session.id.alias("session"), Session.seen_at, Session.proved_at, Session.place, Account.id, Account.name,
            Account.email, Account.language, Account.country, Account.time_zone, Account.calendar,
            Account.second_factor_at, Staff.role.alias("staff_role"), Member.id.alias("member"), Member.role,
            Member.sees, Member.help_center, Partner.id.alias("partner"), Partner.public_id.alias("partner_key"),
            Partner.name.alias("partner_name"), Partner.country.alias("partner_country"), Partner.console,
            Partner.state, Partner.state_since, Partner.state_reason, _own("admin", "super-admin").alias("administers"),
            _own().where(Organization.tfa_required).alias("tfa_required"),
        )
        .join(Account)
        .join(Staff, JOIN.LEFT_OUTER, on=staff)
        .switch(Account).join(Member, JOIN.LEFT_OUTER, on=member)
        .join(Partner, JOIN.LEFT_OUTER)
        .where(Session.digest == session_digest, Session.expires_at > now, Session.seen_at > now - SESSION_IDLE,
               Session.stage == "full")
        .order_by(Member.id)
        .dicts()
    )


def _own(*roles: str) -> Any:
    """Select how many organizations the person is an active user of, in one of these roles where some are given."""
    me = User.alias()
    query = me.select(fn.COUNT(me.id)).join(Organization).where(me.account == Account.id, me.state == "active")
    return query.where(me.role.in_(roles)) if roles else query


def _places(rows: list[dict[str, Any]]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield where the person works, the vendor's staff first."""
    if rows[0]["staff_role"]:
        yield Place("staff", ""), rows[0]
    for row in rows:
        if row["member"]:
            yield Place(f"partner:{row['partner_key']}", row["partner_name"]), row


def _touch(session_id: int, seen_at: datetime, now: datetime) -> None:
    """Note the visit now and then: a write on every click would queue readers behind writers."""
    if now - seen_at > SESSION_TOUCH:
        with transaction():
            Session.update(seen_at=now).where(Session.id == session_id).execute()


def _actor(
    row: dict[str, Any], places: tuple[Place, ...], chosen: tuple[Place, dict[str, Any]] | None, now: datetime,
    security: Security,
) -> Actor:
    place, work = chosen or (Place("", ""), {})
    partner = work if place.key.startswith("partner:") else {}
    roles = roles_of(*(partner[name] for name in _MEMBER)) if partner else _staff_roles(work)
    unsecured = row["second_factor_at"] is None and bool(row["tfa_required"] or roles & set(security.second_factor_for))
    proved = row["proved_at"]
    return Actor(
        frozenset({Role.ACCOUNT} if unsecured else {Role.ACCOUNT, *roles}), row["id"], row["name"], row["email"],
        row["language"], row["country"] or partner.get("partner_country") or "", row["time_zone"],
        partner.get("partner"), partner.get("partner_name") or "", member_id=partner.get("member"),
        partner_since=partner.get("state_since"), partner_reason=partner.get("state_reason") or "",
        calendar=row["calendar"], place=place.key, places=places, administers=bool(row["administers"]),
        fresh=proved is not None and now - proved < timedelta(minutes=security.step_up_minutes), unsecured=unsecured,
    )


def _staff_roles(work: dict[str, Any]) -> frozenset[Role]:
    return frozenset({Role.STAFF, Role(f"staff-{work['staff_role']}")} if work else ())
