"""Reads of payments: the list that a partner filters, and what the same filter comes to in each currency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, reduce
from operator import and_
from typing import Any, NamedTuple

from peewee import JOIN, Case, Field, fn

from portal.billing.models import Card, Charge, DayTotal, Invoice, MonthlyTotal, Order, Refund
from portal.billing.policy.spans import spans
from portal.core.context import Actor, Ctx
from portal.core.paging import Cursor, Page
from portal.customers.models import Assignment, Organization
from portal.customers.queries import assigned, find, one, open_to, visible_to
from portal.storage.hot import rows, slot
from portal.storage.paging import beyond, page, place
from portal.storage.search import contains

SIZE = 25
STATES = ("succeeded", "declined", "waiting", "refunded")
CARD_KINDS = ("reseller", "customer")
_WAITING = ("pending", "action")
_CHUNK = 1000
_CHOICE = 8  # customers that are offered where words fit several
# Tables of totals with the part of a period that is read from each.
TOTALS: tuple[tuple[Any, str], ...] = ((MonthlyTotal, "months"), (DayTotal, "head"), (DayTotal, "tail"))
# Of a charge that was declined its invoice may tell, which another one paid.
_EARNED = Case(None, [(Charge.state == "succeeded", fn.COALESCE(Invoice.commission, 0))], 0)
# What came too late for a charge that had been declined was never counted, and neither is its return.
_GIVEN_BACK = (Refund.state == "succeeded", Charge.state == "succeeded")
_BACK = fn.COALESCE(Invoice.commission, 0)  # of the credit note
_NET_BACK = fn.COALESCE(Invoice.net, Charge.net)  # a refund without credit note gives the whole charge back


class Chosen(NamedTuple):
    """A customer whose payments are asked for."""

    id: int
    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Which payments somebody wants; days are UTC days and both count. `administered`: those of the Console's list.

    With the state `refunded` the refunds themselves are listed, on the days when the money went back.
    """

    since: date
    until: date
    customer: Chosen | None = None
    service: str = ""
    card_kind: str = ""
    state: str = ""
    currency: str = ""
    administered: bool = False
    after: str | None = None


class Payment(NamedTuple):
    """A charge of a card, or a refund (state `refunded`), with its receipt. Amounts are minor units.

    `net` is the part without tax; `commission` what the partner earns on it, of a refund what is taken back.
    """

    on: date
    customer: str
    name: str
    service: str
    card_kind: str
    brand: str
    last4: str
    state: str
    decline_code: str
    amount: int
    net: int
    currency: str
    refunded: int
    commission: int
    invoice: str | None
    code: str | None
    order: str | None
    id: int


class Sum(NamedTuple):
    """What the payments of a currency and state come to."""

    currency: str
    state: str
    number: int
    amount: int
    net: int
    commission: int

    @property
    def tax(self) -> int:
        return self.amount - self.net


# ---- Whose ----

def chosen(ctx: Ctx, public_id: str, administered: bool) -> Chosen:
    """Return a customer by its public id, or raise `NotFound`."""
    row = one(open_to(ctx.actor), public_id) if administered else find(ctx, public_id)
    return Chosen(row.id, row.public_id, row.name)


def is_seen(actor: Actor, charge: Charge) -> bool:
    """Tell whether the actor's partner took this charge, for a customer that the actor sees."""
    ours = (Charge.id == charge.id) & (Charge.partner == actor.partner_id)
    return bool(Charge.select().where(ours, assigned(actor, Charge.organization)).exists())


def matching(ctx: Ctx, words: str, administered: bool) -> list[Chosen]:
    """Return the first customers whose name, domain or super administrator has these words."""
    mine = open_to(ctx.actor) if administered else visible_to(ctx.actor)
    query: Any = mine.select(Organization.id, Organization.public_id, Organization.name).where(
        contains(Organization.search, words)
    )
    return [Chosen(*row) for row in query.order_by(Organization.name_key, Organization.id).limit(_CHOICE).tuples()]


