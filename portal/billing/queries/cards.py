"""Reads of payment cards: with which one a customer pays, what another choice would mean, and the list of all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from peewee import JOIN, ModelSelect, Value, fn

from portal.billing.models import BillTo, Card, CardSetup, Invoice
from portal.billing.policy.bills import Bill, whole_period
from portal.billing.policy.cards import last_day
from portal.billing.policy.taxes import tax_for
from portal.billing.queries.quotes import Conditions, terms_of
from portal.billing.queries.recipients import Recipient, customer_recipient, partner_recipient
from portal.commissions.queries import known_tier, tier_column
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.customers.models import Organization
from portal.customers.queries import assigned, one, visible_to
from portal.programme.commission import Rule, Settlement
from portal.storage.paging import keyset
from portal.subscriptions.models import Scheduled, Subscription
from portal.subscriptions.policy import next_renewal

SIZE = 50
COUNTED = 999  # more customers of one card are not counted
KINDS = ("reseller", "customer")


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the next renewal of a subscription would come to with one kind of card; a trial's first paid period."""

    service: str
    plan: str
    on: date
    trial: bool
    rule: Rule
    bill: Bill


@dataclass(frozen=True, slots=True)
class Consequence:
    """What it means that a customer pays with one kind of card: who gets the invoices, what the partner earns."""

    kind: str
    recipient: Recipient
    settlement: Settlement
    renewals: Sequence[Renewal]


@dataclass(frozen=True, slots=True)
class Unpaid:
    """An open invoice; a new card is tried with it at once."""

    public_id: str
    code: str
    total: int  # still to be paid
    currency: str


@dataclass(frozen=True, slots=True)
class Payment:
    """With which card a customer pays, which it could pay with, and what follows from each choice (S3.31-35)."""

    organization: Organization
    present: Card | None  # also one that was removed or has expired
    cards: Sequence[Card]  # that can be charged: the partner's and the customer's own
    consequences: Sequence[Consequence]  # one per kind
    unpaid: Sequence[Unpaid]

    def of(self, kind: str) -> list[Card]:
        """Return the cards of one kind: `reseller` or `customer`."""
        return [card for card in self.cards if (card.partner_id is None) == (kind == "customer")]


def payment(ctx: Ctx, customer: str) -> Payment:
    """Return how a customer of the actor's partner (public id) pays; four statements. Raises `NotFound`."""
    today = ctx.today()
    organization = one(_with_address(ctx.actor, today), customer)
    known = _cards_of(ctx.actor, organization)
    subscriptions = _coming(organization)
    return Payment(
        organization, next((card for card in known if card.id == organization.card_id), None),
        [card for card in known if card.state == "active" and last_day(card.exp_year, card.exp_month) >= today],
        [_consequence(ctx, organization, kind, subscriptions, today) for kind in KINDS], _unpaid(subscriptions),
    )


def _with_address(actor: Actor, today: date) -> ModelSelect[Organization]:
    """Read, with the customers, to whom their invoices go and their partner's tier."""
    tier = tier_column(Organization.partner, today).alias("tier")
    return (
        visible_to(actor).select(Organization, BillTo, tier)
        .join(BillTo, JOIN.LEFT_OUTER, on=(BillTo.organization == Organization.id), attr="bill_to")
    )


def offered(actor: Actor, organization: Organization) -> Any:
    """Return the condition that a customer may pay with a card: its own, or one of its partner's.

    Of the partner's, whoever sees chosen customers knows those that pay for these.
    """
    ours = (Card.partner == organization.partner_id) & _known_to(actor)
    return ours | (Card.organization == organization.id)


def _known_to(actor: Actor) -> Any:
    if actor.sees_all:
        return Value(1) == 1
    return fn.EXISTS(visible_to(actor).select(Organization.id).where(Organization.card_id == Card.id))


def _cards_of(actor: Actor, organization: Organization) -> list[Card]:
    """Return the partner's cards and the customer's, newest first, and the one that pays whatever became of it."""
    known = (offered(actor, organization) & (Card.state == "active")) | (Card.id == organization.card_id)
    return list(Card.select().where(known).order_by(Card.id.desc()))


def _coming(organization: Organization) -> list[Any]:
    """Return the subscriptions that go on, with what is scheduled for them and with their open invoices."""
    unpaid = (Invoice.subscription == Subscription.id) & (Invoice.state == "open")
    return list(
        Subscription.select(Subscription, Scheduled, Invoice)
        .join(Scheduled, JOIN.LEFT_OUTER, on=(Scheduled.subscription == Subscription.id), attr="planned")
        .join_from(Subscription, Invoice, JOIN.LEFT_OUTER, on=unpaid, attr="unpaid")
        .where(Subscription.organization == organization.id).order_by(Subscription.id, Invoice.id)
    )


