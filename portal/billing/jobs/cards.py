"""Cards: the hosted page on which they are entered, and warnings before they expire."""

from __future__ import annotations

from datetime import timedelta

from portal.adapters.cards import GatewayDown, Payer, Refused
from portal.billing.commands import cards as commands
from portal.billing.commands import expiry
from portal.billing.jobs.waiting import back, next_look
from portal.billing.models import Card, CardSetup
from portal.billing.queries.recipients import recipient_of
from portal.core.context import Ctx
from portal.jobs import Later, handler, progress, scheduled
from portal.jobs.models import Job


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
        page = ctx.ports.cards.start_setup(row.public_id, payer, back(ctx, "setup", row.public_id))
    except GatewayDown as down:
        raise Later(ctx.now + timedelta(seconds=5)) from down
    except Refused as refused:
        commands.settle_page(ctx, row.public_id, None, refused.code)
    else:
        commands.settle_page(ctx, row.public_id, page)


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
        commands.settle_card(ctx, row.public_id, None, refused.code)
        return
    if saved:
        commands.settle_card(ctx, row.public_id, saved)
    elif ctx.now - row.created_at >= commands.PAGE_LIFE:
        commands.settle_card(ctx, row.public_id, None, "expired")
    else:
        commands.settle_nothing(ctx, row.public_id)
        raise Later(next_look(ctx, row.created_at))


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
