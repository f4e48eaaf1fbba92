"""Reads of an organization's mail policies: the list, one with those it is for, and the one that counts for a user."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from peewee import JOIN, Field, ModelSelect, Value, fn

from portal.core.context import Actor
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.directory.models import Address, Group, GroupMember, User
from portal.mailpolicies.models import Assignment, Forward, MailPolicy, SenderRule
from portal.mailpolicies.policy import Candidate, Effective, Rules, Source, effective
from portal.storage import is_postgresql
from portal.storage.paging import keyset

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Held:
    """A policy as it stands, with its rules."""

    id: int
    public_id: str
    position: int
    is_default: bool
    version: int
    rules: Rules


@dataclass(frozen=True, slots=True)
class Assigned:
    """A user or a group that a policy is assigned to."""

    id: int
    kind: str  # user or group
    public_id: str
    name: str
    address: str


def visible_to(actor: Actor) -> ModelSelect[MailPolicy]:
    """Return the policies of the organization in whose console the actor stands."""
    return MailPolicy.select().where(MailPolicy.organization == actor.organization_id)


def listed(actor: Actor) -> list[Any]:
    """Return all policies in their order, each with `users` and `groups`, the numbers of those it is assigned to."""
    count = Assignment.select(fn.COUNT(Assignment.id)).where(Assignment.policy == MailPolicy.id)
    numbers = (count.where(Assignment.user.is_null(False)).alias("users"),
               count.where(Assignment.group.is_null(False)).alias("groups"))
    query = visible_to(actor).select(MailPolicy, *numbers).order_by(MailPolicy.position, MailPolicy.id)
    return list(query.objects())


def held(actor: Actor, public_id: str) -> Held:
    """Return one policy with all that stands in it, in one statement, or raise `NotFound`."""
    lists = (_senders("allow").alias("allowed"), _senders("block").alias("blocked"),
             _joined(Forward, Forward.address).alias("forwards"))
    query: Any = visible_to(actor).select(MailPolicy, *lists).where(MailPolicy.public_id == public_id)
    row = query.objects().first()
    if row is None:
        raise NotFound(public_id)
    lines = (sorted((text or "").split()) for text in (row.allowed, row.blocked, row.forwards))
    rules = Rules(row.name, row.attachment_mb, row.forwarding, row.keep_copy, row.retention_days, *lines)
    return Held(row.id, row.public_id, row.position, row.is_default, row.version, rules)


def _senders(verdict: str) -> ModelSelect[Any]:
    return _joined(SenderRule, SenderRule.pattern).where(SenderRule.verdict == verdict)


def _joined(table: Any, column: Field) -> ModelSelect[Any]:
    """Select the lines of a policy as one text. No address holds a line's end."""
    together = fn.STRING_AGG if is_postgresql() else fn.GROUP_CONCAT
    query: ModelSelect[Any] = table.select(together(column, Value("\n"))).where(table.policy == MailPolicy.id)
    return query


def assigned(policy: Held, after: str | None) -> Page[Assigned]:
    """Return one page of those a policy is assigned to, first assigned first."""
    group_address = (Address.group == Group.id) & (Address.kind == "group")
    query: Any = (
        Assignment.select(Assignment.id, User.public_id.alias("user_public_id"), User.name.alias("user_name"),
                          User.email, Group.public_id.alias("group_public_id"), Group.name.alias("group_name"),
                          Address.text)
        .join(User, JOIN.LEFT_OUTER).switch(Assignment).join(Group, JOIN.LEFT_OUTER)
        .join(Address, JOIN.LEFT_OUTER, on=group_address).where(Assignment.policy == policy.id)
    )
    found = keyset(query.objects(), [Assignment.id], lambda row: [row.id], after, PAGE_SIZE)
    return Page([_assigned(row) for row in found.rows], found.previous, found.next)


def _assigned(row: Any) -> Assigned:
    if row.user_public_id:
        return Assigned(row.id, "user", row.user_public_id, row.user_name, row.email)
    return Assigned(row.id, "group", row.group_public_id, row.group_name, row.text or "")


def user(actor: Actor, public_id: str) -> User:
    """Return a user of the organization in whose console the actor stands, or raise `NotFound`."""
    found: User | None = User.get_or_none(
        User.public_id == public_id, User.organization == actor.organization_id
    )
    if found is None:
        raise NotFound(public_id)
    return found


def effective_for(user: User) -> Effective:
    """Return which policy counts for a user, and why the others do not; one statement."""
    groups = GroupMember.select(GroupMember.group).where(GroupMember.user == user.id)
    theirs = (Assignment.user == user.id) | Assignment.group.in_(groups)
    query: Any = (
        MailPolicy.select(MailPolicy, Assignment.user.alias("user_id"), Assignment.group.alias("group_id"),
                          Group.name.alias("group_name"))
        .join(Assignment, JOIN.LEFT_OUTER, on=(Assignment.policy == MailPolicy.id) & theirs)
        .join(Group, JOIN.LEFT_OUTER)
        .where(MailPolicy.organization == user.organization_id)  # type: ignore[attr-defined]
        .where(Assignment.id.is_null(False) | MailPolicy.is_default)
    )
    return effective({one for row in query.objects() for one in _candidates(row)})


def _candidates(row: Any) -> list[Candidate]:
    found = []
    if row.user_id:
        found.append(Candidate(row.public_id, row.name, row.position, Source.USER))
    if row.group_id:
        found.append(Candidate(row.public_id, row.name, row.position, Source.GROUP, row.group_name))
    if row.is_default:
        found.append(Candidate(row.public_id, row.name, row.position, Source.DEFAULT))
    return found
