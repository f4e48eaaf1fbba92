"""Classifying a ticket: which customer it is about, whether that account is large, and what follows (S4.4-17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from peewee import fn

from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.directory.models import User
from portal.domains.models import Domain
from portal.subscriptions.models import Subscription
from portal.support.commands.history import add
from portal.support.models import Rule, Ticket
from portal.support.policy.classification import COUNTED, Candidate, Rules, Verdict, judge, rules_of, weigh


def classify(ctx: Ctx, ticket: Ticket, field_changed: bool = True) -> None:
    """Judge a ticket and keep what comes out on it; the caller holds the ticket, folds its clocks and stores it.

    A severity set by hand wins until a field that the judgment rests on changes again; what is taken back is only what
    the rule did (S4.14-17).
    """
    rules = active_rules(ctx)
    apply(ctx, ticket, verdict_on(ctx, ticket, rules), rules, field_changed)


def verdict_on(ctx: Ctx, ticket: Ticket, rules: Rules) -> Verdict:
    """Return what a rule says of a ticket now."""
    found = candidates(ctx, ticket)
    named = {"email": ticket.customer_email, "user": ticket.service_user, "organization": ticket.service_org}
    return judge(
        ticket.service, [name for name, value in named.items() if value], found, rules,
        ctx.programme.support.decided_by, ctx.programme.default_region,
    )


def choose(ctx: Ctx, ticket: Ticket, organization: Organization) -> None:
    """Judge a ticket as being about this customer, because a person says so (G17)."""
    rules = active_rules(ctx)
    chosen = as_candidates(ctx, {organization.id: {"person"}})[0]
    apply(ctx, ticket, weigh(ticket.service, chosen, rules, ctx.programme.default_region), rules, field_changed=True)


def active_rules(ctx: Ctx) -> Rules:
    """Return the rule in force: the staff's active version, or the programme file's."""
    row: Rule | None = Rule.get_or_none(Rule.state == "active")
    return rules_from(row) if row else rules_of(ctx.programme)


def rules_from(row: Rule) -> Rules:
    """Return a stored version of the rule."""
    return Rules(row.version, row.thresholds, frozenset(row.excluded))


def candidates(ctx: Ctx, ticket: Ticket) -> list[Candidate]:
    """Return the customers of the ticket's partner that it may be about, each once, with what led to it."""
    found = defaultdict[int, set[str]](set)
    for way, ids in _ways(ticket):
        for row in ids:
            found[row].add(way)
    return as_candidates(ctx, found)


def _ways(ticket: Ticket) -> Iterable[tuple[str, list[int]]]:
    """Yield what leads to customers, and to which: super administrator's e-mail, domain, user and organization ids."""
    ours = Organization.select(Organization.id).where(Organization.partner == ticket.partner_id)
    email = ticket.customer_email
    if email:
        verified = Domain.select(Domain.organization).where(
            Domain.name == email.rpartition("@")[2], Domain.verified_at.is_null(False))
        yield "email", _ids(ours.where(fn.LOWER(Organization.admin_email) == email))
        yield "domain", _ids(ours.where(Organization.id.in_(verified)))
    if ticket.service_user:
        users = User.select(User.organization).where(User.public_id == ticket.service_user)
        yield "user", _ids(ours.where(Organization.id.in_(users)))
    if ticket.service_org:
        yield "organization", _ids(ours.where(Organization.public_id == ticket.service_org))


def _ids(query: Any) -> list[int]:
    return [row_id for (row_id,) in query.order_by(Organization.id).tuples()]


def as_candidates(ctx: Ctx, found: dict[int, set[str]]) -> list[Candidate]:
    """Return organizations with the licenses that they have bought, by service."""
    licenses = licenses_of(list(found))
    rows = Organization.select().where(Organization.id.in_(list(found))).order_by(Organization.id)
    return [
        Candidate(row.id, row.name, ctx.programme.region_for_country(row.country).code, frozenset(found[row.id]),
                  licenses[row.id])
        for row in rows
    ]


def licenses_of(organizations: list[int]) -> dict[int, dict[str, int]]:
    """Return for each organization how many licenses it has bought of each service."""
    total = fn.SUM(Subscription.licenses)
    query: Any = Subscription.select(Subscription.organization, Subscription.service, total).where(
        Subscription.organization.in_(organizations), Subscription.state.in_(COUNTED)
    ).group_by(Subscription.organization, Subscription.service)
    found = defaultdict[int, dict[str, int]](dict)
    for organization, service, count in query.tuples():
        found[organization][service] = int(count)
    return found


def apply(ctx: Ctx, ticket: Ticket, verdict: Verdict, rules: Rules, field_changed: bool) -> None:
    """Keep a verdict on a ticket, with the severity that follows from it, and both in its history."""
    before = (ticket.verdict, ticket.verdict_params, ticket.priority, ticket.organization_id)
    ticket.verdict, ticket.verdict_params = verdict.code, verdict.params
    ticket.priority, ticket.organization_id = verdict.large, verdict.organization_id
    ticket.rule_version = rules.version
    if before != (ticket.verdict, ticket.verdict_params, ticket.priority, ticket.organization_id):
        add(ctx, ticket, "classified", verdict=verdict.code, params=verdict.params, priority=verdict.large,
            rule=rules.version)
    by_hand = ticket.severity_from == "person"
    if verdict.large and (field_changed or not by_hand):
        set_severity(ctx, ticket, ctx.programme.support.large_account_severity, "rule")
    elif ticket.severity_from == "rule" and not verdict.large:
        set_severity(ctx, ticket, ctx.programme.support.default_severity, "default")


def set_severity(ctx: Ctx, ticket: Ticket, severity: str, source: str) -> None:
    """Give a ticket a severity, which comes from the rule, a person, or nobody (`default`)."""
    if (ticket.severity, ticket.severity_from) != (severity, source):
        add(ctx, ticket, "severity", severity=severity, before=ticket.severity, source=source)
    ticket.severity, ticket.severity_from = severity, source
