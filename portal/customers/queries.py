"""Reads of customers by the commercial relation: what the Partner Store may see, whatever became of access."""

from __future__ import annotations

from peewee import ModelSelect

from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.customers.models import Organization


def visible_to(actor: Actor) -> ModelSelect[Organization]:
    """Return the organizations of the actor's partner, of all services (S0.13); nothing for who has no partner."""
    if actor.partner_id is None:
        return Organization.select().where(Organization.id.in_([]))
    return Organization.select().where(Organization.partner == actor.partner_id)


def open_to(actor: Actor) -> ModelSelect[Organization]:
    """Return the organizations that the actor's partner may also administer: access given and not revoked (S3.7)."""
    return visible_to(actor).where(Organization.access == "active")


def find(ctx: Ctx, public_id: str) -> Organization:
    """Return a customer of the actor's partner, or raise `NotFound`."""
    return one(visible_to(ctx.actor), public_id)


def one(visible: ModelSelect[Organization], public_id: str) -> Organization:
    """Return the row of a visible set that has this public id, or raise `NotFound`."""
    row: Organization | None = visible.where(Organization.public_id == public_id).first()
    if row is None:
        raise NotFound(public_id)
    return row
