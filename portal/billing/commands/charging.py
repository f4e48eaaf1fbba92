"""Taking money: ask (store the intent), a job talks to the gateway, settle (store what became of it) exactly once."""

from __future__ import annotations

import logging
from typing import Any

from peewee import EXCLUDED

from portal.adapters.cards import Outcome
from portal.audit import record
from portal.billing.commands.holding import held_organization, held_subscription
from portal.billing.commands.left import keeps_suspended, owed_by_former
from portal.billing.commands.telling import tell_about, tell_customer, tell_recipient, tell_seller
from portal.billing.models import Card, Charge, DayTotal, Invoice, MonthlyTotal, Order, Refund
from portal.billing.policy.dunning import step_after
from portal.billing.words import decline
from portal.commissions.commands.ledger import Cause, book
from portal.core.context import Ctx
from portal.core.errors import Stale
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.jobs import enqueue
from portal.programme.commission import Rule
from portal.storage import command, locked, transaction
from portal.subscriptions.commands.suspensions import lift
from portal.subscriptions.models import Subscription

log = logging.getLogger("portal.billing")
_SETTLED = frozenset({"succeeded", "declined"})


def open_charge(
    ctx: Ctx, key: str, organization: Organization, card: Card, service: str, card_kind: str, amount: int, net: int,
    currency: str, order: Order | None = None, invoice: Invoice | None = None,
) -> Charge:
    """Store the intent to take an order's or invoice's money in the caller's transaction, and ask for its job.

    `key` is what the gateway knows it by: it takes the money once, however often it is asked. `net` is the part of
    `amount` without tax, both in minor units.
    """
    cause = order or invoice
    assert cause is not None
    charge: Charge = Charge.create(
        key=key, order=order, invoice=invoice, organization=organization, partner=cause.partner_id, card=card,
        service=service, card_kind=card_kind, amount=amount, net=net, currency=currency, on=ctx.today(),
        created_at=ctx.now,
    )
    enqueue(ctx, "billing.charge", key=f"billing.charge:{key}", charge=key)
    return charge


@command(P.JOB_RUN)
def settle_charge(ctx: Ctx, key: str, outcome: Outcome) -> str:
    """Store what became of a charge, and all that follows from it, in one transaction; return its state.

    The gateway's own answer, its webhooks and our questions may all bring the same outcome, in any order: what is
    settled stays settled.
    """
    known: Charge = Charge.get(Charge.key == key)
    organization = held_organization(known.organization_id)
    owned = _subscription_of(known)
    charge: Charge = locked(Charge.select().where(Charge.id == known.id)).get()
    if charge.state in _SETTLED:
        if charge.state == "declined" and outcome.state == "succeeded":
            _give_back(ctx, charge, outcome)
        return str(charge.state)
    values: dict[str, Any] = {"reference": outcome.reference or charge.reference}
    if outcome.state in _SETTLED:
        values |= {"state": outcome.state, "settled_at": ctx.now, "on": ctx.today(), "action_url": "",
                   "decline_code": outcome.code if outcome.state == "declined" else ""}
    elif outcome.state == "action":
        values |= {"state": "action", "action_url": outcome.url}
    Charge.update(**values).where(Charge.id == charge.id).execute()
    asked_to_confirm = outcome.state == "action" and charge.state != "action"
    charge = Charge.get_by_id(charge.id)
    if asked_to_confirm:
        _ask_holder(ctx, organization, charge)
    if charge.state == "declined":
        _declined(ctx, organization, charge)
    elif charge.state == "succeeded":
        _succeeded(ctx, organization, owned, charge)
    return str(charge.state)


def _subscription_of(charge: Charge) -> Subscription | None:
    """Return the subscription that a charge is about, held, or None where it is to be bought."""
    cause = charge.invoice or charge.order
    return held_subscription(cause.subscription_id) if cause and cause.subscription_id else None


def _ask_holder(ctx: Ctx, organization: Organization, charge: Charge) -> None:
    """Ask the card's holder to confirm a charge. Who has just ordered sees it on the page, unless it is not their card.

    A customer whose partner pays is not troubled with it.
    """
    invoice = charge.invoice
    params = {"url": charge.action_url, "total": charge.amount, "currency": charge.currency,
              "code": invoice.code if invoice else "", "invoice": invoice.public_id if invoice else "",
              "card_kind": charge.card_kind}
    if invoice is not None:
        tell_seller(ctx, organization, charge.partner_id, "payment-confirm", charge.key, **params)
    if charge.card_kind == "customer":
        tell_customer(ctx, organization, "payment-confirm", charge.key, **params)


def _declined(ctx: Ctx, organization: Organization, charge: Charge) -> None:
    count(ctx, charge, "declined", charge.amount, charge.net, 0)
    order, invoice = charge.order, charge.invoice
    if invoice is None and order is not None:
        waiting = (Order.id == order.id) & (Order.state == "pending")
        Order.update(state="declined", settled_at=ctx.now).where(waiting).execute()
        record(ctx, "order.declined", subject=order.public_id, organization_id=organization.id,
               code=charge.decline_code)
        tell_seller(ctx, organization, order.partner_id, "order-declined", charge.key, order=order.public_id,
                    plan=order.target["now"]["plan"], total=charge.amount, currency=charge.currency,
                    why=decline(charge.decline_code))
    elif invoice is not None:
        record(ctx, "payment.declined", subject=invoice.public_id, organization_id=organization.id, name=invoice.code,
               code=charge.decline_code)
        tell_declined(ctx, organization, invoice, charge.key, charge.decline_code)


