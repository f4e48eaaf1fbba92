"""Where a partner reaches support: by the region that it is in (S4.26-36, D13)."""

from __future__ import annotations

from dataclasses import dataclass

from portal.core.context import Ctx
from portal.partners.models import Partner
from portal.programme.schema import Region


@dataclass(frozen=True, slots=True)
class Reached:
    """The channels of a partner. `known`: the programme lists its region, which is not the one for all others."""

    region: Region
    known: bool


def channels(ctx: Ctx) -> Reached:
    """Return the channels of the actor's partner; those of the default region where its own is not known."""
    programme = ctx.programme
    code = Partner.select(Partner.region).where(Partner.id == ctx.actor.partner_id).scalar()
    region = programme.regions.get(code or "")
    if region is None or code == programme.default_region:
        return Reached(programme.regions[programme.default_region], known=False)
    return Reached(region, known=True)
