"""Reads of invoices and credit notes: for partners their own rows, for an organization what is made out to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, ModelSelect, Value, fn

from portal.billing.models import Card, Charge, Invoice, InvoiceLine, Refund
from portal.billing.policy.timeline import Facts, Happening, Moment, timeline
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.queries import assigned
from portal.storage import UtcDateTimeField
from portal.storage.paging import keyset
from portal.storage.search import contains
from portal.subscriptions.models import Suspension

SIZE = 25
STATES = ("open", "paid", "credited", "issued")  # `issued`: credit notes
SEARCH_MAX = 200
_CODE = re.compile(r"(?:[A-Z0-9]{1,8}-)?(\d{1,9})", re.IGNORECASE)
_INSTANT = UtcDateTimeField()
_Corrected = Invoice.alias()


# ---- Who sees which ----

def of_partner(actor: Actor) -> ModelSelect[Invoice]:
    """Return the invoices of a partner's customers, whoever they are made out to; also of customers that have left.

    Whoever sees chosen customers sees the invoices of those.
    """
    ours = Invoice.select().where(Invoice.partner == (actor.partner_id or 0))
    return ours if actor.sees_all else ours.where(assigned(actor, Invoice.organization))


def of_organization(actor: Actor) -> ModelSelect[Invoice]:
    """Return the invoices that are made out to the organization whose console the actor is in.

    What its partner pays for with a reseller card is between vendor and partner.
    """
    return Invoice.select().where(Invoice.organization == (actor.organization_id or 0), Invoice.card_kind != "reseller")


def of_everybody(actor: Actor) -> ModelSelect[Invoice]:
    """Return all invoices, for staff."""
    return Invoice.select().where(Value(1) == Value(int(actor.can(P.FINANCE_READ))))


# ---- Lists ----

@dataclass(frozen=True, slots=True)
class Asked:
    """Which invoices somebody wants: a number or words of the customer, a state, one customer, and the page."""

    search: str = ""
    state: str = ""
    customer: str = ""  # public id
    after: str | None = None


def invoices(ctx: Ctx, visible: ModelSelect[Invoice], asked: Asked, size: int = SIZE) -> Page[Invoice]:
    """Return one page of invoices and credit notes, the latest first, each with its `organization`."""
    query = visible.select(Invoice, Organization).join(Organization)
    if asked.state:
        query = query.where(Invoice.state == asked.state)
    if asked.customer:
        query = query.where(Organization.public_id == asked.customer)
    if asked.search:
        query = query.where(_matches(ctx, asked.search))
    return keyset(query, [Invoice.id], lambda row: [row.id], asked.after, size, descending=True)


def _matches(ctx: Ctx, words: str) -> Any:
    """Return a condition: the number, with its prefix or without, or words of the customer."""
    number = _CODE.fullmatch(words)
    if number:
        prefixes = {entity.prefix for entity in ctx.programme.billing.entities.values()}
        codes = {f"{prefix}{int(number[1]):06d}" for prefix in prefixes}
        return Invoice.code.in_([words.upper()] if "-" in words else sorted(codes))
    found = contains(Organization.search, words)
    return Value(1) == Value(0) if found is None else found


@dataclass(frozen=True, slots=True)
class Outstanding:
    """A renewal that a customer's partner has not paid: what its customer may know of it, without amounts."""

    plan: str
    moments: Sequence[Moment]


def outstanding(ctx: Ctx, most: int = 10) -> list[Outstanding]:
    """Return what the partner of the organization in whose console the actor is has still to pay for it."""
    query: Any = (
        Invoice.select(Invoice, InvoiceLine.plan.alias("plan"))
        .join(InvoiceLine, on=(InvoiceLine.invoice == Invoice.id) & (InvoiceLine.position == 1))
        .where(Invoice.organization == (ctx.actor.organization_id or 0), Invoice.card_kind == "reseller",
               Invoice.state == "open")
        .order_by(Invoice.id.desc()).limit(most).objects()
    )
    terms = ctx.programme.billing.dunning
    return [
        Outstanding(row.plan, [moment for moment in timeline(_facts(row), [], terms) if moment.ahead])
        for row in query
    ]


# ---- One ----