# ---- The list ----

def payments(ctx: Ctx, asked: Asked, size: int = SIZE) -> Page[Payment]:
    """Return one page of the payments of the actor's partner, newest first, in one statement (S0.29).

    Every filter has its index, and a page far down costs what the first one does.
    """
    refunds = asked.state == "refunded"
    cursor = place(asked.after, _order(refunds))
    day, row_id = cursor.key if cursor else (None, None)
    values = {**_values(ctx, asked), "day": day, "id": row_id, "size": size + 1}
    build = _refunds if refunds else _charges
    shown = _Shown(asked, ctx.actor.sees_all)
    found = rows(("payments", _shape(shown), cursor and cursor.back), lambda: build(shown, cursor), values)
    read = page(found, lambda row: [_text(row[0]), row[-1]], cursor, size)
    return replace(read, rows=[Payment(_day(row[0]), *row[1:]) for row in read.rows])


def every(ctx: Ctx, asked: Asked) -> Iterator[list[Payment]]:
    """Yield all those payments in pieces: a file of any length needs the memory of one piece."""
    after: str | None = None
    while True:
        read = payments(ctx, replace(asked, after=after), _CHUNK)
        yield list(read.rows)
        after = read.next
        if after is None:
            return


def _order(refunds: bool) -> tuple[Field, Field]:
    return (Refund.on, Refund.id) if refunds else (Charge.on, Charge.id)


def _charges(shown: _Shown, cursor: Cursor | None) -> Any:
    asked = shown.asked
    query = (
        Charge.select(
            Charge.on, Organization.public_id, Organization.name, Charge.service, Charge.card_kind, Card.brand,
            Card.last4, Charge.state, Charge.decline_code, Charge.amount, Charge.net, Charge.currency, Charge.refunded,
            _EARNED, Invoice.public_id, Invoice.code, Order.public_id, Charge.id,
        )
        .join(Organization, on=(Organization.id == Charge.organization))
        .join(Card, on=(Card.id == Charge.card))
        .join(Invoice, JOIN.LEFT_OUTER, on=(Invoice.id == Charge.invoice))
        .join(Order, JOIN.LEFT_OUTER, on=(Order.id == Charge.order))
        .where(*_whose(shown, Charge.partner), *within(Charge.on, "period"), *_in_state(asked),
               *_filter(asked, Charge, waiting=asked.state == "waiting"))
    )
    return _piece(query, (Charge.on, Charge.id), cursor)


def _refunds(shown: _Shown, cursor: Cursor | None) -> Any:
    query = (
        Refund.select(
            Refund.on, Organization.public_id, Organization.name, Charge.service, Charge.card_kind, Card.brand,
            Card.last4, slot("state"), slot("none"), Refund.amount, _NET_BACK, Refund.currency,
            slot("zero"), _BACK, Invoice.public_id, Invoice.code, Order.public_id, Refund.id,
        )
        .join(Charge, on=(Charge.id == Refund.charge))
        .join(Organization, on=(Organization.id == Charge.organization))
        .join(Card, on=(Card.id == Charge.card))
        .join(Invoice, JOIN.LEFT_OUTER, on=(Invoice.id == Refund.credit_note))
        .join(Order, JOIN.LEFT_OUTER, on=(Order.id == Charge.order))
        .where(*_GIVEN_BACK, *_whose(shown, Refund.partner), *within(Refund.on, "period"),
               *_filter(shown.asked, Charge))
    )
    return _piece(query, (Refund.on, Refund.id), cursor)


def _piece(query: Any, order: tuple[Field, Field], cursor: Cursor | None) -> Any:
    downwards = cursor is None or not cursor.back
    if cursor:
        query = query.where(beyond(order, (slot("day"), slot("id")), downwards))
    return query.order_by(*(column.desc() if downwards else column for column in order)).limit(slot("size"))


# ---- What they come to ----

