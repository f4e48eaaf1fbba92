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


def house_account(ctx: Ctx) -> Partner:
    """Return the account under which the vendor serves customers without partner; part of other commands.

    It earns no commission, and nobody works there.
    """
    found: Partner | None = Partner.get_or_none(Partner.house)
    if found is not None:
        return found
    region = ctx.programme.regions[ctx.programme.default_region]
    return Partner.create(  # type: ignore[no-any-return]
        name=ctx.programme.vendor.name, name_key=fold(ctx.programme.vendor.name)[:255], kind="reseller", house=True,
        country=region.countries[0] if region.countries else "US", region=region.code, language="en",
        created_at=ctx.now,
    )
