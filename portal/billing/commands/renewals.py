"""Renewals: invoiced on their day and charged; what stays unpaid is tried again, suspends, and ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.billing.commands.charging import earn, open_charge, tell_declined
from portal.billing.commands.holding import held_organization, held_subscription
from portal.billing.commands.invoicing import issue
from portal.billing.commands.left import as_sold, owed_by_former, paying
from portal.billing.commands.refunds import credit_rest
from portal.billing.commands.reissuing import made_out_anew
from portal.billing.commands.telling import tell_about, tell_both, tell_recipient
from portal.billing.models import Charge, Invoice, Order
from portal.billing.policy.bills import whole_period
from portal.billing.policy.cards import NoCard, last_day
from portal.billing.policy.dunning import step_after, timetable
from portal.billing.queries.quotes import bill_for, renewal_terms
from portal.core.context import Ctx
from portal.core.errors import NotFound, Stale
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.queries import visible_to
from portal.storage import command, locked
from portal.subscriptions.commands.suspensions import end, suspend
from portal.subscriptions.commands.terms import become
from portal.subscriptions.models import Subscription
from portal.subscriptions.policy import Terms, next_renewal

BATCH = 200
_ZONES_AHEAD = timedelta(hours=14)  # where on earth the day begins first


@command(P.JOB_RUN)
def due_renewals(ctx: Ctx, after: int = 0) -> list[int]:
    """Return row numbers beyond `after` of one batch of paid subscriptions that may renew today somewhere on earth."""
    furthest = (ctx.now + _ZONES_AHEAD).date()
    query = Subscription.select(Subscription.id).where(
        Subscription.state == "paid", Subscription.renews_on <= furthest, Subscription.id > after
    )
    return [row.id for row in query.order_by(Subscription.id).limit(BATCH)]


@command(P.JOB_RUN)
def renew(ctx: Ctx, subscription_id: int) -> Invoice | None:
    """Renew one subscription if its day has come where its organization is, or let it end.

    The new period begins with its invoice, at what was scheduled or is agreed on, and the charge follows. One whose
    change is still being paid waits. `ask` without an answer by the day ends like `end`.
    """
    organization = held_organization(Subscription.get_by_id(subscription_id).organization_id)
    owned = held_subscription(subscription_id)
    today = ctx.today(organization.time_zone)
    if owned.state != "paid" or owned.renews_on is None or owned.renews_on > today:
        return None
    waiting = (Order.organization == organization.id) & (Order.service == owned.service) & (Order.state == "pending")
    if Order.select().where(waiting).exists():
        return None
    if owned.renewal != "renew" or not _payer(organization):
        if end(ctx, owned, "renewal"):
            tell_both(ctx, organization, "subscription-ended", owned.public_id, plan=owned.plan, why="renewal")
        return None
    return _next_period(ctx, organization, owned)


def _payer(organization: Organization) -> bool:
    """Tell whether somebody is there to pay: its partner, or without one the customer with a card of its own."""
    return organization.partner_id is not None or organization.card_kind == "customer"


def _next_period(ctx: Ctx, organization: Organization, owned: Subscription) -> Invoice:
    terms = _with_enough_licenses(organization, owned, renewal_terms(owned))
    starts_on = owned.renews_on
    assert starts_on is not None
    anchor = owned.anchor_day or starts_on.day
    ends_on = next_renewal(starts_on, terms.period, anchor)
    bill = bill_for(ctx, organization, owned.service, owned.currency, whole_period(terms, starts_on, ends_on))
    become(ctx, owned, "subscription.renewed", terms, None, period_from=starts_on, renews_on=ends_on,
           anchor_day=anchor)
    invoice = issue(ctx, organization, owned, bill, next_try_on=ctx.today() if bill.total else None)
    if bill.total:
        advance(ctx, organization, owned, invoice)
    else:
        earn(ctx, organization, invoice)
    tell_recipient(ctx, organization, invoice)
    return invoice


def _with_enough_licenses(organization: Organization, owned: Subscription, terms: Terms) -> Terms:
    """Return the terms with a license for each user: some may have been added since fewer were scheduled."""
    users = organization.users if owned.id == organization.main_subscription else 0
    if terms.licenses >= users or terms.licenses >= owned.licenses:
        return terms
    return Terms(terms.plan, min(users, owned.licenses), terms.period, terms.unit_price, terms.extra_storage_gb,
                 terms.storage_price)


@command(P.JOB_RUN)
def due_invoices(ctx: Ctx, after: int = 0) -> list[int]:
    """Return row numbers beyond `after` of one batch of open invoices whose next step is due."""
    query = Invoice.select(Invoice.id).where(
        Invoice.state == "open", Invoice.next_try_on <= ctx.today(), Invoice.id > after
    )
    return [row.id for row in query.order_by(Invoice.id).limit(BATCH)]


@command(P.JOB_RUN)
def dun(ctx: Ctx, invoice_id: int) -> None:
    """Take the next step of the timetable with one unpaid invoice, if its day has come."""
    known = Invoice.get_by_id(invoice_id)
    organization = held_organization(known.organization_id)
    owned = held_subscription(known.subscription_id)
    invoice = locked(Invoice.select().where(Invoice.id == invoice_id)).get()
    if invoice.state == "open" and invoice.next_try_on and invoice.next_try_on <= ctx.today():
        advance(ctx, organization, owned, invoice)


def advance(ctx: Ctx, organization: Organization, owned: Subscription, invoice: Invoice) -> None:
    """Do the step that an unpaid invoice has come to, and note the day of the next; all rows are held.

    While a charge waits for its holder, no other is asked for. An invoice is not given up while its money may still
    arrive: that step waits for tomorrow. What a partner owes whose customer has left it suspends and ends nothing.
    """
    terms, others = ctx.programme.billing.dunning, owed_by_former(organization, invoice)
    step, following = (step_after(invoice.due_on, terms, invoice.tries + more) for more in (0, 1))
    step = step or timetable(invoice.due_on, terms)[-1]  # the programme has fewer steps than were done already
    if step.kind == "end" and under_way(invoice):
        Invoice.update(next_try_on=ctx.today() + timedelta(days=1)).where(Invoice.id == invoice.id).execute()
        return
    Invoice.update(tries=invoice.tries + 1, next_try_on=following.on if following else None).where(
        Invoice.id == invoice.id
    ).execute()
    if step.kind in {"charge", "retry"}:
        if collect(ctx, organization, invoice) is None and not under_way(invoice):
            invoice.tries += 1
            tell_declined(ctx, organization, invoice, f"{invoice.public_id}-{step.on}", "no_card")
    elif step.kind == "suspend":
        if not others and suspend(ctx, owned, "payment"):
            tell_about(ctx, organization, invoice, "subscription-suspended", invoice.public_id, plan=owned.plan,
                       reason="payment", ends_on=following.on.isoformat() if following else "")
    else:
        if not others:
            end(ctx, owned, "unpaid")
        credit_rest(ctx, organization, invoice, "unpaid")
        if not others:
            tell_both(ctx, organization, "subscription-ended", owned.public_id, plan=owned.plan, why="unpaid")


def under_way(invoice: Invoice) -> bool:
    """Tell whether a charge of this invoice has no outcome yet."""
    return bool(Charge.select().where(Charge.invoice == invoice.id, Charge.state.in_(["pending", "action"])).exists())


def collect(ctx: Ctx, organization: Organization, invoice: Invoice) -> Charge | None:
    """Ask for the money of an open invoice, unless that is under way or there is no card that could pay it.

    With another kind of card than the invoice was made out for, it is made out anew to whom that card makes pay.
    """
    kind, card = paying(organization, invoice)
    if card is None or last_day(card.exp_year, card.exp_month) < ctx.today() or under_way(invoice):
        return None
    if invoice.card_kind != kind:
        invoice = made_out_anew(ctx, as_sold(organization, invoice, kind), invoice)
    number = Charge.select().where(Charge.invoice == invoice.id).count() + 1
    return open_charge(
        ctx, f"{invoice.public_id}-{number}", organization, card, invoice.service, kind,
        invoice.total, invoice.net, invoice.currency, invoice=invoice,
    )


@command(P.SUBSCRIPTION_CHANGE)
def pay_invoice(ctx: Ctx, invoice: str) -> Charge:
    """Try to take the money of an open invoice now, outside the timetable. Raises `NotFound`, `Stale`, `NoCard`.

    What a partner owes for a customer that has left it can be paid by it, too.
    """
    known = Invoice.get_or_none(Invoice.public_id == invoice, _paid_by(ctx))
    if known is None:
        raise NotFound(invoice)
    organization = held_organization(known.organization_id)
    row = locked(Invoice.select().where(Invoice.id == known.id)).get()
    if row.state != "open" or under_way(row):
        raise Stale
    charge = collect(ctx, organization, row)
    if charge is None:
        raise NoCard
    return charge


def _paid_by(ctx: Ctx) -> Any:
    """Return the condition that the actor's partner may have an invoice charged."""
    theirs = Invoice.organization.in_(visible_to(ctx.actor).select(Organization.id))
    if ctx.actor.sees_all:
        theirs |= Invoice.card_kind == "reseller"
    return (Invoice.partner == ctx.actor.partner_id) & theirs
