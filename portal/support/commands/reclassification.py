"""Judging open tickets anew when the rule has changed, by staff or in the programme file."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from peewee import InterfaceError, OperationalError

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.jobs import ask_again
from portal.storage import command
from portal.support.commands.classification import classify
from portal.support.commands.clocks import refresh
from portal.support.commands.history import held, settle
from portal.support.models import Ticket
from portal.support.policy.classification import Verdict
from portal.support.policy.rules import effect, in_force
from portal.support.policy.tickets import GOING
from portal.support.queries.rules import APPLY, active_rules
from portal.support.queries.verdicts import verdicts_on

log = logging.getLogger("portal.support")


@command(P.JOB_RUN)
def reclassify(ctx: Ctx, ticket: str) -> None:
    """Judge an open ticket by the rule in force; a severity and a customer that people chose stand."""
    row = held(ctx, ticket)
    if row.state not in GOING:
        return
    classify(ctx, row, field_changed=False)
    refresh(ctx, row)
    settle(ctx, row)


@command(P.JOB_RUN)
def keep_verdicts(ctx: Ctx, version: int, same: list[int], told_anew: Mapping[int, tuple[int, Verdict]]) -> None:
    """Note on tickets that the rule of `version` has judged them and changed nothing.

    `told_anew`: those whose sentence names other numbers now, each with the version of the ticket that was judged; who
    has been changed meanwhile was judged then.
    """
    if same:
        Ticket.update(rule_version=version).where(Ticket.id.in_(same)).execute()
    for row, (seen, verdict) in told_anew.items():
        Ticket.update(rule_version=version, verdict_params=verdict.params).where(
            Ticket.id == row, Ticket.version == seen).execute()


def judge_batch(ctx: Ctx, batch: Sequence[Any]) -> int:
    """Judge open tickets by the rule in force: each that it changes in a transaction of its own, all others in one.

    One that fails holds up no other; return how many did.
    """
    rules = active_rules(ctx)
    verdicts = verdicts_on(ctx, batch, rules)
    changed, same, anew = list[str](), list[int](), dict[int, tuple[int, Verdict]]()
    for ticket in batch:
        verdict = verdicts[ticket.id]
        if _changes(ctx, ticket, verdict):
            changed.append(ticket.public_id)
        elif ticket.verdict_params != verdict.params:
            anew[ticket.id] = (ticket.version, verdict)
        elif ticket.rule_version != rules.version:
            same.append(ticket.id)
    if same or anew:
        keep_verdicts(ctx, rules.version, same, anew)
    return sum(not _judged(ctx, public_id) for public_id in changed)


def _judged(ctx: Ctx, ticket: str) -> bool:
    try:
        reclassify(ctx, ticket)
    except (InterfaceError, OperationalError):
        raise  # the database is away: so it is for all others
    except Exception:
        log.exception("ticket %s could not be judged", ticket)
        return False
    return True


def _changes(ctx: Ctx, ticket: Any, verdict: Verdict) -> bool:
    """Tell whether a verdict says something else of a ticket than the one before, beyond the numbers in it."""
    critical = ctx.programme.support.large_account_severity
    said = (ticket.verdict, ticket.priority, ticket.organization_id)
    return (said != (verdict.code, verdict.large, verdict.organization_id)
            or effect(verdict.large, ticket.priority, ticket.severity, ticket.severity_from, critical) != "same"
            or bool(ticket.severity_from == "rule" and ticket.severity != critical))


@command(P.JOB_RUN)
def follow_rule(ctx: Ctx) -> None:
    """Have open tickets judged anew if what is in force is not what they were judged by last."""
    judge_anew(ctx)


def judge_anew(ctx: Ctx) -> None:
    """Ask for the work that brings what is in force to the open tickets, in the transaction that is open.

    There is one such work: asked for the same again, it does nothing; it begins anew when something else is in force.
    """
    ask_again(ctx, APPLY, APPLY, of=in_force(active_rules(ctx), ctx.programme))
