"""Tells everybody concerned of a change of partner; part of the commands that make it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.customers.queries import customer_addressees, partner_recipients
from portal.mail import Letter, post_all
from portal.partners.models import Partner
from portal.relations.models import Change

EVENT = "partner-change"


def tell(ctx: Ctx, organization: Organization, change: Change, what: str) -> None:
    """Write to both sides that a change is `announced`, `coming`, `done` or `withdrawn`, once each.

    The former partner is not told who comes next, nor the next one who was there.
    """
    post_all(ctx, list(_letters(ctx, organization, change, what)))


def _letters(ctx: Ctx, organization: Organization, change: Change, what: str) -> Iterator[Letter]:
    names = {row.id: row.name for row in Partner.select().where(
        Partner.id.in_([change.from_partner_id or 0, change.to_partner_id or 0]))}
    former, following = names.get(change.from_partner_id or 0, ""), names.get(change.to_partner_id or 0, "")
    said: dict[str, Any] = {
        "what": what, "organization": organization.name, "customer": organization.public_id,
        "change": change.public_id, "day": change.effective_on.isoformat(), "by": change.by, "reason": change.reason,
        "subscriptions": change.subscriptions, "with_access": change.with_access,
    }
    key = f"{EVENT}:{change.public_id}:{what}"
    super_admin = customer_addressees([organization])[organization.id]
    yield Letter(EVENT, f"{key}:customer", super_admin.email, super_admin.name, super_admin.language,
                 said | {"side": "customer", "former": former, "following": following, "country": super_admin.country})
    sides = {change.from_partner_id: ("former", former, ""), change.to_partner_id: ("following", "", following)}
    people = partner_recipients(ctx, EVENT, [partner_id for partner_id in sides if partner_id])
    for partner_id, found in people.items():
        side, left, came = sides[partner_id]
        for one in found:
            yield Letter(EVENT, f"{key}:{side}:{one.public_id}", one.email, one.name, one.language,
                         said | {"side": side, "former": left, "following": came, "country": one.country})
