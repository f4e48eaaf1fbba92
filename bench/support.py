"""Fills a database with many open tickets of one partner, and has their clocks folded anew."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from bench.data import NOW, insert, organization, partner
from portal.accounts.models import Account, Session, Staff
from portal.core.context import Ctx
from portal.core.ids import digest
from portal.customers.models import Organization
from portal.storage import transaction
from portal.storage.bulk import counted
from portal.support.commands.clocks import batches, refold
from portal.support.models import NEVER, Event, Ticket
from portal.support.policy.events import CLOCK_KINDS

TOKEN = "bench-staff"
QUEUE = "/en/desk/tickets"
CUSTOMERS, STAFF = 500, 40
_FIRST = 100  # row number of the first account of the staff
_EVENTS = ("opened", "severity", "staff-reply", "partner-reply", "waiting", "resumed", "note", "staff-reply")


def fill_tickets(count: int) -> None:
    """Create a partner's customers and `count` open tickets with a few events each, and staff who work on them."""
    owner = partner().id
    with transaction():
        insert(Organization, CUSTOMERS, lambda n: organization(n, owner))
        _staff()
        insert(Ticket, count, lambda n: _ticket(n, owner))
        insert(Event, count * len(_EVENTS), _event)
    counted()


def _staff() -> None:
    for n in range(STAFF):
        account = Account.create(
            id=_FIRST + n, email=f"bench-{n}@vendor.example", name=f"Support {n}", verified_at=NOW,
            second_factor_at=NOW, created_at=NOW,
        )
        Staff.create(account=account, role="support" if n else "support-lead", created_at=NOW)
    Session.create(
        digest=digest(TOKEN), account=_FIRST, created_at=NOW, seen_at=NOW, expires_at=NOW + timedelta(days=400),
        proved_at=NOW,
    )


def _ticket(n: int, owner: int) -> dict[str, Any]:
    """Return one of many open tickets; half of them critical, some of those late."""
    opened = NOW - timedelta(minutes=n * 7919 % 500 + 100)
    return {
        "id": n, "public_id": f"t{n}", "number": str(10_000_000 + n), "partner": owner,
        "organization": n % CUSTOMERS + 1 if n % 30 else None, "region": ("US", "EU", "IN", "JP")[n % 4],
        "channel": "help-center", "requester": 1, "requester_name": "Bench",
        "requester_email": "bench@partner.example", "language": ("en", "es", "fr", "th")[n % 4], "service": "",
        "service_org": "", "service_user": "", "customer_email": f"boss@customer-{n % CUSTOMERS}.example",
        "subject": f"No mail since {n}", "state": "open", "outcome": "", "severity": "S1" if n % 2 else "S3",
        "severity_from": "rule", "priority": bool(n % 2),
        "verdict": "small" if n % 30 else "not-found", "assignee": _FIRST + n % 50 if n % 50 < STAFF else None,
        "rule_version": 0, "next_clock": "",
        "queue_at": NEVER, "rating": "", "rating_note": "", "search": f"{10_000_000 + n} no mail since {n}",
        "version": 1, "created_at": opened, "updated_at": NOW,
    }


def _event(n: int) -> dict[str, Any]:
    ticket, place = divmod(n - 1, len(_EVENTS))
    kind = _EVENTS[place]
    opened = NOW - timedelta(minutes=(ticket + 1) * 7919 % 500 + 100)
    data = {"severity": "S1" if (ticket + 1) % 2 else "S3", "before": "S3"} if kind == "severity" else None
    return {
        "id": n, "public_id": f"e{n}", "ticket": ticket + 1, "kind": kind, "at": opened + timedelta(minutes=place * 12),
        "public": kind != "note", "actor_name": "Bench", "side": "staff" if place > 1 else "partner",
        "body": "Nobody gets any mail since this morning." if kind in {"opened", "staff-reply", "note"} else "",
        "data": data,
    }


def refolded(ctx: Ctx) -> float:
    """Fold the clocks of all tickets anew as the worker does; return the CPU seconds."""
    begin, after = time.process_time(), 0
    while found := batches(ctx, after):
        refold(ctx, after := found[-1])
    return time.process_time() - begin


def events_read(tickets: int, batch: int = 200) -> float:
    """Read what clocks are folded from in batches of the same size, and do nothing with it; return the CPU seconds."""
    begin = time.process_time()
    for after in range(0, tickets, batch):
        rows: Any = Event.select(Event.ticket, Event.kind, Event.at, Event.data).where(
            Event.ticket.in_(list(range(after + 1, after + batch + 1))), Event.kind.in_(CLOCK_KINDS)
        ).order_by(Event.ticket, Event.id)
        list(rows.tuples())
    return time.process_time() - begin
