"""Classifying a ticket: which customer it is about, whether that account is large, and what follows (S4.4-17)."""

from __future__ import annotations

from dataclasses import replace

from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.support.commands.history import add
from portal.support.models import Ticket
from portal.support.policy.classification import Rules, Verdict, consequence
from portal.support.queries.identification import named_by
from portal.support.queries.open_tickets import said_by_people
from portal.support.queries.rules import active_rules
from portal.support.queries.verdicts import judged, verdicts_on


def classify(ctx: Ctx, ticket: Ticket, field_changed: bool = True) -> None:
    """Judge a ticket and keep what comes out on it; the caller holds the ticket, folds its clocks and stores it.

    A severity set by hand and a customer chosen by hand stand until a field that the judgment rests on changes again
    (`field_changed`); what is taken back is only what the rule did (S4.14-17).
    """
    rules = active_rules(ctx)
    verdict = verdicts_on(ctx, [ticket], rules, fresh=field_changed)[ticket.id]
    apply(ctx, ticket, verdict, rules, field_changed)


def choose(ctx: Ctx, ticket: Ticket, organization: Organization) -> None:
    """Judge a ticket as being about this customer, because a person says so (G17)."""
    rules = active_rules(ctx)
    named = replace(named_by(ticket), chosen=organization.id)
    verdict = judged(ctx, {ticket.id: named}, {ticket.id: ticket.service}, rules)[ticket.id]
    apply(ctx, ticket, verdict, rules, field_changed=True)


def apply(ctx: Ctx, ticket: Ticket, verdict: Verdict, rules: Rules, field_changed: bool) -> None:
    """Keep a verdict on a ticket, with the severity that follows from it, and both in its history."""
    before = _outcome(ticket)
    ticket.verdict, ticket.verdict_params = verdict.code, verdict.params
    ticket.priority, ticket.organization_id = verdict.large, verdict.organization_id or _lost(ticket)
    ticket.rule_version = rules.version
    if before != _outcome(ticket):
        add(ctx, ticket, "classified", verdict=verdict.code, params=verdict.params, priority=verdict.large,
            rule=rules.version)
    follows = consequence(verdict.large, ticket.severity_from, field_changed)
    if follows == "raise":
        set_severity(ctx, ticket, ctx.programme.support.large_account_severity, "rule")
    elif follows == "undo":
        set_severity(ctx, ticket, *_without_rule(ctx, ticket))


def _lost(ticket: Ticket) -> int | None:
    """Return the customer that a ticket was about if it is no longer its partner's: that stays known, and its data
    hidden, until the ticket is found to be about another one.
    """
    known = Organization.get_or_none(Organization.id == ticket.organization_id) if ticket.organization_id else None
    return known.id if known and known.partner_id != ticket.partner_id else None


def _outcome(ticket: Ticket) -> tuple[object, ...]:
    return ticket.verdict, ticket.verdict_params, ticket.priority, ticket.organization_id


def _without_rule(ctx: Ctx, ticket: Ticket) -> tuple[str, str]:
    """Return the severity that a ticket would have if the rule had done nothing: a person's last word, or the usual."""
    said = said_by_people([ticket.id]).get(ticket.id)
    return (said, "person") if said else (ctx.programme.support.default_severity, "default")


def set_severity(ctx: Ctx, ticket: Ticket, severity: str, source: str) -> None:
    """Give a ticket a severity, which comes from the rule, a person, or nobody (`default`)."""
    if (ticket.severity, ticket.severity_from) != (severity, source):
        add(ctx, ticket, "severity", severity=severity, before=ticket.severity, source=source)
    ticket.severity, ticket.severity_from = severity, source
