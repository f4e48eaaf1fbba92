"""Tells the people who rule a partner what happens to its money, each in their own language."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.mail import post
from portal.partners.models import Partner
from portal.partners.queries import super_admins


def tell(ctx: Ctx, partner: Partner, event: str, key: str, **params: object) -> None:
    """Write to a partner's super admins in the caller's transaction; the same `key` twice is one mail each."""
    for person in super_admins(partner.id):
        post(
            ctx, event, key=f"{event}:{key}:{person.public_id}", address=person.email, name=person.name,
            language=person.language, country=person.country or partner.country, time_zone=person.time_zone,
            partner=partner.name, **params,
        )
