"""Versions of the classification rule: drafted by a lead, tried on the open tickets, then put in force (S4.40)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from peewee import IntegrityError, fn

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import NotFound, Stale
from portal.core.permissions import P
from portal.jobs import enqueue
from portal.jobs.models import Job
from portal.storage import command, locked, transaction
from portal.support.commands.reclassification import judge_anew
from portal.support.models import Rule
from portal.support.policy.classification import Rules
from portal.support.policy.rules import NOTE_MAX, check_excluded, check_thresholds, check_trial, fingerprint
from portal.support.policy.tickets import check_text
from portal.support.queries.rules import active_rules, stored_rules

TRY = "support.try-rule"


@command(P.SUPPORT_DIRECT)
def draft_rule(ctx: Ctx, thresholds: Mapping[str, int], excluded: Collection[str], note: str, seen: str = "") -> Rule:
    """Write the draft of a changed rule, or change the one that there is: there is one draft at a time.

    `seen` is the fingerprint of the draft that the form showed; empty, there was none. Nothing takes effect by this.
    Raises `Stale`, or a `DomainError` beside the field.
    """
    words = check_text(note, "note", NOTE_MAX)
    content = {"thresholds": check_thresholds(ctx.programme, thresholds),
               "excluded": check_excluded(ctx.programme, excluded)}
    draft: Rule | None = locked(Rule.select().where(Rule.state == "draft")).first()
    if seen != (_content(draft) if draft else ""):
        raise Stale
    if draft is None:
        return _begin(ctx, content, words)
    draft.thresholds, draft.excluded, draft.note = content["thresholds"], content["excluded"], words
    draft.made_by_name = ctx.actor.name
    draft.save()
    return draft


def _begin(ctx: Ctx, content: Mapping[str, Any], note: str) -> Rule:
    version = int(Rule.select(fn.MAX(Rule.version)).scalar() or 0) + 1
    try:
        with transaction():
            row: Rule = Rule.create(version=version, state="draft", note=note, made_by_name=ctx.actor.name,
                                    created_at=ctx.now, **content)
    except IntegrityError:  # somebody else began one at the same moment
        raise Stale from None
    return row


@command(P.SUPPORT_DIRECT)
def try_rule(ctx: Ctx, rule: str, seen: str) -> None:
    """Ask for a dry run of a draft over the open tickets; while one of the same content runs, that one serves.

    Raises `NotFound`, or `Stale` if the draft is not what the page showed.
    """
    row = _draft(rule, seen)
    running = (row.trial or {}).get("job")
    if running and row.trial["of"] == seen and Job.select().where(Job.key == running, Job.state == "ready").exists():
        return
    key = f"{TRY}:{row.public_id}:{seen}:{ctx.now.isoformat()}"
    row.trial, row.tried_at = {"of": seen, "job": key}, None
    row.save()
    enqueue(ctx, TRY, key, rule=row.public_id, of=seen)


@command(P.JOB_RUN)
def keep_trial(ctx: Ctx, rule: str, of: str, counts: Mapping[str, int], rows: list[dict[str, Any]]) -> None:
    """Keep what a dry run found, unless the draft has changed or gone meanwhile."""
    row: Rule | None = locked(Rule.select().where(Rule.public_id == rule, Rule.state == "draft")).first()
    if row is None or _content(row) != of or (row.trial or {}).get("of") != of:
        return
    row.trial, row.tried_at = {**row.trial, "counts": dict(counts), "rows": rows}, ctx.now
    row.save()


@command(P.SUPPORT_DIRECT)
def activate_rule(ctx: Ctx, rule: str, seen: str) -> None:
    """Put a draft in force; open tickets are judged by it from now on, those that are there by the worker.

    Raises `NotFound`, `Stale` if the draft is not what the page showed, or `NotTried` without a recent dry run of it.
    """
    row = _draft(rule, seen)
    check_trial(row.trial, row.tried_at, _content(row), ctx.now)
    before = active_rules(ctx)
    locked(Rule.select(Rule.id).where(Rule.state == "active")).first()
    Rule.update(state="former").where(Rule.state == "active").execute()
    row.state, row.active_at = "active", ctx.now
    row.save()
    record(ctx, "support-rule.activated", row.public_id, name=str(row.version), before=_told(before),
           after=_told(stored_rules(row, ctx.programme)), note=row.note)
    judge_anew(ctx)


@command(P.SUPPORT_DIRECT)
def discard_rule(ctx: Ctx, rule: str, seen: str) -> None:
    """Give a draft up; its number is not used again. Raises `NotFound`, or `Stale`."""
    row = _draft(rule, seen)
    row.state = "discarded"
    row.save()


def _draft(rule: str, seen: str) -> Rule:
    row: Rule | None = locked(Rule.select().where(Rule.public_id == rule)).first()
    if row is None:
        raise NotFound(rule)
    if row.state != "draft" or _content(row) != seen:
        raise Stale
    return row


def _content(row: Rule) -> str:
    return fingerprint(row.thresholds, row.excluded)


def _told(rules: Rules) -> dict[str, Any]:
    return {"version": rules.version, "thresholds": dict(rules.thresholds), "excluded": sorted(rules.excluded)}
