"""Cards: entered on the gateway's page, chosen for a customer (S3.28-35), and taken away."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from portal.adapters.cards import Page, Saved
from portal.audit import record
from portal.billing.commands.holding import held_organization, own_customer
from portal.billing.commands.left import paying
from portal.billing.commands.renewals import collect
from portal.billing.models import Card, CardSetup, Invoice, Order
from portal.billing.policy.cards import require_usable
from portal.billing.queries.cards import offered
from portal.core.context import Actor, Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.customers.queries import assigned, visible_to
from portal.jobs import enqueue, hasten
from portal.storage import command, locked

PAGE_LIFE = timedelta(hours=24)  # of a hosted page


@command(P.CARD_CHANGE)
def ask_card(ctx: Ctx, customer: str, customer_card: bool, back: str = "") -> CardSetup:
    """Ask for the gateway's page on which a new card is entered; the customer pays with it afterwards (S3.32-35).

    `customer_card`: whether the card is the customer's (CC) and not the partner's (RC); `back` is the path of the
    portal to go on with. Raises `NotFound`.
    """
    organization = own_customer(ctx, customer)
    setup: CardSetup = CardSetup.create(
        partner=organization.partner_id, organization=organization, back=back, account=ctx.actor.account_id,
        card_kind="customer" if customer_card else "reseller", gateway=ctx.ports.cards.name, created_at=ctx.now,
    )
    enqueue(ctx, "billing.open-page", key=f"billing.open-page:{setup.public_id}", setup=setup.public_id)
    return setup


@command(P.JOB_RUN)
def settle_page(ctx: Ctx, setup: str, page: Page | None, fault: str = "") -> None:
    """Store the address of the hosted page, or why there is none. One that nobody comes back from expires."""
    if page is None:
        values: dict[str, Any] = {"state": "failed", "fault": fault, "settled_at": ctx.now}
    else:
        values = {"state": "open", "reference": page.reference, "url": page.url}
        enqueue(ctx, "billing.finish-setup", key=f"billing.finish-setup:{setup}:late", at=ctx.now + PAGE_LIFE,
                setup=setup)
    CardSetup.update(**values).where(CardSetup.public_id == setup, CardSetup.state == "asked").execute()


@command(P.CARD_CHANGE)
def card_returned(ctx: Ctx, setup: str) -> CardSetup:
    """Note that the person came back from the hosted page, and have the gateway asked what was entered there.

    Raises `NotFound`.
    """
    found = CardSetup.get_or_none(CardSetup.public_id == setup, CardSetup.partner == ctx.actor.partner_id,
                                  assigned(ctx.actor, CardSetup.organization))
    if found is None:
        raise NotFound(setup)
    if found.state == "open":
        found.state = "returned"
        CardSetup.update(state="returned").where(CardSetup.id == found.id, CardSetup.state == "open").execute()
    look_at_page(ctx, found)
    return found  # type: ignore[no-any-return]


def look_at_page(ctx: Ctx, setup: CardSetup) -> None:
    """Have the gateway asked about a hosted page now, in the caller's transaction; twice is once."""
    key = f"billing.finish-setup:{setup.public_id}"
    enqueue(ctx, "billing.finish-setup", key=key, setup=setup.public_id)
    hasten(ctx, key)


@command(P.JOB_RUN)
def settle_nothing(ctx: Ctx, setup: str) -> None:
    """Note that a person came back from the hosted page without a card; they may go there again."""
    CardSetup.update(state="open").where(CardSetup.public_id == setup, CardSetup.state == "returned").execute()


@command(P.JOB_RUN)
def settle_card(ctx: Ctx, setup: str, saved: Saved | None, fault: str = "") -> None:
    """Keep the card that was entered and let the customer pay with it, or store why there is none; once."""
    known = CardSetup.get(CardSetup.public_id == setup)
    organization = held_organization(known.organization_id)
    row = locked(CardSetup.select().where(CardSetup.id == known.id)).get()
    if row.state not in {"open", "returned"}:
        return
    if saved is None:
        state = "expired" if fault == "expired" else "failed"
        CardSetup.update(state=state, fault=fault, settled_at=ctx.now).where(CardSetup.id == row.id).execute()
        return
    card = _kept(ctx, row, saved)
    CardSetup.update(state="done", card=card, settled_at=ctx.now).where(CardSetup.id == row.id).execute()
    if organization.partner_id == row.partner_id:  # the customer may have moved meanwhile
        _pay_with(ctx, organization, card, row.card_kind)


