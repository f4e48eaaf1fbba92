"""The bank account that a partner's commission goes to: changed only by who proves who they are, and never quietly."""

from __future__ import annotations

from datetime import timedelta

from portal.accounts.commands import prove
from portal.audit import record
from portal.commissions.commands.telling import tell
from portal.commissions.models import BankAccount
from portal.commissions.policy.accounts import Details, checked, masked
from portal.core.context import Ctx
from portal.core.errors import NotFound, Stale
from portal.core.permissions import P
from portal.partners.models import Partner
from portal.storage import command, locked


def change_bank(ctx: Ctx, details: Details, password: str, address: str, seen: str) -> None:
    """Let commission go to another bank account from `cooling_days` on; no payout is asked for until then (S0.18).

    `password` is the actor's own, typed again from `address`; `seen` the public id of the account that the page showed,
    or empty. Raises `WrongPassword` on `password`, `TooManyAttempts`, `Stale`, `DomainError` beside a field.
    """
    ctx.actor.require(P.BANK_EDIT)
    details = checked(details)
    prove(ctx, password, address)
    _replace(ctx, details, seen)


@command(P.BANK_EDIT)
def _replace(ctx: Ctx, details: Details, seen: str) -> None:
    partner = Partner.get_or_none(Partner.id == ctx.actor.partner_id)
    if partner is None:
        raise NotFound(ctx.actor.partner_id)
    before = held_account(partner.id)
    if (before.public_id if before else "") != seen:
        raise Stale
    if before:
        BankAccount.update(replaced_at=ctx.now).where(BankAccount.id == before.id).execute()
    account = _added(ctx, partner, details)
    shown = masked(account.number)
    record(
        ctx, "bank.changed", subject=account.public_id, name=partner.name,
        before={"bank_account": masked(before.number) if before else ""}, after={"bank_account": shown},
    )
    tell(ctx, partner, "bank-changed", account.public_id, person=ctx.actor.name, number=shown,
         bank_name=account.bank_name, usable_from=account.usable_from.isoformat())


def _added(ctx: Ctx, partner: Partner, details: Details) -> BankAccount:
    """Write the new account; where somebody else's came first, this one is `Stale`."""
    cooling = timedelta(days=ctx.programme.billing.payouts.cooling_days)
    written = list(BankAccount.insert(
        partner=partner, holder=details.holder, bank_name=details.bank_name, number=details.number, bic=details.bic,
        country=details.country, usable_from=ctx.now + cooling, created_by_name=ctx.actor.name, created_at=ctx.now,
    ).on_conflict_ignore().returning(BankAccount.id).execute())
    if not written:
        raise Stale
    return BankAccount.get_by_id(written[0].id)  # type: ignore[no-any-return]


def held_account(partner_id: int) -> BankAccount | None:
    """Return the present bank account, held until the transaction ends: payouts of a partner are written in turn."""
    present = BankAccount.select().where(BankAccount.partner == partner_id, BankAccount.replaced_at.is_null())
    return locked(present).first()  # type: ignore[no-any-return]
