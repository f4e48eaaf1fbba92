"""Invoices of a partner that its customer has left: whose card pays them, and what does not follow from them."""

from __future__ import annotations

from portal.billing.models import Card, Charge, Invoice
from portal.billing.policy.dunning import suspends
from portal.core.context import Ctx
from portal.customers.models import Organization
from portal.storage import locked
from portal.subscriptions.commands.suspensions import lift
from portal.subscriptions.models import Subscription, Suspension


def is_left(organization: Organization, invoice: Invoice) -> bool:
    """Tell whether an invoice is the business of another partner than the organization's of today."""
    if organization.partner_id is None:
        return not invoice.partner.house
    return bool(invoice.partner_id != organization.partner_id)


def owed_by_former(organization: Organization, invoice: Invoice) -> bool:
    """Tell whether a partner owes an invoice whose customer has left it: the customer does not pay for that twice."""
    return invoice.card_kind == "reseller" and is_left(organization, invoice)


def paying(organization: Organization, invoice: Invoice) -> tuple[str, Card | None]:
    """Return the kind of card that pays an invoice, and the card if there is one.

    The organization's card of today, if the business is today's partner's. What a former partner owes is charged to its
    own cards, and what the customer owed then to the customer's: a new partner never pays for an old one's business.
    """
    if not is_left(organization, invoice):
        return organization.card_kind, Card.get_or_none(Card.id == organization.card_id, Card.state == "active")
    kind = "reseller" if invoice.card_kind == "reseller" else "customer"
    mine = Card.partner == invoice.partner_id if kind == "reseller" else Card.organization == organization.id
    cards = list(Card.select().where(mine, Card.state == "active").order_by(Card.id.desc()))
    tried = Charge.select(Charge.card).where(Charge.invoice == invoice.id).order_by(Charge.id.desc()).limit(1)
    chosen = organization.card_id if kind == "customer" else tried.scalar()
    return kind, next((card for card in cards if card.id == chosen), cards[0] if cards else None)


def as_sold(organization: Organization, invoice: Invoice, card_kind: str) -> Organization:
    """Return the organization as the customer of the partner whose business an invoice is, paying by such a card."""
    if not is_left(organization, invoice):
        return organization
    partner = None if invoice.partner.house else invoice.partner_id
    then = Organization.get_by_id(organization.id)
    then.partner_id, then.card_kind = partner, card_kind
    return then  # type: ignore[no-any-return]


def keeps_suspended(ctx: Ctx, organization: Organization, owned: Subscription) -> bool:
    """Tell whether an invoice of a subscription is unpaid for so long that it keeps it suspended."""
    unpaid = Invoice.select().where(Invoice.subscription == owned.id, Invoice.state == "open")
    terms = ctx.programme.billing.dunning
    return any(suspends(one.due_on, terms, one.tries) and not owed_by_former(organization, one) for one in unpaid)


def lift_what_others_owe(ctx: Ctx, organization: Organization) -> None:
    """Let subscriptions work again that only a former partner's debt had suspended; the organization is held."""
    unpaid = Suspension.select(Suspension.subscription).where(
        Suspension.reason == "payment", Suspension.lifted_at.is_null()
    )
    suspended = Subscription.select().where(Subscription.organization == organization.id, Subscription.id.in_(unpaid))
    for owned in locked(suspended.order_by(Subscription.id)):
        if not keeps_suspended(ctx, organization, owned):
            lift(ctx, owned, "payment")
