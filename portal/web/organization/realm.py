"""Who is inside an organization's console: its own administrators, and its partner on its behalf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, url_for

from portal.core.context import Actor, Ctx
from portal.core.permissions import P
from portal.directory.queries.entrance import Entrance, entrance, inside


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """What the banner says to someone who stands in a customer's console (S3.4)."""

    domain: str
    leave_url: str


def realm(ctx: Ctx, values: Mapping[str, Any]) -> Actor:
    """Return the actor as the organization in the address knows them, or raise `NotFound`; one statement.

    On its behalf raises `ProofNeeded` too.
    """
    g.visitor = ctx.actor
    g.organization = found = entrance(ctx.actor, values["organization"])
    if found.on_behalf:
        ctx.actor.require(P.CUSTOMER_ENTER)  # proved a short while ago
        g.on_behalf = OnBehalf(found.domain, url_for("console.customers"))
    return inside(ctx.actor, found)


def organization() -> Entrance:
    """Return the organization of this request."""
    return g.organization  # type: ignore[no-any-return]


def reread() -> None:
    """Read the organization of this request anew: somebody has just changed it."""
    g.organization = entrance(g.visitor, organization().public_id)
