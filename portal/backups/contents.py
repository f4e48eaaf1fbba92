"""What stands in the archive of a user, file by file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from portal.accounts.models import Account
from portal.audit.models import Event
from portal.core.context import WORKER
from portal.directory.models import Address, Group, GroupMember, Picture, User
from portal.mailpolicies.policy import Candidate
from portal.mailpolicies.queries import effective_for, held

ACTS_MOST = 10_000  # the newest ones

Content = bytes | None


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_text).encode()


def _text(value: Any) -> str:
    """Write what JSON has no form for: instants, in UTC."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an archive")


def details(user: User) -> Content:
    """Return how the directory describes the user, and what is known of their sign-in."""
    account: Account | None = user.account
    fields = ("public_id", "name", "email", "role", "state", "title", "phone", "created_at")
    found = {field: getattr(user, field) for field in fields}
    if account:
        found["account"] = {
            field: getattr(account, field) for field in ("language", "time_zone", "signed_in_at", "second_factor_at")
        }
    return _json(found)


def addresses(user: User) -> Content:
    """Return the addresses that reach the user: their own, aliases, and what a catch-all brings."""
    query = Address.select().where(Address.user == user).order_by(Address.id)
    return _json([{"address": row.text, "kind": row.kind, "created_at": row.created_at} for row in query])


def groups(user: User) -> Content:
    """Return the groups that the user is in."""
    query: Any = (
        Group.select(Group.name, Group.description, Address.text).join(GroupMember)
        .switch(Group).join(Address).where(GroupMember.user == user).order_by(Group.name_key, Group.id).dicts()
    )
    return _json([{"name": row["name"], "address": row["text"], "description": row["description"]} for row in query])


def mail_policies(user: User) -> Content:
    """Return the mail policies that could count for the user, and which one does."""
    found = effective_for(user)
    policies = [] if found.winner is None else [_policy(user, found.winner, counts=True)]
    return _json(policies + [_policy(user, candidate, counts=False) for candidate, _why in found.others])


def _policy(user: User, candidate: Candidate, counts: bool) -> dict[str, Any]:
    rules = held(replace(WORKER, organization_id=user.organization_id), candidate.policy).rules
    came_by = {"by": candidate.source.name.lower(), "group": candidate.group}
    return {"counts": counts, "assigned": came_by, "rules": asdict(rules)}


def activity(user: User) -> Content:
    """Return what the user did in the organization and what was done to them, newest first."""
    theirs = Event.subject == user.public_id
    if user.account_id is not None:
        theirs |= Event.actor_id == user.account_id
    query = (
        Event.select().where(Event.organization_id == user.organization_id, theirs)
        .order_by(Event.id.desc()).limit(ACTS_MOST)
    )
    return _json([_act(event) for event in query.iterator()])


def _act(event: Event) -> dict[str, Any]:
    return {
        "at": event.at, "act": event.verb, "by": event.actor_name, "side": event.side, "partner": event.partner_name,
        "object": event.name, "reason": event.reason, "detail": event.detail,
    }


def picture(user: User) -> Content:
    """Return the profile image, if there is one."""
    row: Picture | None = Picture.get_or_none(Picture.user == user)
    return bytes(row.data) if row else None


FILES: dict[str, Callable[[User], Content]] = {
    "user.json": details,
    "addresses.json": addresses,
    "groups.json": groups,
    "mail-policies.json": mail_policies,
    "activity.json": activity,
    "picture.webp": picture,
}