def sums(ctx: Ctx, asked: Asked) -> list[Sum]:
    """Return what the payments of a filter come to by currency and state, in one statement.

    Settled payments of all customers are added up from the totals of months and days; those of one customer, and those
    that wait, are few. What the Console does not administer is taken off again: of such customers there are few too.
    Whoever sees chosen customers gets the sums of those.
    """
    found: dict[tuple[str, str], list[int]] = {}
    shown = _Shown(asked, ctx.actor.sees_all)
    for currency, state, *amounts in rows(("sums", _shape(shown)), lambda: _union(shown), _values(ctx, asked)):
        key = (currency, "waiting" if state in _WAITING else state)
        found[key] = [had + int(more or 0) for had, more in zip(found.get(key, [0] * 4), amounts, strict=True)]
    kept = (key for key, amounts in found.items() if amounts[0])
    return [Sum(*key, *found[key]) for key in sorted(kept, key=lambda key: (key[0], STATES.index(key[1])))]


def listed(asked: Asked, found: Iterable[Sum]) -> int:
    """Return how many lines the list of a filter has, by its sums: refunds are lines only where they are asked for."""
    return sum(each.number for each in found if (each.state == "refunded") == (asked.state == "refunded"))


def _union(shown: _Shown) -> Any:
    return reduce(lambda some, more: some.union_all(more), _parts(shown))


def _parts(shown: _Shown) -> Iterator[Any]:
    asked = shown.asked
    if asked.customer or not shown.all:
        yield from _one_by_one(asked, reduce(and_, _few(shown)))
        return
    if asked.state != "waiting":
        yield from _of_totals(asked)
        if asked.administered:
            yield from _one_by_one(asked, _not_administered() & Charge.settled_at.is_null(False), sign=-1)
    if asked.state in {"", "waiting"}:
        yield _of_waiting(asked)


def _of_totals(asked: Asked) -> Iterator[Any]:
    for table, part in TOTALS:
        query = table.select(
            table.currency, table.state, fn.SUM(table.count), fn.SUM(table.amount), fn.SUM(table.net),
            fn.SUM(table.commission),
        ).where(table.partner == slot("partner"), *within(table.on, part), *_filter(asked, table))
        if asked.state:
            query = query.where(table.state == slot("state"))
        yield query.group_by(table.currency, table.state)


def _one_by_one(asked: Asked, whose: Any, sign: int = 1) -> Iterator[Any]:
    """Add up charges and refunds themselves, where there are few."""
    if asked.state != "refunded":
        charges = (
            Charge.select(*_added(Charge.currency, Charge.state, Charge.amount, Charge.net, _EARNED, sign))
            .join(Invoice, JOIN.LEFT_OUTER, on=(Invoice.id == Charge.invoice))
            .where(whose, *within(Charge.on, "period"), *_filter(asked, Charge), *_in_state(asked))
        )
        yield charges.group_by(Charge.currency, Charge.state)
    if asked.state in {"", "refunded"}:
        refunds = (
            Refund.select(*_added(Refund.currency, slot("refunded"), Refund.amount, _NET_BACK, _BACK, sign))
            .join(Charge, on=(Charge.id == Refund.charge))
            .join(Invoice, JOIN.LEFT_OUTER, on=(Invoice.id == Refund.credit_note))
            # Spelled so that the index by day does not serve it: from the customers it is less far.
            .where(whose, *within(fn.COALESCE(Refund.on, Refund.on), "period"), *_GIVEN_BACK, *_filter(asked, Charge))
        )
        yield refunds.group_by(Refund.currency)


def _added(currency: Any, state: Any, amount: Any, net: Any, earned: Any, sign: int = 1) -> tuple[Any, ...]:
    return currency, state, fn.COUNT(1) * sign, *(fn.SUM(each) * sign for each in (amount, net, earned))


