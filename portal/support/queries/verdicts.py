"""What a rule says of tickets now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.core.context import Ctx
from portal.support.policy.classification import Rules, Verdict, judge
from portal.support.queries.identification import Named, candidates_of, named_by


def verdicts_on(ctx: Ctx, tickets: Sequence[Any], rules: Rules, fresh: bool = False) -> dict[int, Verdict]:
    """Return what a rule says of tickets, by row: in as many statements for one as for a thousand.

    Unless they are judged `fresh`, a customer that a person has chosen stands.
    """
    named = {ticket.id: named_by(ticket, fresh) for ticket in tickets}
    services = {ticket.id: ticket.service for ticket in tickets}
    return judged(ctx, named, services, rules)


def judged(ctx: Ctx, named: dict[int, Named], services: dict[int, str], rules: Rules) -> dict[int, Verdict]:
    """Return the verdicts on what tickets name, each about its service."""
    found = candidates_of(ctx, named.values())
    programme = ctx.programme
    return {
        key: judge(services[key], who.ways, found[who], rules, programme.support.decided_by, programme.default_region)
        for key, who in named.items()
    }
