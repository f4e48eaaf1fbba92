"""Giving money back, and credit notes for what was invoiced and will not be paid."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from portal.audit import record
from portal.billing.commands.charging import cause_of, count, has_margin, rule_of
from portal.billing.commands.holding import held_organization
from portal.billing.commands.invoicing import issue_credit_note
from portal.billing.commands.telling import tell_recipient
from portal.billing.models import Charge, Invoice, Refund, RefundRequest
from portal.billing.policy.bills import portion
from portal.billing.policy.refunds import SameHands, needs_approval, parts, require_refundable
from portal.commissions.commands.ledger import book
from portal.core.context import Ctx
from portal.core.errors import DomainError, NotFound, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.jobs import enqueue
from portal.storage import command, locked


class Asker(Protocol):
    """Who wanted a refund."""

    @property
    def account_id(self) -> int | None: ...

    @property
    def name(self) -> str: ...


class _Asker(NamedTuple):
    account_id: int
    name: str


@command(P.REFUND_MAKE)
def ask_refund(ctx: Ctx, invoice: str, amount: int, reason: str, seen: int) -> Refund | RefundRequest:
    """Have a part of a paid invoice given back (minor units, tax included); its credit note follows.

    More than the programme lets one person give back waits for another's approval. `seen` is how much of it had been
    credited when the person looked. Raises `NotFound`, `Stale`, `DomainError` on `amount` or `reason`.
    """
    known = Invoice.get_or_none(Invoice.public_id == invoice, Invoice.kind == "invoice")
    if known is None:
        raise NotFound(invoice)
    organization = held_organization(known.organization_id)
    row = locked(Invoice.select().where(Invoice.id == known.id)).get()
    if row.credited != seen:
        raise Stale
    charge = _refundable(row, amount)
    if not reason:
        raise DomainError(N_("Say why the money goes back: the recipient reads it."), field="reason")
    if needs_approval(amount, ctx.programme.billing.refunds.alone_up_to[charge.currency]):
        return _request(ctx, organization, row, amount, reason)
    return _make(ctx, organization, row, charge, amount, reason, ctx.actor)


def _refundable(invoice: Invoice, amount: int) -> Charge:
    """Return the held charge that an invoice was paid with, if so much can be given back now; or raise."""
    charge = Charge.get_or_none(Charge.invoice == invoice.id, Charge.state == "succeeded")
    if charge is None:
        raise DomainError(N_("This invoice has not been paid: there is nothing to give back."))
    charge = locked(Charge.select().where(Charge.id == charge.id)).get()
    if Refund.select().where(Refund.charge == charge.id, Refund.state == "pending").exists():
        raise DomainError(N_("A refund of this payment is under way. Wait for its outcome."))
    require_refundable(amount, charge.amount - charge.refunded)
    return charge  # type: ignore[no-any-return]


def _request(ctx: Ctx, organization: Organization, invoice: Invoice, amount: int, reason: str) -> RefundRequest:
    waiting = (RefundRequest.invoice == invoice.id) & (RefundRequest.state == "asked")
    if RefundRequest.select().where(waiting).exists():
        raise DomainError(N_("A refund of this invoice waits for its approval. Only one can wait at a time."))
    request: RefundRequest = RefundRequest.create(
        invoice=invoice, amount=amount, currency=invoice.currency, reason=reason, asked_by=ctx.actor.account_id,
        asked_by_name=ctx.actor.name, created_at=ctx.now,
    )
    record(ctx, "refund.requested", subject=invoice.public_id, organization_id=organization.id, name=invoice.code,
           total=amount, currency=invoice.currency, note=reason)
    return request


def _make(
    ctx: Ctx, organization: Organization, invoice: Invoice, charge: Charge, amount: int, reason: str, asker: Asker
) -> Refund:
    """Write the intent, and have a job ask the gateway."""
    number = Refund.select().where(Refund.charge == charge.id).count() + 1
    key = f"{charge.key}-back-{number}"
    refund: Refund = Refund.create(
        key=key, charge=charge, partner=charge.partner_id, invoice=invoice, amount=amount, currency=charge.currency,
        reason=reason, asked_by=asker.account_id, asked_by_name=asker.name, on=ctx.today(), created_at=ctx.now,
    )
    enqueue(ctx, "billing.refund", key=f"billing.refund:{key}", refund=key)
    record(ctx, "refund.asked", subject=invoice.public_id, organization_id=organization.id, name=invoice.code,
           total=amount, currency=charge.currency, note=reason)
    return refund


@command(P.REFUND_MAKE)
def approve_refund(ctx: Ctx, request: str) -> Refund:
    """Have the money given back that a colleague asked for. Raises `NotFound`, `Stale`, `SameHands`, `DomainError`."""
    organization, invoice, found = _held_request(request)
    if found.asked_by == ctx.actor.account_id:
        raise SameHands
    charge = _refundable(invoice, found.amount)
    _decide(ctx, found, "approved")
    return _make(ctx, organization, invoice, charge, found.amount, found.reason,
                 _Asker(found.asked_by, found.asked_by_name))


@command(P.REFUND_MAKE)
def reject_refund(ctx: Ctx, request: str, answer: str) -> None:
    """Turn a refund down, with words for the colleague who asked. Raises what `approve_refund` does."""
    organization, invoice, found = _held_request(request)
    if found.asked_by == ctx.actor.account_id:
        raise SameHands
    if not answer:
        raise DomainError(N_("This field is required."), field="answer")
    _decide(ctx, found, "rejected", answer)
    record(ctx, "refund.rejected", subject=invoice.public_id, organization_id=organization.id, name=invoice.code,
           total=found.amount, currency=found.currency, note=answer)


@command(P.REFUND_MAKE)
def withdraw_refund(ctx: Ctx, request: str) -> None:
    """Take back what one has asked for oneself. Raises `NotFound` for somebody else's, `Stale`."""
    organization, invoice, found = _held_request(request)
    if found.asked_by != ctx.actor.account_id:
        raise NotFound(request)
    _decide(ctx, found, "withdrawn")
    record(ctx, "refund.withdrawn", subject=invoice.public_id, organization_id=organization.id, name=invoice.code,
           total=found.amount, currency=found.currency)


