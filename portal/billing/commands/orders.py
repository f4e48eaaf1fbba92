"""Confirming what a quote showed: a purchase or change that takes effect when it is paid, or at once if it is free."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from portal.audit import record
from portal.billing.commands.charging import earn, open_charge
from portal.billing.commands.holding import own_customer, own_subscription
from portal.billing.commands.invoicing import issue
from portal.billing.models import Card, Charge, Invoice, Order
from portal.billing.policy.bills import Bill
from portal.billing.policy.cards import NoCard, require_usable
from portal.billing.queries.quotes import Quote, preview_change, preview_conversion, quote_purchase
from portal.billing.queries.recipients import Recipient, recipient_of
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.customers.queries import visible_to
from portal.jobs import enqueue
from portal.storage import command
from portal.subscriptions.commands.answers import answered, held_request
from portal.subscriptions.commands.terms import become, begin
from portal.subscriptions.models import ChangeRequest, Subscription
from portal.subscriptions.policy import Terms


@command(P.SUBSCRIPTION_ADD)
def buy_service(
    ctx: Ctx, customer: str, plan: str, licenses: int, period: str, extra_storage_gb: int, total: int
) -> Order:
    """Order a service for a customer that does not have it; it starts when it is paid (S0.15).

    `total` is what the person saw, in minor units. Raises `NotFound`, `Stale`, `NoCard`, `DomainError` beside a field.
    """
    organization = own_customer(ctx, customer)
    quote = quote_purchase(ctx, organization, plan, licenses, period, extra_storage_gb)
    live = (Subscription.organization == organization.id) & (Subscription.service == quote.service)
    if Subscription.select().where(live, Subscription.state != "ended").exists():
        raise DomainError(N_("Your customer has this service already. Change its subscription instead."), "plan")
    return _order(ctx, organization, None, quote, total)


@command(P.SUBSCRIPTION_CHANGE)
def convert_trial(
    ctx: Ctx, subscription: str, plan: str, licenses: int, period: str, extra_storage_gb: int, seen: int, total: int,
    request: str | None = None, answer: str = "",
) -> Order:
    """Turn a trial, also one that has expired, into a paid subscription from today on (S3.21, S3.24-25).

    `request` is the customer's question that this answers. Raises `NotFound`, `Stale`, `NoCard`, `TooFewLicenses`,
    `DomainError` beside a field.
    """
    organization, owned = own_subscription(ctx, subscription)
    if owned.version != seen or owned.trial_days is None or owned.state == "ended":
        raise Stale
    asked = _asked(ctx, request, owned)
    quote = preview_conversion(ctx, organization, owned, plan, licenses, period, extra_storage_gb)
    return _order(ctx, organization, owned, quote, total, asked, answer)


@command(P.SUBSCRIPTION_CHANGE)
def change_subscription(
    ctx: Ctx, subscription: str, plan: str, licenses: int, period: str, extra_storage_gb: int, seen: int, total: int,
    request: str | None = None, answer: str = "",
) -> Order:
    """Change a subscription as previewed: more at once and prorated, less at the renewal (S0.17, S3.21, G12).

    `seen` is its version and `total` the amount due, both as the person saw them; `request` is the customer's question
    that this answers. Raises `NotFound`, `Stale`, `NoCard`, `TooFewLicenses`, `DomainError` beside a field.
    """
    organization, owned = own_subscription(ctx, subscription)
    if owned.version != seen:
        raise Stale
    asked = _asked(ctx, request, owned)
    quote = preview_change(ctx, organization, owned, plan, licenses, period, extra_storage_gb)
    return _order(ctx, organization, owned, quote, total, asked, answer)


@command(P.SUBSCRIPTION_CHANGE)
def withdraw_order(ctx: Ctx, order: str) -> None:
    """Give up an order whose card's holder has not confirmed the charge. Raises `NotFound`, `Stale`.

    The gateway is asked to forget the charge; the order ends with its answer, since it may come too late.
    """
    customers = visible_to(ctx.actor).select(Organization.id)
    found = Order.get_or_none(Order.public_id == order, Order.organization.in_(customers))
    if found is None:
        raise NotFound(order)
    charge = Charge.get_or_none(Charge.order == found, Charge.state == "action")
    if found.state != "pending" or charge is None:
        raise Stale
    enqueue(ctx, "billing.cancel", key=f"billing.cancel:{charge.key}", charge=charge.key)


def _asked(ctx: Ctx, request: str | None, owned: Subscription) -> ChangeRequest | None:
    """Return the customer's request that is answered, held, if any. Raises `NotFound`, `Stale`."""
    asked = held_request(ctx, request) if request else None
    if asked is not None and asked.subscription_id != owned.id:
        raise NotFound(request)
    return asked


