"""Reads of commission: tiers and the rules that follow from them, the ledger, bank accounts, payouts."""

from portal.commissions.queries.tiers import known_tier, rule_on, tier_column, tier_on

__all__ = ["known_tier", "rule_on", "tier_column", "tier_on"]
