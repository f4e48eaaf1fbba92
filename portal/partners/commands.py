"""Makes partners."""

from __future__ import annotations

from portal.accounts.models import Account
from portal.audit import record
from portal.core.context import Ctx
from portal.core.folding import fold
from portal.core.permissions import P
from portal.partners.models import Member, Partner
from portal.storage import command


@command(P.APPLICATION_DECIDE)
def create_partner(
    ctx: Ctx, name: str, kind: str, country: str, language: str, console: bool, super_admin: Account
) -> Partner:
    """Create a partner in the region of its country, with `super_admin` as its first person (S0.11, S0.21)."""
    region = ctx.programme.region_for_country(country).code
    partner = Partner.create(
        name=name, name_key=fold(name)[:255], kind=kind, country=country, region=region, language=language,
        console=console, created_at=ctx.now,
    )
    Member.create(partner=partner, account=super_admin, role="super-admin", created_at=ctx.now)
    record(ctx, "partner.created", partner.public_id, kind=kind, region=region, console=console)
    return partner  # type: ignore[no-any-return]
