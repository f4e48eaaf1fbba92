"""What the worker does with money: talks to the gateway, outside any transaction, and settles what it says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from tempfile import TemporaryFile
from typing import cast

from peewee import InterfaceError, OperationalError

from portal.adapters.cards import GatewayDown, Outcome, Payer, Refused, Saved
from portal.adapters.sandbox.gateway import SandboxGateway
from portal.billing.commands import cards, charging, expiry, exports, reconciling, refunds, renewals
from portal.billing.commands.events import settle_event
from portal.billing.commands.reviving import revive
from portal.billing.models import Card, CardSetup, Charge, Export, GatewayEvent, Refund
from portal.billing.queries.exports import asked_from_json
from portal.billing.queries.payments import every
from portal.billing.queries.recipients import recipient_of
from portal.billing.sheets import Words, lines, write
from portal.core.context import Actor, Ctx
from portal.jobs import Later, handler, progress, scheduled
from portal.jobs.models import Job
from portal.jobs.worker import MAX_ATTEMPTS
from portal.storage import transaction

log = logging.getLogger("portal.billing")
_AGAIN = timedelta(minutes=1)  # after the gateway did not answer
_SOON, _SELDOM = timedelta(seconds=5), timedelta(minutes=10)  # between questions about what waits for a person
_PATIENCE = timedelta(hours=23)  # for a person to confirm a charge
_REMEMBERED = timedelta(hours=20)  # that a gateway surely knows a key


def _next_look(ctx: Ctx, since: datetime) -> datetime:
    """Return when to ask again: less and less often. A webhook, or the person who comes back, is acted on at once."""
    return ctx.now + min(max(_SOON, (ctx.now - since) / 10), _SELDOM)


def _back(ctx: Ctx, what: str, public_id: str) -> str:
    """Return where the gateway's page sends the person afterwards."""
    return f"{ctx.base_url}/cards/back/{what}/{public_id}"


@handler("billing.charge")
def charge(ctx: Ctx, job: Job) -> None:
    """Take the money of an intent; asked again after a crash, the gateway answers with the first time's outcome."""
    row: Charge = Charge.get(Charge.key == job.payload["charge"])
    if row.state in {"succeeded", "declined"}:
        return
    try:
        outcome = _outcome(ctx, row)
    except GatewayDown as down:
        raise Later(ctx.now + _AGAIN) from down
    except Refused as refused:
        outcome = Outcome("declined", row.reference or "", refused.code)
    if charging.settle_charge(ctx, row.key, outcome) in {"pending", "action"}:
        raise Later(_next_look(ctx, row.created_at))