def _of_waiting(asked: Asked) -> Any:
    query = Charge.select(*_added(Charge.currency, Charge.state, Charge.amount, Charge.net, 0)).where(
        Charge.partner == slot("partner"), Charge.settled_at.is_null(), *within(Charge.on, "period"),
        *_filter(asked, Charge, waiting=True),
    )
    if asked.administered:
        query = query.join(Organization, on=(Organization.id == Charge.organization)).where(
            Organization.access == "active"
        )
    return query.group_by(Charge.currency, Charge.state)


def _not_administered() -> Any:
    closed = Organization.select(Organization.id).where(
        Organization.partner == slot("partner"), Organization.access.in_(("suspended", "revoked", "none"))
    )
    return Charge.organization.in_(closed)


def _few(shown: _Shown) -> Iterator[Any]:
    """Yield the conditions of charges that are few enough to be added up one by one."""
    if shown.asked.customer:
        yield Charge.organization == slot("organization")
    if not shown.all:
        yield Charge.partner == slot("partner")
        yield Charge.organization.in_(_chosen_ones())
        if shown.asked.administered:
            yield Charge.organization.in_(Organization.select(Organization.id).where(Organization.access == "active"))


def _chosen_ones() -> Any:
    return Assignment.select(Assignment.organization).where(Assignment.member == slot("member"))


# ---- The filter ----

class _Shown(NamedTuple):
    """What is asked for, and whether of all customers or of those that were chosen for the actor."""

    asked: Asked
    all: bool


def _whose(shown: _Shown, partner: Field) -> Iterator[Any]:
    # The customer was found among those of the actor's partner: to ask for both would let an engine take the wrong
    # index.
    yield Charge.organization == slot("organization") if shown.asked.customer else partner == slot("partner")
    if not shown.all:
        yield Charge.organization.in_(_chosen_ones())
    if shown.asked.administered:
        yield Organization.access == "active"


def _filter(asked: Asked, table: Any, waiting: bool = False) -> Iterator[Any]:
    for name in ("service", "card_kind", "currency"):
        if getattr(asked, name):
            column = getattr(table, name)
            # Spelled so that no index by this column serves it where the one of the few that wait does.
            yield (fn.COALESCE(column, "") if waiting else column) == slot(name)


def within(on: Any, part: str) -> tuple[Any, Any]:
    """Return the condition that a day lies in a part of the period, whose days are slots."""
    return on >= slot(f"{part} since"), on <= slot(f"{part} until")


def _in_state(asked: Asked) -> Iterator[Any]:
    if asked.state == "waiting":
        yield Charge.settled_at.is_null()
    elif asked.state:
        yield Charge.state == slot("state")


def _shape(shown: _Shown) -> tuple[Any, ...]:
    """Return what the text of a statement depends on."""
    asked = shown.asked
    given = (asked.customer, asked.service, asked.card_kind, asked.currency)
    state = asked.state if asked.state in {"", "waiting", "refunded"} else "settled"
    return (*map(bool, given), state, asked.administered, shown.all)


def _values(ctx: Ctx, asked: Asked) -> dict[str, Any]:
    return {
        "partner": ctx.actor.partner_id, "member": ctx.actor.member_id,
        "organization": asked.customer and asked.customer.id,
        "service": asked.service, "card_kind": asked.card_kind, "currency": asked.currency, "state": asked.state,
        "refunded": "refunded", "none": "", "zero": 0, **days(ctx, asked.since, asked.until),
    }


def days(ctx: Ctx, since: date, until: date) -> dict[str, str]:
    """Return the slots of a period and of its parts, as `within` names them."""
    split = spans(since, until, ctx.today())
    parts = {"period": (since, until), "months": split.months, "head": split.head, "tail": split.tail}
    return {f"{part} {end}": day.isoformat() for part, both in parts.items()
            for end, day in zip(("since", "until"), both, strict=True)}


@lru_cache(maxsize=4096)
def _parsed(text: str) -> date:
    return date.fromisoformat(text)


def _day(value: Any) -> date:
    """Return a date column as the driver gave it: SQLite has text."""
    return _parsed(value) if isinstance(value, str) else value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else value.isoformat()  # type: ignore[no-any-return]
