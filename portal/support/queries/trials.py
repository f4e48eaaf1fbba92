"""A dry run: what a rule would do to the open tickets, without doing it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from portal.core.context import Ctx
from portal.customers.models import Organization
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
        """Return the tickets that would change, with severity before and after and the reason, but without names."""
        people = said_by_people([ticket.id for ticket, _, _ in self._changed])
        return [
            {"ticket": ticket.public_id, "number": ticket.number, "partner": ticket.partner_id,
             "organization": verdict.organization_id, "effect": follows, "before": ticket.severity,
             "after": self._after(ticket, follows, people), "verdict": verdict.code,
             "params": {name: value for name, value in verdict.params.items() if name != "customer"}}
            for ticket, follows, verdict in self._changed
        ]

    def _after(self, ticket: Any, follows: str, people: dict[int, str]) -> str:
        support = self.ctx.programme.support
        after = {"rises": support.large_account_severity, "falls": people.get(ticket.id, support.default_severity)}
        return str(after.get(follows, ticket.severity))


def with_names(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what a dry run listed with the present names of partners and customers."""
    partners = _names(Partner, {row["partner"] for row in rows})
    customers = _names(Organization, {row["organization"] for row in rows} - {None})
    return [
        {**row, "partner": partners.get(row["partner"], ""),
         "params": {**row["params"], "customer": customers.get(row["organization"], "")}}
        for row in rows
    ]


def _names(table: Any, rows: set[int]) -> dict[int, str]:
    return dict(table.select(table.id, table.name).where(table.id.in_(rows)).tuples()) if rows else {}
