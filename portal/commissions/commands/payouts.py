"""Payouts: taken from the balance when they are asked for, approved by one member of staff and paid by another."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from peewee import fn

from portal.audit import record
from portal.commissions.commands.accounts import held_account
from portal.commissions.commands.ledger import Cause, balance, book
from portal.commissions.commands.telling import tell
from portal.commissions.models import BankAccount, Payout
from portal.commissions.policy.accounts import masked
from portal.commissions.policy.payouts import (
    REASON_MAX,
    REFERENCE_MAX,
    OwnPartner,
    SameHands,
    check_amount,
    code,
    made_of,
    require_usable,
)
from portal.commissions.queries.ledger import earned_by_month
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.partners.models import Partner
from portal.partners.queries import works_at
from portal.storage import command, locked


def write_payout(
    ctx: Ctx, partner: Partner, issuer: dict[str, Any], currency: str, amount: int, seen_balance: int
) -> Payout:
    """Take a payout from the balance in the caller's transaction, with the invoice that is made for the partner.

    `issuer` is the partner as its invoice names it. Raises `Stale`, `BankMissing`, `BankWaits`, `DomainError` on
    `amount`.
    """
    account = held_account(partner.id)
    require_usable(account.usable_from if account else None, ctx.now)
    minimum = ctx.programme.billing.payouts.minimum.get(currency)
    if account is None or minimum is None:
        raise DomainError(N_("Commission in this currency cannot be collected."))
    held = balance(partner.id, currency)
    if held.amount != seen_balance:
        raise Stale
    check_amount(amount, held.amount, minimum)
    number = (Payout.select(fn.MAX(Payout.number)).where(Payout.partner == partner.id).scalar() or 0) + 1
    payout: Payout = Payout.create(
        partner=partner, amount=amount, currency=currency, number=number, bank_account=account,
        document=_document(ctx, partner, issuer, account, currency, amount),
        asked_by=ctx.actor.account_id, asked_by_name=ctx.actor.name, asked_at=ctx.now,
    )
    _book(ctx, payout, "payout", -amount)
    record(ctx, "payout.asked", subject=payout.public_id, name=code(number), total=amount, currency=currency)
    _tell(ctx, payout, "payout-requested", person=ctx.actor.name)
    return payout


def _document(
    ctx: Ctx, partner: Partner, issuer: dict[str, Any], account: BankAccount, currency: str, amount: int
) -> dict[str, Any]:
    """Return the partner's invoice to the vendor: both parties as they are today, and the months that it is made of."""
    entity = asdict(ctx.programme.billing.entity_for(partner.country))
    months, collected = earned_by_month(partner.id, currency)
    return {
        "issuer": issuer,
        "recipient": {name: entity[name] for name in ("name", "country", "tax_id", "email")}
        | {"address": list(entity["address"])},
        "lines": [{"month": month.isoformat(), "amount": part} for month, part in made_of(months, collected, amount)],
        "account": {"holder": account.holder, "bank_name": account.bank_name, "number": masked(account.number)},
    }


@command(P.PAYOUT_APPROVE)
def approve_payout(ctx: Ctx, payout: str, seen: int) -> None:
    """Approve a payout; somebody else pays it (four eyes). Raises `NotFound`, `Stale`, `OwnPartner`."""
    row = _held(ctx, payout, seen, "requested")
    _update(row, state="approved", approved_by=ctx.actor.account_id, approved_by_name=ctx.actor.name,
            approved_at=ctx.now)
    record(ctx, "payout.approved", subject=row.public_id, name=code(row.number))
    _tell(ctx, row, "payout-approved")


@command(P.PAYOUT_APPROVE)
def record_payment(ctx: Ctx, payout: str, reference: str, seen: int) -> None:
    """Note that an approved payout was transferred, with the bank's reference.

    Raises `NotFound`, `Stale`, `OwnPartner`, `SameHands`, `DomainError` on `reference`.
    """
    row = _held(ctx, payout, seen, "approved")
    if row.approved_by == ctx.actor.account_id:
        raise SameHands
    if not reference or len(reference) > REFERENCE_MAX:
        raise DomainError(N_("Enter the reference of the bank transfer."), field="reference")
    _update(row, state="paid", paid_by=ctx.actor.account_id, paid_by_name=ctx.actor.name, paid_at=ctx.now,
            reference=reference)
    record(ctx, "payout.paid", subject=row.public_id, name=code(row.number), reference=reference)
    _tell(ctx, row, "payout-paid", reference=reference)


@command(P.PAYOUT_APPROVE)
def reject_payout(ctx: Ctx, payout: str, reason: str, seen: int) -> None:
    """Turn down a payout that has not been paid; its amount returns to the balance.

    Raises `NotFound`, `Stale`, `OwnPartner`, `DomainError` on `reason`.
    """
    row = _held(ctx, payout, seen, "requested", "approved")
    if not reason or len(reason) > REASON_MAX:
        raise DomainError(N_("Say why: the partner reads it."), field="reason")
    _update(row, state="rejected", rejected_by_name=ctx.actor.name, rejected_at=ctx.now, reason=reason)
    _book(ctx, row, "payout-return", row.amount)
    record(ctx, "payout.rejected", subject=row.public_id, name=code(row.number), note=reason)
    _tell(ctx, row, "payout-rejected", reason=reason)


def _held(ctx: Ctx, payout: str, seen: int, *states: str) -> Payout:
    """Return a payout in one of these states, as it was seen and held, for somebody who does not work at its partner.

    Raises `NotFound`, `OwnPartner`, `Stale`.
    """
    row: Payout | None = locked(Payout.select().where(Payout.public_id == payout)).first()
    if row is None:
        raise NotFound(payout)
    if works_at(ctx.actor.account_id or 0, row.partner_id):
        raise OwnPartner
    if row.version != seen or row.state not in states:
        raise Stale
    return row


def _update(row: Payout, **values: object) -> None:
    Payout.update(version=Payout.version + 1, **values).where(Payout.id == row.id).execute()


def _book(ctx: Ctx, payout: Payout, kind: str, amount: int) -> None:
    cause = Cause(payout.public_id, code(payout.number))
    book(ctx, f"{kind}:{payout.public_id}", payout.partner_id, kind, amount, payout.currency, cause)


def _tell(ctx: Ctx, payout: Payout, event: str, **params: object) -> None:
    tell(
        ctx, payout.partner, event, payout.public_id, payout=payout.public_id, code=code(payout.number),
        amount=payout.amount, currency=payout.currency, number=masked(payout.bank_account.number), **params,
    )