@dataclass(frozen=True, slots=True)
class Found:
    """An invoice with its lines, its `organization` and `corrects`, and everything that has become of it."""

    invoice: Invoice
    lines: Sequence[InvoiceLine]
    moments: Sequence[Moment]
    given_back: int  # refunds that are done
    under_way: bool  # a charge or refund without outcome

    @property
    def payable(self) -> bool:
        """Whether it could be charged now: it is open, and no charge is under way or waits for the card's holder."""
        return self.invoice.state == "open" and not any(one.kind in {"charging", "confirm"} for one in self.moments)

    @property
    def refundable(self) -> int:
        """What could be given back of it, in minor units."""
        return int(self.invoice.paid) - self.given_back


def find_invoice(ctx: Ctx, visible: ModelSelect[Invoice], public_id: str) -> Found:
    """Return an invoice of a visible set with what has become of it, in two statements, or raise `NotFound`."""
    lines = _with_lines(visible, public_id)
    if not lines:
        raise NotFound(public_id)
    invoice, suspended_at = lines[0].invoice, _instant(lines[0].suspended_at)
    happened = _happened(invoice)
    return Found(
        invoice, lines, timeline(_facts(invoice, suspended_at), happened, ctx.programme.billing.dunning),
        sum(one.amount for one in happened if one.kind == "refund" and one.state == "succeeded"),
        any(one.state == "pending" for one in happened),
    )


def read_invoice(visible: ModelSelect[Invoice], public_id: str) -> tuple[Invoice, list[InvoiceLine]]:
    """Return an invoice of a visible set and its lines alone: the document. Raises `NotFound`."""
    lines = _with_lines(visible, public_id)
    if not lines:
        raise NotFound(public_id)
    return lines[0].invoice, lines


def _with_lines(visible: ModelSelect[Invoice], public_id: str) -> list[Any]:
    """Return the lines, each with its `invoice`, and when that had the subscription suspended."""
    suspended = Suspension.select(fn.MIN(Suspension.since)).where(
        Suspension.subscription == Invoice.subscription, Suspension.reason == "payment",
        Suspension.since >= Invoice.issued_at, Invoice.kind == "invoice",
    )
    query = (
        InvoiceLine.select(InvoiceLine, Invoice, Organization, _Corrected, suspended.alias("suspended_at"))
        .join(Invoice).join(Organization)
        .switch(Invoice).join(_Corrected, JOIN.LEFT_OUTER, on=(Invoice.corrects == _Corrected.id), attr="corrects")
        .where(Invoice.id.in_(visible.select(Invoice.id).where(Invoice.public_id == public_id)))
        .order_by(InvoiceLine.position)
    )
    return list(query)


def _facts(invoice: Invoice, suspended_at: datetime | None = None) -> Facts:
    return Facts(invoice.state, invoice.issued_at, invoice.due_on, invoice.tries, invoice.next_try_on, suspended_at)


def _happened(invoice: Invoice) -> list[Happening]:
    """Return charges, refunds, and credit notes that belong to no refund."""
    charges = Charge.select(
        Value("charge"), Charge.created_at, Charge.settled_at, Charge.state, Charge.decline_code, Charge.amount,
        Card.last4, Charge.action_url,
    ).join(Card).where(Charge.invoice == invoice.id)
    notes = Invoice.alias()
    refunds = Refund.select(
        Value("refund"), Refund.created_at, Refund.settled_at, Refund.state, Refund.fault, Refund.amount,
        fn.COALESCE(notes.code, ""), fn.COALESCE(notes.public_id, ""),
    ).join(notes, JOIN.LEFT_OUTER, on=(Refund.credit_note == notes.id)).where(Refund.invoice == invoice.id)
    alone = notes.select(
        Value("note"), notes.issued_at, notes.issued_at, notes.state, notes.reason, notes.total, notes.code,
        notes.public_id,
    ).where(notes.corrects == invoice.id, notes.id.not_in(
        Refund.select(Refund.credit_note).where(Refund.invoice == invoice.id, Refund.credit_note.is_null(False))
    ))
    rows: Iterable[tuple[Any, ...]] = charges.union_all(refunds).union_all(alone).tuples()
    return [Happening(kind, _instant(asked_at), _instant(settled_at), *rest)  # type: ignore[arg-type]
            for kind, asked_at, settled_at, *rest in rows]


def _instant(value: Any) -> datetime | None:
    """Return an instant as the engine gave it, which knows no column of ours in a union."""
    found: datetime | None = _INSTANT.python_value(value)
    return found
