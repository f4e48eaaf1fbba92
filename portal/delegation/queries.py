"""Reads of the organizations that a partner may administer: what the Partner Console may see."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from peewee import ModelSelect

from portal.core.context import Actor, Ctx
from portal.core.paging import Page
from portal.customers.models import Organization
from portal.customers.queries import one, open_to
from portal.delegation.models import Access
from portal.subscriptions.queries import SIZE, Asked, Customer, listed

_CHUNK = 500


def visible_to(actor: Actor) -> ModelSelect[Organization]:
    """Return the organizations whose access is active for the actor's partner; a revoked one is not there (S3.7)."""
    return (
        open_to(actor)
        .join(Access, on=(Access.organization == Organization.id))
        .where(Access.partner == actor.partner_id, Access.state == "active")
    )


def find(ctx: Ctx, public_id: str) -> Organization:
    """Return an organization that the actor's partner may administer, or raise `NotFound`."""
    return one(visible_to(ctx.actor), public_id)


def managed(ctx: Ctx, asked: Asked, size: int = SIZE) -> Page[Customer]:
    """Return one page of the list *Manage customers* (S0.23-24, S2.24), in one statement."""
    return listed(ctx, asked, administered=True, size=size)


def every(ctx: Ctx, asked: Asked) -> Iterator[Customer]:
    """Yield all customers of that list, read in chunks: a file of any size needs the memory of one chunk."""
    after: str | None = None
    while True:
        page = managed(ctx, replace(asked, after=after), _CHUNK)
        yield from page.rows
        after = page.next
        if after is None:
            return