def _order(
    ctx: Ctx, organization: Organization, owned: Subscription | None, quote: Quote, total: int,
    asked: ChangeRequest | None = None, answer: str = "",
) -> Order:
    """Write the order of a quote, and ask for its money; a free one is carried out at once."""
    if quote.bill.total != total:
        raise Stale
    waiting = (Order.organization == organization.id) & (Order.service == quote.service) & (Order.state == "pending")
    if Order.select().where(waiting).exists():
        raise DomainError(N_("A change of this subscription is still being paid. Wait for its outcome."))
    card = _card(ctx, organization) if total else None
    to = recipient_of(organization, organization.card_kind)
    order: Order = Order.create(
        organization=organization, partner=organization.partner_id, subscription=owned, kind=quote.kind,
        service=quote.service, target=_target(quote, to), bill=quote.bill.as_json(), currency=quote.currency,
        total=total, card_kind=organization.card_kind, card=card, request=asked, answer=answer, seen=quote.version,
        asked_by=ctx.actor.account_id, asked_by_name=ctx.actor.name, created_at=ctx.now,
    )
    if card is None:
        fulfil(ctx, order, organization, owned)
    else:
        open_charge(ctx, order.public_id, organization, card, quote.service, order.card_kind, total, quote.bill.net,
                    quote.currency, order=order)
        record(ctx, "order.confirmed", subject=order.public_id, organization_id=organization.id,
               name=quote.steps.now.plan, total=total, currency=quote.currency)
    return Order.get_by_id(order.id)  # type: ignore[no-any-return]


def _card(ctx: Ctx, organization: Organization) -> Card:
    card = Card.get_or_none(Card.id == organization.card_id, Card.state == "active")
    if card is None or organization.card_kind == "none":
        raise NoCard
    require_usable(card.exp_year, card.exp_month, ctx.today())
    return card  # type: ignore[no-any-return]


def _target(quote: Quote, to: Recipient) -> dict[str, Any]:
    """Return what the order comes to, with whom its taxes are for: details may be edited while it waits."""
    return {
        "now": asdict(quote.steps.now), "later": asdict(quote.steps.later) if quote.steps.later else None,
        "starts_on": quote.starts_on.isoformat(), "renews_on": quote.renews_on.isoformat(),
        "anchor_day": quote.anchor_day, "recipient": to.as_json(),
    }


def fulfil(ctx: Ctx, order: Order, organization: Organization, owned: Subscription | None) -> Invoice | None:
    """Carry out an order in the caller's transaction, all rows held, and issue its invoice if anything is sold by it.

    Raises `Stale` when the subscription has become something else meanwhile: its money then goes back.
    """
    target = order.target
    now = Terms(**target["now"])
    later = Terms(**target["later"]) if target["later"] else None
    starts_on, renews_on = date.fromisoformat(target["starts_on"]), date.fromisoformat(target["renews_on"])
    if owned is None:
        _must_be_free(organization, order.service)
        owned = begin(ctx, organization, order.service, order.currency, now, starts_on, renews_on)
    elif owned.state == "ended" or (order.total and (order.kind == "convert") != (owned.trial_days is not None)):
        raise Stale
    elif order.kind == "convert":
        state = "suspended" if owned.state == "suspended" else "paid"
        become(ctx, owned, "subscription.bought", now, later, state=state, trial_days=None, period_from=starts_on,
               renews_on=renews_on, anchor_day=target["anchor_day"])
    elif owned.trial_days is not None:
        become(ctx, owned, "subscription.changed", now, later)
    else:
        # Within its period a change leaves the dates alone: a suspension that ended meanwhile may have moved them.
        anew = {"period_from": starts_on, "renews_on": renews_on, "anchor_day": target["anchor_day"]}
        become(ctx, owned, "subscription.changed", now, later, **(anew if now.period != owned.period else {}))
    Order.update(state="done", subscription=owned, settled_at=ctx.now).where(Order.id == order.id).execute()
    if order.request:
        answered(ctx, "change.done", order.request, organization, order.answer, order.asked_by_name)
    bill = Bill.from_json(order.bill)
    if not bill.lines:
        return None
    invoice = issue(ctx, _paying_as(organization, order), owned, bill, order, Recipient(**target["recipient"]))
    if not bill.total:  # no charge will settle it
        earn(ctx, organization, invoice)
    return invoice


def _must_be_free(organization: Organization, service: str) -> None:
    live = (Subscription.organization == organization.id) & (Subscription.service == service)
    if Subscription.select().where(live, Subscription.state != "ended").exists():
        raise Stale


def _paying_as(organization: Organization, order: Order) -> Organization:
    """Return the organization as it paid: its card or partner may have been changed while the order waited."""
    organization.card_kind, organization.partner_id = order.card_kind, order.partner_id
    return organization

