"""How customers of the demo left their partner and found another one: on past days, and on one that is to come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from portal.core.context import Actor, Ctx
from portal.core.permissions import Role
from portal.customers.models import Organization
from portal.relations.commands.attaching import attach, enter_code
from portal.relations.commands.changes import carry_out_due
from portal.relations.commands.disputes import raise_dispute
from portal.relations.commands.ending import leave
from portal.relations.commands.offers import make_code
from portal.relations.queries.terms import reading

_LEFT = 30  # days since it is without a partner
_DISPUTED = 9  # days since its partner said so
_AGREED, _MOVES_IN = 6, 20  # days ago, and days from now
_ADDRESS = "192.0.2.1"
_WORDS = (
    "This year we migrated all mailboxes of this customer, and we had agreed in writing that it stays with us for a "
    "year. It left after three weeks of silence. We ask for the commission of that year."
)


def tell(ago: Callable[..., Ctx], story: str, organization: Organization, own: Actor, other: Actor) -> None:
    """Let a customer's story happen, if it is one of these; `other` is the partner that customers of `own` move to."""
    if story == "left":
        _leave(ago, organization, own)
    elif story == "moving":
        _move(ago, organization, other)


def _leave(ago: Callable[..., Ctx], organization: Organization, own: Actor) -> None:
    """Without a partner for a month: what was paid goes on, by the vendor. Its partner disputes that."""
    cooling_off = ago(0).programme.relations.cooling_off_days
    change = leave(ago(_LEFT + cooling_off, _boss(organization)), "continue", "We have somebody of our own now.")
    carry_out_due(ago(_LEFT), change.id)
    raise_dispute(ago(_DISPUTED, own), change.public_id, _WORDS)


def _move(ago: Callable[..., Ctx], organization: Organization, other: Actor) -> None:
    """Agreed to a code of the other partner, for a day that is to come."""
    made = make_code(ago(_AGREED + 1, other), f"demo:{organization.domain}")
    ctx = ago(_AGREED, _boss(organization))
    offer = enter_code(ctx, made.text, _ADDRESS)
    day = ago(0).today(organization.time_zone) + timedelta(days=_MOVES_IN)
    attach(ctx, offer, True, day, reading(ctx, offer, organization.language).seen, organization.language)


def _boss(organization: Organization) -> Actor:
    """Return its super administrator as in their console, who has just proved who they are."""
    return replace(
        Actor(frozenset({Role.CUSTOMER_SUPER_ADMIN}), name=organization.admin_name, time_zone=organization.time_zone),
        organization_id=organization.id, fresh=True)
