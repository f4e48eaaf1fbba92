"""Warns of cards that are about to expire while somebody pays with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from peewee import JOIN, fn

from portal.billing.models import Card
from portal.billing.policy.cards import called, last_day
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.queries import Addressee, as_addressees, customer_addressees, partner_recipients, told_about
from portal.mail import Letter, post_all
from portal.storage import command
from portal.subscriptions.policy import threshold

BATCH = 200
EVENT = "card-expiring"


def months_ahead(ctx: Ctx) -> list[tuple[int, int]]:
    """Return the months (year, month) at whose end cards expire that people are to be warned of."""
    today = ctx.today()
    furthest = today + timedelta(days=max(ctx.programme.billing.reminders.card_expiry_days, default=0))
    days = (today + timedelta(days=n) for n in range((furthest - today).days + 1))
    return sorted({(day.year, day.month) for day in days})


@command(P.JOB_RUN)
def warn_of_cards(ctx: Ctx, year: int, month: int, after: int = 0) -> int | None:
    """Write the warnings about one batch of cards that expire with a month, beyond the row number `after`.

    A partner's card concerns the partner, a customer's card both sides, each person in their own language; once for
    each card and threshold. Returns where the next batch begins, or None when there is none.
    """
    last = last_day(year, month)
    reached = threshold((last - ctx.today()).days, ctx.programme.billing.reminders.card_expiry_days)
    if reached is None:
        return None
    batch = _paying(year, month, after)
    holders = [card.organization for card in batch if card.organization_id]
    partners = partner_recipients(ctx, EVENT, {card.partner_id for card in batch if card.partner_id})
    theirs, customers = told_about(ctx, EVENT, holders), customer_addressees(holders)
    post_all(ctx, [
        letter for card in batch for letter in _letters(card, last, reached, [
            *as_addressees(partners[card.partner_id] if card.partner_id else theirs[card.organization_id]),
            *([customers[card.organization_id]] if card.organization_id else []),
        ])
    ])
    return batch[-1].id if len(batch) == BATCH else None


def _paying(year: int, month: int, after: int) -> list[Any]:
    """Return the next cards of that month with which somebody pays, each with the number of who does."""
    payers = Organization.alias()
    holder = Organization.alias()
    count = payers.select(fn.COUNT(payers.id)).where(payers.card_id == Card.id)
    return list(
        Card.select(Card, holder, count.alias("pays_for"))
        .join(holder, JOIN.LEFT_OUTER, on=(holder.id == Card.organization), attr="organization")
        .where(Card.state == "active", Card.exp_year == year, Card.exp_month == month, Card.id > after, count > 0)
        .order_by(Card.id).limit(BATCH)
    )


def _letters(card: Any, last: date, reached: int, people: Sequence[Addressee]) -> Iterator[Letter]:
    holder = card.organization if card.organization_id else None
    for person in people:
        yield Letter(
            EVENT, f"{EVENT}:{card.public_id}:{last}:{reached}:{person.key}", person.email, person.name,
            person.language,
            {"side": person.side, "country": person.country, "kind": "customer" if holder else "reseller",
             "card": called(card.brand, card.last4), "last4": card.last4, "day": last.isoformat(),
             "customers": card.pays_for, "organization": holder.name if holder else "",
             "customer": holder.public_id if holder else ""},
        )
