"""What the worker does about the classification rule: dry runs, and bringing it to the tickets that are open."""

from __future__ import annotations

from datetime import timedelta

from portal.core.context import Ctx
from portal.jobs import handler, progress, scheduled
from portal.jobs.models import Job
from portal.support.commands.reclassification import follow_rule, judge_batch
from portal.support.commands.rules import TRY, keep_trial
from portal.support.models import Rule
from portal.support.policy.rules import fingerprint
from portal.support.queries.open_tickets import count_open, open_beyond
from portal.support.queries.rules import APPLY, stored_rules
from portal.support.queries.trials import Trial


@handler(TRY)
def try_rule(ctx: Ctx, job: Job) -> None:
    """Judge the open tickets by a draft, and keep what it would change; it touches none of them."""
    row = Rule.get_or_none(Rule.public_id == job.payload["rule"], Rule.state == "draft")
    if row is None or fingerprint(row.thresholds, row.excluded) != job.payload["of"]:
        return
    trial, total = Trial(ctx, stored_rules(row, ctx.programme)), count_open()
    if all(progress(ctx, job, done, max(total, done)) for done in trial.run()):
        keep_trial(ctx, row.public_id, job.payload["of"], trial.counts, trial.rows())


@scheduled("support.follow-rule", every=timedelta(minutes=5))
def follow(ctx: Ctx, job: Job) -> None:
    """See whether the programme file says something else than what open tickets were judged by."""
    follow_rule(ctx)


@handler(APPLY)
def apply_rule(ctx: Ctx, job: Job) -> None:
    """Judge all open tickets by the rule in force; what was interrupted goes through what it has done quickly."""
    after, failed = 0, 0
    while batch := open_beyond(after):
        failed += judge_batch(ctx, batch)
        after = batch[-1].id
        if not progress(ctx, job, after, after + 1):
            return
    if failed:
        raise RuntimeError(f"{failed} tickets could not be judged")
