"""The classification rule: the version in force, and those that staff drafted."""

from __future__ import annotations

from portal.core.context import Ctx
from portal.programme.schema import Programme
from portal.support.models import Rule
from portal.support.policy.classification import Rules, rules_from, rules_of


def active_rules(ctx: Ctx) -> Rules:
    """Return the rule in force: the staff's active version, or the programme file's."""
    row: Rule | None = Rule.get_or_none(Rule.state == "active")
    return stored_rules(row, ctx.programme) if row else rules_of(ctx.programme)


def stored_rules(row: Rule, programme: Programme) -> Rules:
    """Return a version of the rule that staff made."""
    return rules_from(row.version, row.thresholds, row.excluded, programme)