def tell_declined(ctx: Ctx, organization: Organization, invoice: Invoice, key: str, code: str) -> None:
    """Tell both sides why an open invoice could not be paid, and what its timetable has next."""
    following = step_after(invoice.due_on, ctx.programme.billing.dunning, invoice.tries)
    if following and following.kind != "retry" and owed_by_former(organization, invoice):
        following = None
    tell_about(
        ctx, organization, invoice, "payment-declined", key, why=decline(code),
        next_step=following.kind if following else "", next_on=following.on.isoformat() if following else "",
    )


def _succeeded(ctx: Ctx, organization: Organization, owned: Subscription | None, charge: Charge) -> None:
    invoice = charge.invoice
    if invoice is None:
        invoice = _fulfilled(ctx, organization, owned, charge)
    if invoice is None:
        return
    invoice = locked(Invoice.select().where(Invoice.id == invoice.id)).get()
    paid = invoice.paid + charge.amount
    state = "paid" if paid + invoice.credited >= invoice.total else invoice.state
    Invoice.update(paid=paid, state=state, next_try_on=None).where(Invoice.id == invoice.id).execute()
    invoice.paid, invoice.state = paid, state
    Charge.update(invoice=invoice.id).where(Charge.id == charge.id).execute()
    count(ctx, charge, "succeeded", charge.amount, charge.net, invoice.commission)
    earn(ctx, organization, invoice)
    record(ctx, "payment.received", subject=invoice.public_id, organization_id=organization.id, name=invoice.code,
           total=charge.amount, currency=charge.currency)
    if owned is not None and state == "paid" and not keeps_suspended(ctx, organization, owned):
        lift(ctx, Subscription.get_by_id(owned.id), "payment")
    tell_recipient(ctx, organization, invoice)


def _fulfilled(ctx: Ctx, organization: Organization, owned: Subscription | None, charge: Charge) -> Invoice | None:
    """Carry out the order that was paid; where that has become impossible, the money goes back."""
    from portal.billing.commands.orders import fulfil  # orders open charges, charges carry out orders

    order = locked(Order.select().where(Order.id == charge.order_id)).get()
    try:
        with transaction():  # a savepoint: what was begun of it is undone
            return fulfil(ctx, order, organization, owned)
    except Stale:
        Order.update(state="returned", settled_at=ctx.now).where(Order.id == order.id).execute()
        count(ctx, charge, "succeeded", charge.amount, charge.net, 0)
        ask_return(ctx, charge)
        return None


def _give_back(ctx: Ctx, charge: Charge, outcome: Outcome) -> None:
    """Return money that the gateway took although the charge had been given up; its cause stays as it is."""
    log.error("charge %s was declined and then succeeded as %s: it goes back", charge.key, outcome.reference)
    Charge.update(reference=outcome.reference).where(Charge.id == charge.id).execute()
    ask_return(ctx, charge)


def ask_return(ctx: Ctx, charge: Charge) -> None:
    """Have the whole amount of a charge given back that bought nothing, once."""
    key = f"return:{charge.key}"
    Refund.insert(
        key=key, charge=charge.id, partner=charge.partner_id, amount=charge.amount, currency=charge.currency,
        reason="returned", on=ctx.today(), created_at=ctx.now,
    ).on_conflict_ignore().execute()
    enqueue(ctx, "billing.refund", key=f"billing.refund:{key}", refund=key)


def earn(ctx: Ctx, organization: Organization, invoice: Invoice) -> None:
    """Book what the partner earns on a paid invoice (S0.18): kept as margin at the charge, or accrued."""
    if not invoice.commission:
        return
    kind = "margin" if has_margin(invoice) else "accrual"
    book(ctx, f"{kind}:{invoice.public_id}", invoice.partner_id, kind, invoice.commission, invoice.currency,
         cause_of(organization, invoice), invoice.commission_base, rule_of(invoice))


def has_margin(invoice: Invoice) -> bool:
    """Tell whether the commission was taken off the invoice, as it was issued; otherwise it accrues."""
    return bool(invoice.net < invoice.commission_base)


def cause_of(organization: Organization, invoice: Invoice) -> Cause:
    """Return what a line of the ledger says about the invoice or credit note that it comes from."""
    return Cause(invoice.public_id, invoice.code, organization.id, organization.name, invoice.subscription_id,
                 invoice.service)


def rule_of(invoice: Invoice) -> Rule:
    """Return the rule by which the commission of an invoice was worked out."""
    return Rule(invoice.commission_rate, invoice.commission_tier, invoice.commission_from)


def count(ctx: Ctx, charge: Charge, state: str, amount: int, net: int, commission: int) -> None:
    """Add an outcome to the totals of its partner's day and month, which reports are made of."""
    today = ctx.today()
    for table, on in ((DayTotal, today), (MonthlyTotal, today.replace(day=1))):
        table.insert(
            partner=charge.partner_id, on=on, service=charge.service, card_kind=charge.card_kind, state=state,
            currency=charge.currency, count=1, amount=amount, net=net, commission=commission,
        ).on_conflict(
            conflict_target=[table.partner, table.on, table.currency, table.service, table.card_kind, table.state],
            update={
                table.count: table.count + 1, table.amount: table.amount + EXCLUDED.amount,
                table.net: table.net + EXCLUDED.net, table.commission: table.commission + EXCLUDED.commission,
            },
        ).execute()
