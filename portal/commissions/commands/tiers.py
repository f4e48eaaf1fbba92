"""Sets the tier of a partner from a day on."""

from __future__ import annotations

from datetime import date

from portal.audit import record
from portal.commissions.models import TierChange
from portal.commissions.policy.tiers import TierBegun, check_tier
from portal.commissions.queries.tiers import tier_on
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.storage import command


@command(P.TIER_SET)
def set_tier(ctx: Ctx, partner: str, tier: str, effective_from: date) -> None:
    """Let a partner earn by another tier from a day on: today or later, so that nothing earned changes (S0.18).

    What was planned for the same later day is replaced. Raises `NotFound`, `TierBegun`, `DomainError` beside a field.
    """
    row = Partner.get_or_none(Partner.public_id == partner)
    if row is None:
        raise NotFound(partner)
    today = ctx.today()
    check_tier(tier, ctx.programme.commission.tiers, effective_from, today)
    before = tier_on(ctx, row.id, effective_from)
    _write(ctx, row.id, tier, effective_from, planned=effective_from > today)
    record(ctx, "tier.set", subject=row.public_id, name=row.name, before={"tier": before},
           after={"tier": tier, "effective_from": effective_from.isoformat()})


def _write(ctx: Ctx, partner_id: int, tier: str, effective_from: date, planned: bool) -> None:
    insert = TierChange.insert(
        partner=partner_id, tier=tier, effective_from=effective_from, set_by_name=ctx.actor.name, created_at=ctx.now
    )
    if planned:
        values = {TierChange.tier: tier, TierChange.set_by_name: ctx.actor.name, TierChange.created_at: ctx.now}
        insert.on_conflict(conflict_target=[TierChange.partner, TierChange.effective_from], update=values).execute()
    elif not list(insert.on_conflict_ignore().returning(TierChange.id).execute()):
        raise TierBegun
