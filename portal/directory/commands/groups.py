"""An organization's groups: distribution addresses, and the users whom mail to them reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from peewee import IntegrityError

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.policy import sort_key
from portal.directory.commands.addresses import claim, new_address, taken
from portal.directory.commands.forwarding import forwarded_mail_reaches_nobody_more, nobody_more_is_forwarded
from portal.directory.commands.holding import hold
from portal.directory.models import Address, Group, GroupMember, User
from portal.directory.policy.groups import group_description, group_name, named_members
from portal.directory.queries.addresses import owners, reached
from portal.storage import command, transaction


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the addresses that were to be members: how many are now, and which were refused, with why."""

    count: int
    refused: list[tuple[str, DomainError]]


@command(P.GROUP_EDIT)
@forwarded_mail_reaches_nobody_more
def add_group(ctx: Ctx, name: str, local: str, domain: str, description: str = "") -> Group:
    """Add a group without members and return it. Raises a `DomainError` for the field that is wrong."""
    organization_id = hold(ctx)
    named, described = group_name(name), group_description(description)
    text = new_address(organization_id, local, domain)
    group: Group = Group.create(
        organization=organization_id, name=named, name_key=sort_key(named), description=described, created_at=ctx.now
    )
    claim(ctx, organization_id, text, kind="group", group=group)
    _record(ctx, "group.added", group, after={"name": named, "text": text, "description": described})
    return group


@command(P.GROUP_EDIT)
@forwarded_mail_reaches_nobody_more
def edit_group(ctx: Ctx, group: str, seen: int, name: str, local: str, domain: str, description: str) -> None:
    """Change a group's name, description and address, if it is still as it was `seen` (its version).

    Raises `NotFound`, `Stale`, or a `DomainError` for the field that is wrong.
    """
    organization_id = hold(ctx)
    row = _group(organization_id, group)
    address = Address.get(Address.group == row)
    if row.version != seen:
        raise Stale
    new = {"name": group_name(name), "description": group_description(description),
           "text": new_address(organization_id, local, domain)}
    old = {"name": row.name, "description": row.description, "text": address.text}
    changed = [field for field in new if new[field] != old[field]]
    if not changed:
        return
    if "text" in changed:
        _move(organization_id, address, new["text"])
    Group.update(
        name=new["name"], name_key=sort_key(new["name"]), description=new["description"], version=seen + 1
    ).where(Group.id == row.id).execute()
    _record(ctx, "group.edited", row, before={field: old[field] for field in changed},
            after={field: new[field] for field in changed})


def _move(organization_id: int, address: Address, text: str) -> None:
    """Give a group another address; raises `AddressTaken`."""
    try:
        with transaction():
            Address.update(text=text, domain=text.rpartition("@")[2]).where(Address.id == address.id).execute()
    except IntegrityError:
        raise taken(organization_id, text) from None


@command(P.GROUP_EDIT)
@nobody_more_is_forwarded
@forwarded_mail_reaches_nobody_more
def delete_group(ctx: Ctx, group: str) -> Group:
    """Delete a group with its address and memberships and return what it was; its members stay users.

    Raises `NotFound`.
    """
    row = _group(hold(ctx), group)
    address = Address.get(Address.group == row)
    Group.delete().where(Group.id == row.id).execute()
    _record(ctx, "group.deleted", row, before={"name": row.name, "text": address.text, "members": row.size})
    return row


@command(P.GROUP_EDIT)
@nobody_more_is_forwarded
@forwarded_mail_reaches_nobody_more
def add_members(ctx: Ctx, group: str, text: str) -> Added:
    """Add the users whose addresses stand in `text`, one per line, as far as that can be done.

    Raises `NotFound` for the group, and a `DomainError` for the field `members` when `text` names nobody or too many.
    """
    organization_id = hold(ctx)
    row = _group(organization_id, group)
    lines = named_members(text)
    known = owners(organization_id, lines)
    there = _members(row, [address.user for address in known.values() if address.user])
    new, refused = dict[int, User](), list[tuple[str, DomainError]]()
    for line in lines:
        try:
            user = reached(known, line, "members")
            if user.id in there:
                raise _is_member(user)
            new[user.id] = user
        except DomainError as error:
            refused.append((line, error))
    _add(ctx, row, list(new.values()))
    return Added(len(new), refused)


@command(P.GROUP_EDIT)
@nobody_more_is_forwarded
def remove_member(ctx: Ctx, group: str, user: str) -> User:
    """Take a user (by public id) out of a group and return them; where they are not in it, nothing happens.

    Raises `NotFound` for the group or the user.
    """
    organization_id = hold(ctx)
    row = _group(organization_id, group)
    found: User | None = User.get_or_none(User.organization == organization_id, User.public_id == user)
    if found is None:
        raise NotFound(user)
    if GroupMember.delete().where(GroupMember.group == row, GroupMember.user == found).execute():
        _count(row, -1)
        _record(ctx, "group.member-removed", row, before={"members": [found.email]})
    return found


def _group(organization_id: int, public_id: str) -> Group:
    row: Group | None = Group.get_or_none(Group.organization == organization_id, Group.public_id == public_id)
    if row is None:
        raise NotFound(public_id)
    return row


def _members(group: Group, users: list[User]) -> set[int]:
    """Return the row numbers of those who are members already."""
    query = GroupMember.select(GroupMember.user).where(GroupMember.group == group, GroupMember.user.in_(users))
    return {row.user_id for row in query}


def _is_member(user: User) -> DomainError:
    return DomainError(N_("%(name)s is a member of this group already."), "members", name=user.name)


def _add(ctx: Ctx, group: Group, users: list[User]) -> None:
    if not users:
        return
    GroupMember.insert_many(list(_rows(group, users))).execute()
    _count(group, len(users))
    _record(ctx, "group.member-added", group, after={"members": [user.email for user in users]})


def _count(group: Group, more: int) -> None:
    Group.update(size=Group.size + more).where(Group.id == group.id).execute()


def _rows(group: Group, users: list[User]) -> Iterator[dict[str, Any]]:
    for user in users:
        yield {"group": group.id, "user": user.id}


def _record(ctx: Ctx, verb: str, group: Group, **detail: Any) -> None:
    record(ctx, verb, subject=group.public_id, organization_id=group.organization_id, name=group.name, **detail)
