"""Which tickets somebody may see."""

from __future__ import annotations

from typing import Any

from peewee import ModelSelect

from portal.core.context import Actor
from portal.core.permissions import P
from portal.customers.queries import assigned
from portal.support.models import Ticket


def visible_to(actor: Actor) -> ModelSelect[Ticket]:
    """Return the tickets that somebody may see.

    Staff who work on tickets see all. With the help center open to them, members see their partner's tickets, as far as
    the customers go that they may see; without it, the tickets that they opened themselves (S4.27, S4.31).
    """
    if actor.can(P.TICKET_WORK) or actor.can(P.JOB_RUN):
        return Ticket.select()
    if actor.partner_id is None or not actor.can(P.SUPPORT_READ):
        return Ticket.select().where(Ticket.id.in_([]))
    return Ticket.select().where(Ticket.partner == actor.partner_id, _mine(actor))


def _mine(actor: Actor) -> Any:
    own: Any = Ticket.requester == actor.account_id
    if not actor.can(P.SUPPORT_OPEN):
        return own
    if actor.sees_all:
        return Ticket.id.is_null(False)
    return own | assigned(actor, Ticket.organization)
