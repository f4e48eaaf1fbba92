"""Reads of the daily comparison: only what differs, and since when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from portal.billing.models import Difference
from portal.core.context import Actor
from portal.core.paging import Page
from portal.customers.models import Organization
from portal.customers.queries import assigned
from portal.storage.paging import keyset
from portal.subscriptions.models import Subscription

SIZE = 50


class Differing(NamedTuple):
    """A subscription whose numbers differ, with its customer; `customer` and `subscription` are public ids."""

    kind: str
    customer: str
    name: str
    subscription: str
    plan: str
    sold: int
    assigned: int | None
    invoiced: int
    began_on: date
    id: int


def differing(actor: Actor, after: str | None) -> Page[Differing]:
    """Return one page of what differs now among the actor's customers, newest first; one statement."""
    query: Any = (
        Difference.select(
            Difference.kind, Organization.public_id, Organization.name, Subscription.public_id, Subscription.plan,
            Difference.sold, Difference.assigned, Difference.invoiced, Difference.began_on, Difference.id,
        )
        .join(Subscription).join(Organization)
        .where(Difference.partner == actor.partner_id, Difference.ended_on.is_null(),
               Organization.partner == actor.partner_id, assigned(actor))
        .tuples()
    )
    found = keyset(query, [Difference.id], lambda row: [row[-1]], after, SIZE, descending=True)
    return replace(found, rows=[Differing(*row) for row in found.rows])