def _consequence(
    ctx: Ctx, organization: Any, kind: str, subscriptions: Sequence[Any], today: date
) -> Consequence:
    assert organization.partner_id is not None
    to = (partner_recipient(organization.partner_id) if kind == "reseller"
          else customer_recipient(organization, getattr(organization, "bill_to", None)))
    billing, commission = ctx.programme.billing, ctx.programme.commission
    tax = tax_for(billing, billing.entity_for(to.country), to.country, to.tax_id)
    settlement, tier = commission.settlement(kind), known_tier(ctx, organization.tier)
    return Consequence(kind, to, settlement, [
        _renewal(owned, Conditions(settlement, commission.rule(tier, owned.service, today), tax))
        for owned in {owned.id: owned for owned in subscriptions}.values() if _goes_on(owned)
    ])


def _goes_on(owned: Subscription) -> bool:
    return owned.renews_on is not None and owned.renewal != "end" and owned.state in {"trial", "paid", "suspended"}


def _renewal(owned: Any, conditions: Conditions) -> Renewal:
    terms, on = terms_of(getattr(owned, "planned", None) or owned), owned.renews_on
    lines = whole_period(terms, on, next_renewal(on, terms.period, owned.anchor_day or on.day))
    return Renewal(owned.service, terms.plan, on, owned.trial_days is not None, conditions.rule,
                   conditions.bill(lines, owned.currency))


def _unpaid(subscriptions: Sequence[Any]) -> list[Unpaid]:
    found = (getattr(owned, "unpaid", None) for owned in subscriptions)
    return [Unpaid(bill.public_id, bill.code, bill.total - bill.paid - bill.credited, bill.currency)
            for bill in found if bill is not None]


@dataclass(frozen=True, slots=True)
class Kept:
    """A card in the list of all: whose it is, and for how many customers it pays, up to `COUNTED` + 1."""

    public_id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    pays_for: int
    customer: str  # public id, of a customer's card
    name: str
    expires_on: date  # the last day on which it can be charged


def kept_cards(actor: Actor, kind: str, after: str | None = None) -> Page[Kept]:
    """Return one page of the cards of the actor's partner, newest first, or of its customers, by their names."""
    found: Any = _own(actor) if kind == "reseller" else _customers(actor)
    columns = (Card.id,) if kind == "reseller" else (Organization.name_key, Card.id)
    read = keyset(found.tuples(), columns, lambda row: list(row[-len(columns):]), after, SIZE, kind == "reseller")
    return Page(list(_kept(read.rows)), read.previous, read.next)


_COLUMNS = (Card.public_id, Card.brand, Card.last4, Card.exp_month, Card.exp_year)


def _own(actor: Actor) -> ModelSelect[Card]:
    payers = Organization.alias()
    # At most so many are looked at: a partner's card may pay for very many.
    some = payers.select(payers.id).where(payers.card_id == Card.id, assigned(actor, payers.id)).limit(COUNTED + 1)
    count = some.select_from(fn.COUNT(some.c.id))
    mine = (Card.partner == actor.partner_id) & (Card.state == "active") & _known_to(actor)
    return Card.select(*_COLUMNS, count, Value(""), Value(""), Card.id).where(mine)


def _customers(actor: Actor) -> ModelSelect[Organization]:
    pays = fn.COALESCE(Organization.card_id == Card.id, False)
    return (
        visible_to(actor)
        .select(*_COLUMNS, pays, Organization.public_id, Organization.name, Organization.name_key, Card.id)
        .join(Card, on=(Card.organization == Organization.id)).where(Card.state == "active")
    )


def _kept(rows: Sequence[Any]) -> Iterator[Kept]:
    for public_id, brand, last4, month, year, pays_for, customer, name, *_place in rows:
        yield Kept(public_id, brand, last4, month, year, int(pays_for), customer, name, last_day(year, month))


def find_setup(actor: Actor, public_id: str) -> CardSetup:
    """Return the entering of a card for a customer of the actor's partner, with both, or raise `NotFound`."""
    query = (
        CardSetup.select(CardSetup, Organization, Card)
        .join(Organization)
        .join_from(CardSetup, Card, JOIN.LEFT_OUTER)
        .where(CardSetup.public_id == public_id, CardSetup.partner == actor.partner_id,
               Organization.partner == actor.partner_id, assigned(actor))
    )
    row: CardSetup | None = query.first() if actor.partner_id is not None else None
    if row is None:
        raise NotFound(public_id)
    return row
