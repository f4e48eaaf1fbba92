"""Inviting people into their organization, and letting them in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from portal.accounts.commands import invite
from portal.accounts.models import Account
from portal.accounts.policy import TOKEN_LIFETIME, Purpose
from portal.audit import record
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P, Role
from portal.customers.models import Organization
from portal.directory.models import User
from portal.directory.policy.users import called
from portal.mail import post
from portal.storage import command, locked


def mail_invitation(ctx: Ctx, user: User, organization: Organization, language: str) -> None:
    """Invite a user by mail; part of other commands. `language` counts only for somebody whom the portal does not know.
    """
    inviter = ctx.actor.partner_name if ctx.actor.side == "partner" else ctx.actor.name
    shown = {"user": user.public_id, "organization": organization.name, "inviter": inviter}
    handle = invite(ctx, user.email, user.name, language, shown)
    chosen = Account.select(Account.language).where(Account.email == user.email).scalar()
    post(
        ctx, "user-invitation", key=f"user-invitation:{handle}", address=user.email, name=user.name, language=chosen,
        handle=handle, inviter=inviter, organization=organization.name,
        days=TOKEN_LIFETIME[Purpose.INVITATION].days,
    )


@command(P.PUBLIC)
def join(ctx: Ctx, account_id: int, payload: Mapping[str, Any]) -> Organization:
    """Let the owner of a redeemed invitation into the organization that it names, and return that organization.

    The caller has redeemed the one-time link whose `payload` this is. Joining twice is the same as once; raises
    `NotFound` when the person has been removed or suspended meanwhile.
    """
    user = locked(User.select().where(User.public_id == payload["user"])).first()
    if user is None or user.state == "suspended" or user.account_id not in (None, account_id):
        raise NotFound
    if user.state == "invited":
        # An invitation to an address that has been corrected since is no longer one.
        if Account.get_by_id(account_id).email != user.email:
            raise NotFound
        User.update(account=account_id, state="active").where(User.id == user.id).execute()
        # Whoever accepts is one of the organization from now on, and may have been nobody a moment ago.
        member = Actor(frozenset({Role.CUSTOMER_MEMBER}), account_id, user.name)
        record(replace(ctx, actor=member), "user.joined", subject=user.public_id, name=called(user),
               organization_id=user.organization_id)
    return user.organization  # type: ignore[no-any-return]
