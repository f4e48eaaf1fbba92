"""The context of a person who stands in an organization's console, as the guard makes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.core.context import Ctx
from portal.core.permissions import Role
from portal.directory.queries.entrance import entrance


def inside(person: Any, organization: Any) -> Ctx:
    """Return the context in which this person's click in that console runs; raises `NotFound` at a closed door."""
    ctx: Ctx = person.ctx
    found = entrance(ctx.actor, organization.public_id)
    actor = replace(ctx.actor, roles=frozenset({Role.ACCOUNT, found.role}), organization_id=found.id,
                    time_zone=found.time_zone, country=found.country)
    return replace(ctx, actor=actor)
