"""Reads of commission: whose tier counts on a day."""

from __future__ import annotations

from datetime import date

from portal.commissions.models import TierChange
from portal.core.context import Ctx
from portal.programme.commission import Rule


def tier_on(ctx: Ctx, partner_id: int, on: date) -> str:
    """Return the tier of a partner on a day: the last that was set by then and still exists, or the default."""
    set_by_then = TierChange.select(TierChange.tier).where(
        TierChange.partner == partner_id, TierChange.effective_from <= on
    )
    tier = set_by_then.order_by(TierChange.effective_from.desc()).limit(1).scalar()
    commission = ctx.programme.commission
    return tier if tier in commission.tiers else commission.default_tier


def rule_on(ctx: Ctx, partner_id: int, service: str, on: date) -> Rule:
    """Return the rule by which a partner earns on a service on a day."""
    return ctx.programme.commission.rule(tier_on(ctx, partner_id, on), service, on)
