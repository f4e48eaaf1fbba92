"""A dry run: what a rule would do to the open tickets, without doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from portal.core.context import Ctx
from portal.partners.models import Partner
from portal.support.policy.classification import Rules, Verdict
from portal.support.policy.rules import EFFECTS, TRIAL_ROWS, effect
from portal.support.queries.open_tickets import open_beyond, said_by_people
from portal.support.queries.verdicts import verdicts_on


class Trial:
    """Counts what a rule would do, and keeps the first tickets that it would change."""

    def __init__(self, ctx: Ctx, rules: Rules) -> None:
        self.ctx, self.rules = ctx, rules
        self.counts = Counter[str](dict.fromkeys(EFFECTS, 0))
        self._changed: list[tuple[Any, str, Verdict]] = []

    def run(self) -> Iterator[int]:
        """Judge all open tickets, and yield how many have been judged so far."""
        after = 0
        while batch := open_beyond(after):
            self._consider(batch)
            after = batch[-1].id
            yield self.counts.total()

    def _consider(self, batch: Sequence[Any]) -> None:
        critical = self.ctx.programme.support.large_account_severity
        verdicts = verdicts_on(self.ctx, batch, self.rules)
        for ticket in batch:
            verdict = verdicts[ticket.id]
            follows = effect(verdict.large, ticket.priority, ticket.severity, ticket.severity_from, critical)
            self.counts[follows] += 1
            if follows != "same" and len(self._changed) < TRIAL_ROWS:
                self._changed.append((ticket, follows, verdict))

    def rows(self) -> list[dict[str, Any]]:
        """Return the tickets that would change, with names, severity before and after, and the reason."""
        people = said_by_people([ticket.id for ticket, _, _ in self._changed])
        names = dict(Partner.select(Partner.id, Partner.name).where(
            Partner.id.in_({ticket.partner_id for ticket, _, _ in self._changed})).tuples())
        return [
            {"ticket": ticket.public_id, "number": ticket.number, "partner": names.get(ticket.partner_id, ""),
             "effect": follows, "before": ticket.severity, "after": self._after(ticket, follows, people),
             "verdict": verdict.code, "params": verdict.params}
            for ticket, follows, verdict in self._changed
        ]

    def _after(self, ticket: Any, follows: str, people: dict[int, str]) -> str:
        support = self.ctx.programme.support
        after = {"rises": support.large_account_severity, "falls": people.get(ticket.id, support.default_severity)}
        return str(after.get(follows, ticket.severity))
