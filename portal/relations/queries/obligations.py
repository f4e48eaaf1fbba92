"""What is open between a customer and its partner, as dated facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import SQL, Value, fn

from portal.billing.models import Card, Invoice, Order
from portal.consents.models import Consent
from portal.customers.models import Organization
from portal.subscriptions.models import ChangeRequest, Scheduled, Subscription

_NOTHING = SQL("NULL")


@dataclass(frozen=True, slots=True)
class Obligation:
    """Something that is open: its kind (`words.OBLIGATIONS`), until or since when, and how much, in minor units."""

    kind: str
    day: date | None = None
    amount: int | None = None
    currency: str = ""


def obligations(organization_id: int) -> tuple[Obligation, ...]:
    """Return what is open between an organization and its partner of now, the earliest first; one statement."""
    ours = fn.EXISTS(Card.select().where(Card.organization == organization_id, Card.state == "active"))
    running = (Organization.card_kind == "reseller", Subscription.state.in_(["paid", "suspended"]),
               Subscription.trial_days.is_null())
    parts = (
        _invoices(organization_id, "invoice-partner", Invoice.card_kind == "reseller",
                  Invoice.partner == Organization.partner),
        _invoices(organization_id, "invoice-customer", Invoice.card_kind != "reseller"),
        _subscriptions(organization_id, "paid-by-partner", *running, ~ours),
        _subscriptions(organization_id, "paid-by-partner-then-own", *running, ours),
        _subscriptions(organization_id, "trial", Subscription.state == "trial"),
        Scheduled.select(Value("scheduled"), Subscription.renews_on, _NOTHING, Value(""))
        .join(Subscription).where(Subscription.organization == organization_id),
        Order.select(Value("order"), _NOTHING, Order.total, Order.currency)
        .where(Order.organization == organization_id, Order.state == "pending"),
        ChangeRequest.select(Value("request"), _NOTHING, _NOTHING, Value(""))
        .where(ChangeRequest.organization == organization_id, ChangeRequest.state == "open"),
        Consent.select(Value("consent"), _NOTHING, _NOTHING, Value(""))
        .where(Consent.organization == organization_id, Consent.state == "open"),
    )
    query: Any = parts[0]
    for part in parts[1:]:
        query = query.union_all(part)
    found = [Obligation(kind, _day(day), amount, currency) for kind, day, amount, currency in query.tuples()]
    return tuple(sorted(found, key=lambda one: (one.day is None, one.day or date.max, one.kind, one.amount or 0)))


def _invoices(organization_id: int, kind: str, *which: Any) -> Any:
    rest = Invoice.total - Invoice.paid - Invoice.credited
    return Invoice.select(Value(kind), Invoice.due_on, rest, Invoice.currency).join(Organization).where(
        Invoice.organization == organization_id, Invoice.kind == "invoice", Invoice.state == "open", *which,
    )


def _subscriptions(organization_id: int, kind: str, *which: Any) -> Any:
    return (
        Subscription.select(Value(kind), Subscription.renews_on, _NOTHING, Value("")).join(Organization)
        .where(Subscription.organization == organization_id, *which)
    )


def _day(value: Any) -> date | None:
    """Return a day as the driver gave it: SQLite has text."""
    return date.fromisoformat(value) if isinstance(value, str) else value
