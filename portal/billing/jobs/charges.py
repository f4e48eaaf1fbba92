"""Charges and refunds: the gateway is asked outside any transaction, and what it says is settled."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import cast

from portal.adapters.cards import GatewayDown, Outcome, Refused, Saved
from portal.adapters.sandbox.gateway import SandboxGateway
from portal.billing.commands import charging, refunds
from portal.billing.commands.events import settle_event
from portal.billing.commands.reviving import revive
from portal.billing.jobs.waiting import AGAIN, back, next_look
from portal.billing.models import Card, CardSetup, Charge, GatewayEvent, Refund
from portal.core.context import Ctx
from portal.jobs import Later, handler, scheduled
from portal.jobs.models import Job
from portal.storage import transaction

log = logging.getLogger("portal.billing")
_PATIENCE = timedelta(hours=23)  # for a person to confirm a charge
_REMEMBERED = timedelta(hours=20)  # that a gateway surely knows a key


@handler("billing.charge")
def charge(ctx: Ctx, job: Job) -> None:
    """Take the money of an intent; asked again after a crash, the gateway answers with the first time's outcome."""
    row: Charge = Charge.get(Charge.key == job.payload["charge"])
    if row.state in {"succeeded", "declined"}:
        return
    try:
        outcome = _outcome(ctx, row)
    except GatewayDown as down:
        raise Later(ctx.now + AGAIN) from down
    except Refused as refused:
        outcome = Outcome("declined", row.reference or "", refused.code)
    if charging.settle_charge(ctx, row.key, outcome) in {"pending", "action"}:
        raise Later(next_look(ctx, row.created_at))


def _outcome(ctx: Ctx, row: Charge) -> Outcome:
    if row.reference is None:
        return _found(ctx, row) or ctx.ports.cards.charge(
            row.key, kept(row.card), row.amount, row.currency, ctx.programme.vendor.name,
            back(ctx, "charge", row.public_id),
        )
    if row.state == "action" and ctx.now - row.created_at > _PATIENCE:
        return ctx.ports.cards.cancel(row.reference)
    return ctx.ports.cards.look_up(row.reference)


def _found(ctx: Ctx, row: Charge) -> Outcome | None:
    """Return what an earlier try has done whose answer was lost, where its key may be forgotten by now."""
    if ctx.now - row.created_at < _REMEMBERED:
        return None
    return ctx.ports.cards.find(row.key, kept(row.card), row.created_at)


def kept(card: Card) -> Saved:
    """Return a card as the gateway gave it to us."""
    return Saved(card.customer, card.token, card.brand, card.last4, card.exp_month, card.exp_year)


@handler("billing.cancel")
def cancel(ctx: Ctx, job: Job) -> None:
    """Ask the gateway to forget a charge that waits for its holder, and store what became of it."""
    row: Charge = Charge.get(Charge.key == job.payload["charge"])
    if row.state != "action" or row.reference is None:
        return
    try:
        outcome = ctx.ports.cards.cancel(row.reference)
    except GatewayDown as down:
        raise Later(ctx.now + AGAIN) from down
    except Refused:
        return  # the charge's own job learns why
    charging.settle_charge(ctx, row.key, outcome)


@handler("billing.refund")
def refund(ctx: Ctx, job: Job) -> None:
    """Give money back; the same key again is the same refund."""
    row: Refund = Refund.get(Refund.key == job.payload["refund"])
    if row.state != "pending":
        return
    try:
        reference = ctx.ports.cards.refund(row.key, row.charge.reference or "", row.amount)
    except GatewayDown as down:
        raise Later(ctx.now + AGAIN) from down
    except Refused as refused:
        refunds.settle_refund(ctx, row.key, fault=refused.code)
    else:
        refunds.settle_refund(ctx, row.key, reference)


@handler("billing.event")
def event(ctx: Ctx, job: Job) -> None:
    """Act on what the gateway told: it is asked what is so now, so that late or doubled news change nothing."""
    row: GatewayEvent = GatewayEvent.get_by_id(job.payload["event"])
    if row.state != "new":
        return
    found = Charge.get_or_none(Charge.key == job.payload.get("charge")) if job.payload.get("charge") else None
    setup = CardSetup.get_or_none(CardSetup.reference == job.payload.get("page")) if job.payload.get("page") else None
    reference = job.payload.get("reference")
    if found is not None and reference:
        try:
            charging.settle_charge(ctx, found.key, ctx.ports.cards.look_up(reference))
        except GatewayDown as down:
            raise Later(ctx.now + AGAIN) from down
        except Refused:
            found = None  # of another gateway, which was connected before
    settle_event(ctx, row.id, setup, known=found is not None or setup is not None)


@scheduled("billing.revive", every=timedelta(hours=1))
def wake(ctx: Ctx, job: Job) -> None:
    """Let what failed for good try again while money waits for it; its errors are in the log each time."""
    if count := revive(ctx):
        log.error("%s charges or refunds have no outcome: their jobs failed, and are tried again", count)


@scheduled("billing.sandbox", every=timedelta(minutes=1))
def tell_of_sandbox(ctx: Ctx, job: Job) -> None:
    """Let the sandbox gateway, where it is in use, send its webhooks as an outside gateway would by itself."""
    if ctx.ports.cards.name == "sandbox":
        cast(SandboxGateway, ctx.ports.cards).deliver()
    with transaction():  # one a minute would be half a million rows in a year
        Job.delete().where(Job.kind == job.kind, Job.state == "done").execute()