def _held_request(request: str) -> tuple[Organization, Invoice, RefundRequest]:
    """Return a request that still waits, held with all that it is about. Raises `NotFound`, `Stale`."""
    known = RefundRequest.get_or_none(RefundRequest.public_id == request)
    if known is None:
        raise NotFound(request)
    organization = held_organization(known.invoice.organization_id)
    invoice = locked(Invoice.select().where(Invoice.id == known.invoice_id)).get()
    found = locked(RefundRequest.select().where(RefundRequest.id == known.id)).get()
    if found.state != "asked":
        raise Stale
    return organization, invoice, found


def _decide(ctx: Ctx, request: RefundRequest, state: str, answer: str = "") -> None:
    RefundRequest.update(
        state=state, answer=answer, decided_by=ctx.actor.account_id, decided_by_name=ctx.actor.name, decided_at=ctx.now
    ).where(RefundRequest.id == request.id).execute()


@command(P.JOB_RUN)
def settle_refund(ctx: Ctx, key: str, reference: str = "", fault: str = "") -> None:
    """Store that the gateway gave the money back, with the credit note and what is clawed back; or why it will not."""
    known = Refund.get(Refund.key == key)
    organization = held_organization(known.charge.organization_id)
    invoice = locked(Invoice.select().where(Invoice.id == known.invoice_id)).first() if known.invoice_id else None
    charge = locked(Charge.select().where(Charge.id == known.charge_id)).get()
    refund = locked(Refund.select().where(Refund.id == known.id)).get()
    if refund.state != "pending":
        return
    if fault:
        Refund.update(state="failed", fault=fault, settled_at=ctx.now).where(Refund.id == refund.id).execute()
        return
    note = credit(ctx, organization, invoice, refund.amount, refund.reason) if invoice else None
    Charge.update(refunded=charge.refunded + refund.amount).where(Charge.id == charge.id).execute()
    Refund.update(
        state="succeeded", reference=reference, credit_note=note, on=ctx.today(), settled_at=ctx.now
    ).where(Refund.id == refund.id).execute()
    if charge.state == "succeeded":  # money that came too late was never counted as paid
        net = note.net if note else portion(charge.net, refund.amount, charge.amount, charge.refunded)
        count(ctx, charge, "refunded", refund.amount, net, note.commission if note else 0)


def credit(ctx: Ctx, organization: Organization, invoice: Invoice, amount: int, reason: str) -> Invoice:
    """Issue a credit note over a part of an invoice, and claw back what the partner has earned on it if it was paid.

    All rows are held. Net, tax and commission are rounded on the running sum: all parts together are exact.
    """
    part = parts(invoice, amount)
    commission = part.commission if invoice.paid else 0
    note = issue_credit_note(ctx, invoice, amount, part.net, commission, reason)
    if commission:
        kind = "margin-return" if has_margin(invoice) else "clawback"
        book(ctx, f"{kind}:{note.public_id}", invoice.partner_id, kind, -commission, invoice.currency,
             cause_of(organization, note), -part.base, rule_of(invoice))
    record(ctx, "invoice.credited", subject=note.public_id, organization_id=organization.id, name=note.code,
           total=amount, currency=invoice.currency, note=reason)
    tell_recipient(ctx, organization, note)
    return note


def credit_rest(ctx: Ctx, organization: Organization, invoice: Invoice, reason: str) -> None:
    """Credit what was never paid of an invoice, and close it."""
    rest = invoice.total - invoice.paid - invoice.credited
    if rest:
        credit(ctx, organization, invoice, rest, reason)
    Invoice.update(state="credited", next_try_on=None).where(Invoice.id == invoice.id).execute()
