"""What happens to an organization's people once they are in: suspended, resumed, promoted, reset, deleted."""

from __future__ import annotations

from portal.accounts.commands import order_reset
from portal.accounts.models import Account
from portal.accounts.policy import TOKEN_LIFETIME, Purpose
from portal.core.context import Ctx
from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.directory.commands.users import note, own_user, target_of
from portal.directory.models import Group, GroupMember, User
from portal.directory.policy.users import GIVEN_ROLES, NotJoined, check
from portal.directory.queries.users import verified_domains
from portal.mail import post
from portal.storage import command


@command(P.USER_SUSPEND)
def suspend_user(ctx: Ctx, user: str) -> None:
    """Close the organization to a user (public id) from their next click on; their license stays taken.

    Doing it twice is the same as once. Raises `NotFound`, or a `DomainError` where the rules forbid it.
    """
    row = own_user(ctx, user)
    check("suspend", ctx.actor.roles, target_of(ctx, row))
    _change_state(ctx, row, "suspended", "user.suspended")


@command(P.USER_SUSPEND)
def resume_user(ctx: Ctx, user: str) -> None:
    """Let a suspended user (public id) in again; who has never come is invited as before. Raises as `suspend_user`."""
    row = own_user(ctx, user)
    check("resume", ctx.actor.roles, target_of(ctx, row))
    if row.state == "suspended":
        _change_state(ctx, row, "active" if row.account_id else "invited", "user.resumed")


def _change_state(ctx: Ctx, row: User, state: str, verb: str) -> None:
    if row.state == state:
        return
    User.update(state=state).where(User.id == row.id).execute()
    note(ctx, verb, row, before={"state": row.state}, after={"state": state})


@command(P.USER_ROLE_CHANGE)
def change_role(ctx: Ctx, user: str, role: str, seen: int) -> None:
    """Make a user (public id) an administrator, or an administrator a user (S3.10: never the partner).

    Raises `NotFound`, `Stale` unless `seen` is the present version, or a `DomainError`.
    """
    if role not in GIVEN_ROLES:
        raise DomainError(N_("Not a valid choice."), "role")
    row = own_user(ctx, user)
    check("role", ctx.actor.roles, target_of(ctx, row))
    if row.role == role:
        return
    if row.version != seen:
        raise Stale
    User.update(role=role, version=User.version + 1).where(User.id == row.id).execute()
    note(ctx, "user.role-changed", row, before={"role": row.role}, after={"role": role})


@command(P.USER_PASSWORD_RESET)
def reset_password(ctx: Ctx, user: str) -> None:
    """Mail a user (public id) a link to a new password (S3.12: never the partner).

    Where the organization has proved the domain of their address, the old password stops working and all their
    sessions end as well; a person with a foreign address keeps both, because the account is not only this
    organization's. Raises `NotFound`, `NotJoined`, or a `DomainError` where the rules forbid it.
    """
    row = own_user(ctx, user)
    check("password", ctx.actor.roles, target_of(ctx, row))
    if row.account_id is None:
        raise NotJoined
    account = Account.get_by_id(row.account_id)
    lock_out = account.email.rpartition("@")[2] in verified_domains(row.organization_id)
    _mail_reset(ctx, row, account, order_reset(ctx, account, lock_out), lock_out)
    note(ctx, "user.password-reset", row, signed_out=lock_out)


def _mail_reset(ctx: Ctx, row: User, account: Account, handle: str, lock_out: bool) -> None:
    post(
        ctx, "password-reset-by-admin", key=f"password-reset-by-admin:{handle}", address=account.email,
        name=account.name, language=account.language, handle=handle, locked_out=lock_out, who=ctx.actor.name,
        organization=row.organization.name, hours=TOKEN_LIFETIME[Purpose.RESET_PASSWORD].seconds // 3600,
    )


@command(P.USER_DELETE)
def delete_user(ctx: Ctx, user: str) -> str:
    """Delete a user (public id) with their addresses, memberships and picture, and return their name.

    S3.13: never the partner. The license is free at once; the person's account stays theirs. Raises `NotFound`, or a
    `DomainError` where the rules forbid it.
    """
    row = own_user(ctx, user)
    check("delete", ctx.actor.roles, target_of(ctx, row))
    theirs = GroupMember.select(GroupMember.group).where(GroupMember.user == row.id)
    Group.update(size=Group.size - 1).where(Group.id.in_(theirs)).execute()
    User.delete().where(User.id == row.id).execute()
    Organization.update(users=Organization.users - 1).where(Organization.id == row.organization_id).execute()
    fields = ("email", "name", "role", "state", "title", "phone")
    note(ctx, "user.deleted", row, before={field: getattr(row, field) for field in fields if getattr(row, field)})
    return str(row.name)
