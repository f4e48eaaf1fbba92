"""Whose tier counts on a day, and the rule that follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from peewee import ModelSelect

from portal.commissions.models import TierChange
from portal.core.context import Ctx
from portal.programme.commission import Commission, Rule


def tier_on(ctx: Ctx, partner_id: int, on: date, known_at: datetime | None = None) -> str:
    """Return the tier of a partner on a day: the last that was set by then and still exists, or the default.

    `known_at` leaves out what was set later: whoever works history out again sees what was seen then.
    """
    set_by_then = TierChange.select(TierChange.tier).where(
        TierChange.partner == partner_id, TierChange.effective_from <= on
    )
    if known_at:
        set_by_then = set_by_then.where(TierChange.created_at <= known_at)
    return known_tier(ctx, set_by_then.order_by(TierChange.effective_from.desc()).limit(1).scalar())


def rule_on(ctx: Ctx, partner_id: int, service: str, on: date, known_at: datetime | None = None) -> Rule:
    """Return the rule by which a partner earns on a service on a day."""
    return ctx.programme.commission.rule(tier_on(ctx, partner_id, on, known_at), service, on)


def tier_column(partner: Any, on: date) -> ModelSelect[TierChange]:
    """Return the last tier that was set for the partner of a row by a day, as a column; `known_tier` reads it."""
    set_by_then = TierChange.select(TierChange.tier).where(
        TierChange.partner == partner, TierChange.effective_from <= on
    )
    return set_by_then.order_by(TierChange.effective_from.desc()).limit(1)


def known_tier(ctx: Ctx, tier: str | None) -> str:
    """Return this tier if the programme still has it, otherwise the default one."""
    commission = ctx.programme.commission
    return str(tier) if tier in commission.tiers else commission.default_tier


def changes_of(partner_id: int) -> list[TierChange]:
    """Return what has been set for a partner and what will count, the latest day first."""
    query = TierChange.select().where(TierChange.partner == partner_id)
    return list(query.order_by(TierChange.effective_from.desc()))


def among(changes: Sequence[TierChange], commission: Commission, on: date) -> str:
    """Return the tier on a day from the rows of `changes_of`: the same answer as `tier_on`, for many days."""
    tier = next((str(change.tier) for change in changes if change.effective_from <= on), "")
    return str(tier) if tier in commission.tiers else commission.default_tier
