"""Asking for a payout: what a partner's invoice to the vendor says of the partner are its billing details."""

from __future__ import annotations

from portal.billing.queries.recipients import partner_recipient
from portal.commissions.commands.payouts import write_payout
from portal.commissions.models import Payout
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.storage import command


@command(P.PAYOUT_ASK)
def ask_payout(ctx: Ctx, currency: str, amount: int, seen_balance: int) -> Payout:
    """Collect commission: an amount in minor units out of the balance that the page showed (S0.18).

    Raises `Stale`, `BankMissing`, `BankWaits`, `DomainError` on `amount`.
    """
    partner = Partner.get_or_none(Partner.id == ctx.actor.partner_id)
    if partner is None:
        raise NotFound(ctx.actor.partner_id)
    return write_payout(ctx, partner, partner_recipient(partner.id).as_json(), currency, amount, seen_balance)