def _outcome(ctx: Ctx, row: Charge) -> Outcome:
    if row.reference is None:
        return _found(ctx, row) or ctx.ports.cards.charge(
            row.key, kept(row.card), row.amount, row.currency, ctx.programme.vendor.name,
            _back(ctx, "charge", row.public_id),
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
        raise Later(ctx.now + _AGAIN) from down
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
        raise Later(ctx.now + _AGAIN) from down
    except Refused as refused:
        refunds.settle_refund(ctx, row.key, fault=refused.code)
    else:
        refunds.settle_refund(ctx, row.key, reference)


@handler("billing.open-page")
def open_page(ctx: Ctx, job: Job) -> None:
    """Have the gateway open its page for a card."""
    row: CardSetup = CardSetup.get(CardSetup.public_id == job.payload["setup"])
    if row.state != "asked":
        return
    to = recipient_of(row.organization, row.card_kind)
    reader = row.account.language if row.account else to.language  # whoever asked enters it, not always who pays
    payer = Payer(to.email, to.name, reader, _known_as(row))
    try:
        page = ctx.ports.cards.start_setup(row.public_id, payer, _back(ctx, "setup", row.public_id))
    except GatewayDown as down:
        raise Later(ctx.now + timedelta(seconds=5)) from down
    except Refused as refused:
        cards.settle_page(ctx, row.public_id, None, refused.code)
    else:
        cards.settle_page(ctx, row.public_id, page)


def _known_as(setup: CardSetup) -> str:
    """Return what the gateway calls the card's owner, if it has kept a card for them before."""
    mine = Card.organization == setup.organization if setup.card_kind == "customer" else Card.partner == setup.partner
    known = Card.select(Card.customer).where(mine, Card.gateway == setup.gateway).order_by(Card.id.desc()).limit(1)
    return known.scalar() or ""


@handler("billing.finish-setup")
def finish_setup(ctx: Ctx, job: Job) -> None:
    """Learn which card was entered on a hosted page; an open page is looked at again until it expires."""
    row: CardSetup = CardSetup.get(CardSetup.public_id == job.payload["setup"])
    if row.state not in {"open", "returned"} or row.reference is None:
        return
    try:
        saved = ctx.ports.cards.finish_setup(row.reference)
    except GatewayDown as down:
        raise Later(ctx.now + timedelta(seconds=5)) from down
    except Refused as refused:
        cards.settle_card(ctx, row.public_id, None, refused.code)
        return
    if saved:
        cards.settle_card(ctx, row.public_id, saved)
    elif ctx.now - row.created_at >= cards.PAGE_LIFE:
        cards.settle_card(ctx, row.public_id, None, "expired")
    else:
        cards.settle_nothing(ctx, row.public_id)
        raise Later(_next_look(ctx, row.created_at))


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
            raise Later(ctx.now + _AGAIN) from down
        except Refused:
            found = None  # of another gateway, which was connected before
    settle_event(ctx, row.id, setup, known=found is not None or setup is not None)


@scheduled("billing.renew", every=timedelta(hours=1))
def renew(ctx: Ctx, job: Job) -> None:
    """Renew what is due, one transaction each."""
    _each(ctx, job, renewals.due_renewals, renewals.renew)


@scheduled("billing.dun", every=timedelta(hours=1))
def dun(ctx: Ctx, job: Job) -> None:
    """Take the due steps with unpaid invoices, one transaction each."""
    _each(ctx, job, renewals.due_invoices, renewals.dun)


def _each(
    ctx: Ctx, job: Job, due: Callable[[Ctx, int], list[int]], act: Callable[[Ctx, int], object]
) -> None:
    """Act on every due row by itself. What fails holds up nothing: the job fails after all others, and comes again."""
    after, failed = 0, 0
    while batch := due(ctx, after):
        for row in batch:
            try:
                act(ctx, row)
            except (InterfaceError, OperationalError):
                raise  # the database is away: so it is for all others
            except Exception:
                log.exception("%s of row %s failed", job.kind, row)
                failed += 1
        after = batch[-1]
        if not progress(ctx, job, after, after + 1):
            return
    if failed:
        raise RuntimeError(f"{failed} rows of {job.kind} failed")


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


@scheduled("billing.warn-of-cards", every=timedelta(days=1))
def warn_of_cards(ctx: Ctx, job: Job) -> None:
    """Warn of cards that expire soon, batch by batch; running twice warns nobody twice."""
    batches = 0
    for year, month in expiry.months_ahead(ctx):
        after: int | None = 0
        while after is not None:
            after, batches = expiry.warn_of_cards(ctx, year, month, after), batches + 1
            if not progress(ctx, job, batches, batches + 1):
                return


class _TakenOver(Exception):
    """Another worker has the job now."""


@handler("billing.export")
def make_export(ctx: Ctx, job: Job) -> None:
    """Write a report to a file. Nothing is kept of an attempt that ends in the middle: it is made again."""
    export: Export | None = Export.get_or_none(Export.public_id == job.payload["export"], Export.state == "asked")
    if export is None:
        return
    try:
        content, rows = _written(ctx, job, export)
    except _TakenOver:
        return
    except Exception:
        if job.attempts >= MAX_ATTEMPTS:
            exports.give_up(ctx, export)
        raise
    exports.keep_export(ctx, export, content, rows)


def _written(ctx: Ctx, job: Job, export: Export) -> tuple[bytes, int]:
    """Return the file and how many payments it holds, as the partner that asked sees them."""
    reader = replace(ctx, actor=Actor(partner_id=export.partner_id))
    asked, words = asked_from_json(export.asked["filter"]), Words.from_json(export.asked["words"])
    done = 0

    def rows() -> Iterator[list[object]]:
        nonlocal done
        for piece in every(reader, asked):
            if not progress(ctx, job, done, max(export.rows, done)):
                raise _TakenOver
            yield from lines(words, piece)
            done += len(piece)

    with TemporaryFile() as target:
        write(export.format, target, words, rows())
        target.seek(0)
        return target.read(), done


@scheduled("billing.expire-exports", every=timedelta(hours=1))
def expire_exports(ctx: Ctx, _job: Job) -> None:
    exports.expire(ctx)


@scheduled("billing.reconcile", every=timedelta(days=1))
def reconcile(ctx: Ctx, job: Job) -> None:
    """Compare what was sold, assigned and invoiced of every subscription, batch by batch."""
    after: int | None = 0
    while after is not None:
        if not progress(ctx, job, after, after + 1):
            return
        after = reconciling.compare(ctx, after)
    reconciling.close_ended(ctx)
