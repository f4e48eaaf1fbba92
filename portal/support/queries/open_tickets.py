"""All open tickets, a thousand at a time, with what the classification needs of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from portal.support.models import Event, Ticket
from portal.support.policy.tickets import GOING

BATCH = 1000
_COLUMNS = (
    Ticket.id, Ticket.public_id, Ticket.number, Ticket.partner.alias("partner_id"),
    Ticket.organization.alias("organization_id"), Ticket.service, Ticket.service_org, Ticket.service_user,
    Ticket.customer_email, Ticket.severity, Ticket.severity_from, Ticket.priority, Ticket.verdict,
    Ticket.verdict_params, Ticket.rule_version, Ticket.version,
)


def count_open() -> int:
    """Return how many tickets are open."""
    return Ticket.select().where(Ticket.state.in_(GOING)).count()


def open_beyond(after: int) -> Sequence[Any]:
    """Return the next open tickets beyond a row, in the order of rows."""
    query: Any = Ticket.select(*_COLUMNS).where(Ticket.state.in_(GOING), Ticket.id > after)
    return list(query.order_by(Ticket.id).limit(BATCH).namedtuples())


def said_by_people(tickets: Sequence[int]) -> dict[int, str]:
    """Return for tickets the severity that a person gave them last, unless they were without one meanwhile."""
    events: Any = Event.select(Event.ticket, Event.data).where(Event.ticket.in_(tickets), Event.kind == "severity")
    last: dict[int, dict[str, Any]] = {
        ticket: data for ticket, data in events.order_by(Event.id).tuples() if data and data["source"] != "rule"}
    return {ticket: data["severity"] for ticket, data in last.items() if data["source"] == "person"}