def _kept(ctx: Ctx, setup: CardSetup, saved: Saved) -> Card:
    known = Card.get_or_none(Card.gateway == setup.gateway, Card.token == saved.token)
    if known:
        Card.update(state="active").where(Card.id == known.id).execute()  # it may have been taken away since
        return known  # type: ignore[no-any-return]
    owner = {"organization": setup.organization} if setup.card_kind == "customer" else {"partner": setup.partner}
    return Card.create(  # type: ignore[no-any-return]
        **owner, gateway=setup.gateway, customer=saved.customer, token=saved.token, brand=saved.brand,
        last4=saved.last4, exp_month=saved.exp_month, exp_year=saved.exp_year, created_at=ctx.now,
    )


@command(P.CARD_CHANGE)
def use_card(ctx: Ctx, customer: str, card: str) -> None:
    """Let a customer pay with a card that is there: the partner's (RC) or the customer's own (CC), S3.29-31.

    Raises `NotFound`, `CardExpired`.
    """
    organization = own_customer(ctx, customer)
    theirs = offered(ctx.actor, organization)
    # Held: who takes it away at this moment finds it in use, or it is not found here.
    chosen = locked(Card.select().where(Card.public_id == card, Card.state == "active", theirs)).first()
    if chosen is None:
        raise NotFound(card)
    require_usable(chosen.exp_year, chosen.exp_month, ctx.today())
    _pay_with(ctx, organization, chosen, "reseller" if chosen.partner_id else "customer")


def _pay_with(ctx: Ctx, organization: Organization, card: Card, card_kind: str) -> None:
    """Set a customer's card and try what is open with it; the organization's row is held."""
    before = Card.get_or_none(Card.id == organization.card_id)
    Organization.update(card_id=card.id, card_kind=card_kind).where(Organization.id == organization.id).execute()
    if (organization.card_id, organization.card_kind) != (card.id, card_kind):
        record(
            ctx, "card.changed", subject=card.public_id, organization_id=organization.id, name=card.last4,
            before={"card_kind": organization.card_kind, "last4": before.last4 if before else ""},
            after={"card_kind": card_kind, "last4": card.last4},
        )
    organization.card_id, organization.card_kind = card.id, card_kind
    unpaid = Invoice.select().where(Invoice.organization == organization.id, Invoice.state == "open")
    for invoice in locked(unpaid.order_by(Invoice.id)):
        if paying(organization, invoice)[1] == card:  # not for what was another partner's business
            collect(ctx, organization, invoice)


@command(P.CARD_CHANGE)
def remove_card(ctx: Ctx, card: str) -> None:
    """Take away a card with which nobody pays. Raises `NotFound`, `Stale`, `DomainError` while it is in use.

    The partner's own are taken away by people who see all customers.
    """
    found = locked(Card.select().where(Card.public_id == card)).first()
    if found is None or not _removes(ctx.actor, found):
        raise NotFound(card)
    if found.state != "active":
        raise Stale
    in_use = Organization.select().where(Organization.card_id == found.id).exists()
    if in_use or Order.select().where(Order.card == found.id, Order.state == "pending").exists():
        raise DomainError(N_("Customers still pay with this card. Choose another one for them first."))
    Card.update(state="removed").where(Card.id == found.id).execute()
    record(ctx, "card.removed", subject=found.public_id, organization_id=found.organization_id, name=found.last4)


def _removes(actor: Actor, card: Card) -> bool:
    """Tell whether the actor decides about a card: their partner's, or one of a customer that they see."""
    if card.partner_id:
        return actor.sees_all and card.partner_id == actor.partner_id
    return bool(visible_to(actor).where(Organization.id == card.organization_id).exists())
