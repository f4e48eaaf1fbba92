"""Tells the people who rule a partner what happens to its money, each in their own language."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.customers.queries import partner_recipients
from portal.mail import post
from portal.partners.models import Partner


def tell(ctx: Ctx, partner: Partner, event: str, key: str, **params: object) -> None:
    """Write to those at a partner who hear of this event; the same `key` twice is one mail each."""
    for person in partner_recipients(ctx, event, [partner.id])[partner.id]:
        post(
            ctx, event, key=f"{event}:{key}:{person.public_id}", address=person.email, name=person.name,
            language=person.language, country=person.country, time_zone=person.time_zone,
            partner=partner.name, **params,
        )
