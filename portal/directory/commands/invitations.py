"""Letting invited people into their organization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.directory.models import User
from portal.storage import command, locked


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
        User.update(account=account_id, state="active").where(User.id == user.id).execute()
        record(ctx, "user.joined", subject=user.public_id, organization_id=user.organization_id)
    return user.organization  # type: ignore[no-any-return]
