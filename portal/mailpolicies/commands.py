"""What changes an organization's mail policies, and whom they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from peewee import fn

from portal.accounts.policy import normalize_email
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P, Role
from portal.core.words import N_
from portal.directory.commands.forwarding import nobody_more_is_forwarded
from portal.directory.commands.holding import hold
from portal.directory.models import Address, Group, User
from portal.mailpolicies.models import Assignment, Forward, MailPolicy, SenderRule
from portal.mailpolicies.policy import POLICIES_MAX, Rules, checked, new_forwards
from portal.mailpolicies.queries import Held, held, visible_to
from portal.storage import command


class NotAssignable(DomainError):
    """Nobody in the organization has this address."""

    def __init__(self, address: str) -> None:
        super().__init__(N_("No user and no group of the organization has the address %(address)s."), "address",
                         address=address)


@command(P.MAIL_POLICY_EDIT)
def add_policy(ctx: Ctx, rules: Rules) -> str:
    """Add a policy at the end of the list and return its public id; it counts for nobody yet (S3.5).

    Raises `DomainError` for the first rule that is wrong, a name that is taken, and more than `POLICIES_MAX`.
    """
    rules = _accepted(ctx, rules)
    count, last = visible_to(ctx.actor).select(fn.COUNT(MailPolicy.id), fn.MAX(MailPolicy.position)).scalar(
        as_tuple=True)
    if count >= POLICIES_MAX:
        raise DomainError(N_("There are %(most)s policies already. Delete one first."), most=POLICIES_MAX)
    _refuse_taken_name(ctx, rules.name)
    policy = MailPolicy.create(organization=ctx.actor.organization_id, position=(last or 0) + 1, created_at=ctx.now,
                               **_columns(rules))
    _write_lists(policy.id, rules)
    _record(ctx, "added", policy.public_id, rules.name, after=asdict(rules))
    return str(policy.public_id)


@command(P.MAIL_POLICY_EDIT)
@nobody_more_is_forwarded
def edit_policy(ctx: Ctx, public_id: str, rules: Rules, seen: int) -> None:
    """Let a policy say something else; raises like `add_policy`, and `Stale` unless its version is still `seen`."""
    before = _as_seen(ctx, public_id, seen)
    rules = _accepted(ctx, rules, before.rules.forwards)
    _refuse_taken_name(ctx, rules.name, before.id)
    old, new = asdict(before.rules), asdict(rules)
    changed = [field for field in new if new[field] != old[field]]
    if not changed:
        return
    MailPolicy.update(version=seen + 1, **_columns(rules)).where(MailPolicy.id == before.id).execute()
    _write_lists(before.id, rules)
    _record(ctx, "edited", public_id, rules.name, before={field: old[field] for field in changed},
            after={field: new[field] for field in changed})


@command(P.MAIL_POLICY_EDIT)
@nobody_more_is_forwarded
def delete_policy(ctx: Ctx, public_id: str, seen: int) -> None:
    """Delete a policy with its assignments. The default one goes last; raises `DomainError` and `Stale`."""
    policy = _as_seen(ctx, public_id, seen)
    if policy.is_default and visible_to(ctx.actor).where(MailPolicy.id != policy.id).exists():
        raise DomainError(N_("This is the default policy. Make another one the default first."))
    MailPolicy.delete().where(MailPolicy.id == policy.id).execute()
    _record(ctx, "deleted", public_id, policy.rules.name, before=asdict(policy.rules))


@command(P.MAIL_POLICY_EDIT)
@nobody_more_is_forwarded
def make_default(ctx: Ctx, public_id: str, seen: int) -> None:
    """Let a policy count for everybody who has no other one. Doing it twice is the same as once; raises `Stale`."""
    policy = _as_seen(ctx, public_id, seen)
    if policy.is_default:
        return
    former = visible_to(ctx.actor).where(MailPolicy.is_default).first()
    if former:
        MailPolicy.update(is_default=False).where(MailPolicy.id == former.id).execute()
    MailPolicy.update(is_default=True).where(MailPolicy.id == policy.id).execute()
    _record(ctx, "made-default", public_id, policy.rules.name, before={"default": former.name if former else None},
            after={"default": policy.rules.name})


@command(P.MAIL_POLICY_EDIT)
@nobody_more_is_forwarded
def move_policy(ctx: Ctx, public_id: str, up: bool, seen: int) -> None:
    """Exchange a policy with its neighbor in the list: where groups bring several, the higher counts.

    `seen` is the position that the page showed; raises `Stale` when it has another. At the end of the list nothing
    happens.
    """
    hold(ctx)
    policy = held(ctx.actor, public_id)
    if policy.position != seen:
        raise Stale
    beyond = MailPolicy.position < seen if up else MailPolicy.position > seen
    order = MailPolicy.position.desc() if up else MailPolicy.position.asc()
    neighbor = visible_to(ctx.actor).where(beyond).order_by(order).first()
    if neighbor is None:
        return
    for row, position in ((policy.id, neighbor.position), (neighbor.id, seen)):
        MailPolicy.update(position=position).where(MailPolicy.id == row).execute()
    _record(ctx, "moved", public_id, policy.rules.name, before={"position": seen},
            after={"position": neighbor.position})


@command(P.MAIL_POLICY_EDIT)
@nobody_more_is_forwarded
def assign_policy(ctx: Ctx, public_id: str, address: str) -> str:
    """Make a policy that of the user or group who has `address`, instead of the one they had; return their name.

    Raises `NotAssignable`. Assigning what is assigned already changes nothing.
    """
    hold(ctx)
    policy = held(ctx.actor, public_id)
    kind, subject = _addressee(ctx, normalize_email(address))
    column = getattr(Assignment, kind)
    former = Assignment.select(Assignment, MailPolicy).join(MailPolicy).where(column == subject.id).first()
    if former and former.policy_id == policy.id:
        return str(subject.name)
    if former:
        former.delete_instance()
    Assignment.create(policy=policy.id, **{kind: subject.id})
    _record(ctx, "assigned", public_id, policy.rules.name, before={"policy": former.policy.name if former else None},
            after={"policy": policy.rules.name, kind: subject.name})
    return str(subject.name)


@command(P.MAIL_POLICY_EDIT)
@nobody_more_is_forwarded
def unassign_policy(ctx: Ctx, public_id: str, subject: str) -> str:
    """Take a policy from the user or group with the public id `subject`, and return their name.

    Doing it twice is the same as once; raises `NotFound`.
    """
    policy = held(ctx.actor, public_id)
    kind, found = _subject(ctx, subject)
    theirs = (Assignment.policy == policy.id) & (getattr(Assignment, kind) == found.id)
    if Assignment.delete().where(theirs).execute():
        _record(ctx, "unassigned", public_id, policy.rules.name, before={"policy": policy.rules.name, kind: found.name},
                after={"policy": None})
    return str(found.name)


def _as_seen(ctx: Ctx, public_id: str, seen: int) -> Held:
    hold(ctx)
    policy = held(ctx.actor, public_id)
    if policy.version != seen:
        raise Stale
    return policy


def _accepted(ctx: Ctx, rules: Rules, known: Any = ()) -> Rules:
    """Hold the organization and return the rules as they are stored.

    Forwards that stand there already (`known`) are not the partner's doing.
    """
    hold(ctx)
    rules, faults = checked(rules)
    if Role.ON_BEHALF in ctx.actor.roles:
        faults += new_forwards(rules, known)
    for fault in faults:
        raise fault
    return rules


def _refuse_taken_name(ctx: Ctx, name: str, own: int = 0) -> None:
    if visible_to(ctx.actor).where(MailPolicy.name == name, MailPolicy.id != own).exists():
        raise DomainError(N_("There is a policy with this name already."), "name")


def _columns(rules: Rules) -> Mapping[str, Any]:
    lists = {"allowed", "blocked", "forwards"}
    return {field: value for field, value in asdict(rules).items() if field not in lists}


def _write_lists(policy_id: int, rules: Rules) -> None:
    SenderRule.delete().where(SenderRule.policy == policy_id).execute()
    Forward.delete().where(Forward.policy == policy_id).execute()
    senders = [{"policy": policy_id, "pattern": pattern, "verdict": verdict}
               for verdict, patterns in (("allow", rules.allowed), ("block", rules.blocked)) for pattern in patterns]
    forwards = [{"policy": policy_id, "address": address} for address in rules.forwards]
    for table, rows in ((SenderRule, senders), (Forward, forwards)):
        if rows:
            table.insert_many(rows).execute()


def _addressee(ctx: Ctx, address: str) -> tuple[str, Any]:
    """Return whom an address reaches, as "user" or "group" with the row."""
    found = (
        Address.select().where(Address.organization == ctx.actor.organization_id, Address.text == address)
        .where(Address.kind != "catch-all").first()
    )
    if found is None:
        raise NotAssignable(address)
    return ("group", found.group) if found.kind == "group" else ("user", found.user)


def _subject(ctx: Ctx, public_id: str) -> tuple[str, Any]:
    for kind, table in (("user", User), ("group", Group)):
        found = table.get_or_none(table.public_id == public_id, table.organization == ctx.actor.organization_id)
        if found:
            return kind, found
    raise NotFound(public_id)


def _record(ctx: Ctx, verb: str, subject: str, name: str, **detail: object) -> None:
    record(ctx, f"mail-policy.{verb}", subject=subject, organization_id=ctx.actor.organization_id, name=name, **detail)
