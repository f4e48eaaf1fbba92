"""The context of a person who stands in an organization's console, as the guard makes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portal.core.context import Ctx
from portal.directory.queries import entrance as door


def inside(person: Any, organization: Any) -> Ctx:
    """Return the context in which this person's click in that console runs; raises `NotFound` at a closed door."""
    ctx: Ctx = person.ctx
    return replace(ctx, actor=door.inside(ctx.actor, door.entrance(ctx.actor, organization.public_id)))
