"""The classification rule: the version in force, and those that staff drafted."""

from __future__ import annotations

from peewee import fn

from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.jobs.models import Job
from portal.programme.schema import Programme
from portal.support.models import Rule
from portal.support.policy.classification import Rules, rules_from, rules_of

VERSIONS = 50  # that the page lists
APPLY = "support.apply-rule"  # the one work that brings the rule in force to the open tickets


def active_rules(ctx: Ctx) -> Rules:
    """Return the rule in force: the staff's active version, or the programme file's."""
    row: Rule | None = Rule.get_or_none(Rule.state == "active")
    return rules_of_row(row, ctx.programme)


def rules_of_row(row: Rule | None, programme: Programme) -> Rules:
    """Return a version of the rule: one that staff made, or, without a row, the programme file's."""
    return stored_rules(row, programme) if row else rules_of(programme)


def stored_rules(row: Rule, programme: Programme) -> Rules:
    """Return a version of the rule that staff made."""
    return rules_from(row.version, row.thresholds, row.excluded, programme)


def versions() -> list[Rule]:
    """Return the last versions that staff made, newest first, without what their dry runs listed.

    One of them may be in force, and one a draft.
    """
    others = Rule.alias()
    oldest = others.select(fn.MAX(others.version) - VERSIONS)
    columns = (Rule.public_id, Rule.version, Rule.state, Rule.thresholds, Rule.excluded, Rule.note, Rule.tried_at,
               Rule.made_by_name, Rule.created_at, Rule.active_at)
    wanted = Rule.state.in_(("draft", "active")) | (Rule.version > oldest)
    return list(Rule.select(*columns).where(wanted).order_by(Rule.version.desc()))


def find_rule(rule: str) -> tuple[Rule, Rule | None]:
    """Return a version, and the version in force if staff made it. Raises `NotFound`."""
    rows = list(Rule.select().where((Rule.public_id == rule) | (Rule.state == "active")))
    found = next((row for row in rows if row.public_id == rule), None)
    if found is None:
        raise NotFound(rule)
    return found, next((row for row in rows if row.state == "active"), None)


def trial_job(rule: Rule) -> Job | None:
    """Return the work of the last dry run of a rule."""
    key = (rule.trial or {}).get("job")
    return Job.get_or_none(Job.key == key) if key else None


def application() -> Job | None:
    """Return the work that brings the rule in force to the open tickets, unless it is done."""
    return Job.get_or_none(Job.key == APPLY, Job.state != "done")
