"""Disputes of a change of partner: raised by a side, settled in writing by the vendor's staff."""

from __future__ import annotations

from typing import Any

from portal.accounts.models import Account, Staff
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import NotFound, Stale
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.queries import customer_addressees
from portal.directory.commands.holding import held_organization
from portal.mail import Letter, post_all
from portal.partners.queries import super_admins
from portal.relations.models import Change, Dispute
from portal.relations.policy.disputes import (
    DECISION_MAX,
    TEXT_MAX,
    DisputedAlready,
    OwnSide,
    check_period,
    check_text,
    deciders,
)
from portal.relations.queries.disputes import belongs, marked
from portal.relations.queries.former import visible_to
from portal.storage import command, locked


@command(P.DISPUTE_RAISE)
def raise_dispute(ctx: Ctx, change: str, text: str) -> Dispute:
    """Dispute a change for the side that the actor is on: the organization whose console it is, or the partner it left.

    Sent twice it is one. Raises `NotFound`, `TooLateToDispute`, `DisputedAlready`, or a `DomainError` beside the field.
    """
    check_text(text, "text", TEXT_MAX)
    row = _own_change(ctx, change)
    organization = held_organization(row.organization_id)
    side = "customer" if ctx.actor.side == "organization" else "partner"
    earlier: Dispute | None = Dispute.select().where(Dispute.change == row, Dispute.side == side).first()
    if earlier is not None:
        if earlier.text == text:
            return earlier
        raise DisputedAlready
    check_period(row.created_at, ctx.now, ctx.programme.relations.dispute_days)
    dispute: Dispute = Dispute.create(
        change=row, side=side, partner=row.from_partner_id if side == "partner" else None, text=text,
        raised_by=ctx.actor.account_id, raised_by_name=ctx.actor.name, created_at=ctx.now,
    )
    record(ctx, "dispute.raised", dispute.public_id, organization.id, organization.name)
    post_all(ctx, _to_staff(ctx, dispute, organization))
    return dispute


@command(P.DISPUTE_DECIDE)
def settle_dispute(ctx: Ctx, dispute: str, decision: str, seen: str) -> None:
    """Settle a dispute in writing; both sides get the decision by mail.

    `seen` is the mark of the page. Sent twice it is one. Raises `NotFound`, `OwnSide`, `Stale`, or a `DomainError`
    beside the field.
    """
    row, change = _held(dispute)
    if Change.select().where(Change.id == change.id, belongs(ctx.actor.account_id)).exists():
        raise OwnSide
    if row.state == "settled" and (row.decision, row.decided_by_name) == (decision, ctx.actor.name):
        return
    both = list(Dispute.select().where(Dispute.change == change))
    if row.state != "open" or marked(change, both) != seen:
        raise Stale
    check_text(decision, "decision", DECISION_MAX)
    row.state, row.decision, row.decided_by_name, row.decided_at = "settled", decision, ctx.actor.name, ctx.now
    row.save()
    record(ctx, "dispute.settled", row.public_id, change.organization_id, change.organization.name)
    post_all(ctx, _to_sides(row, change))


def _own_change(ctx: Ctx, change: str) -> Change:
    """Return a change that concerns the actor's side, or raise `NotFound`; one that was taken back is none."""
    there = Change.select().where(
        Change.organization == ctx.actor.organization_id, Change.state.in_(["announced", "done"])
    ) if ctx.actor.side == "organization" else visible_to(ctx.actor)
    row: Change | None = there.where(Change.public_id == change).first()
    if row is None:
        raise NotFound(change)
    return row


def _held(dispute: str) -> tuple[Dispute, Change]:
    """Return a dispute and its change, the organization held: what the sides have said stays so until the end."""
    found: Dispute | None = Dispute.get_or_none(Dispute.public_id == dispute)
    if found is None:
        raise NotFound(dispute)
    held_organization(found.change.organization_id)
    row: Dispute = locked(Dispute.select().where(Dispute.id == found.id)).get()
    return row, Change.get_by_id(row.change_id)


def _to_staff(ctx: Ctx, dispute: Dispute, organization: Organization) -> list[Letter]:
    """Write to whoever can settle it, in the language of their work."""
    lasts = Staff.expires_at.is_null() | (Staff.expires_at > ctx.now)
    people: Any = Staff.select(Staff, Account).join(Account).where(Staff.role.in_(deciders()), lasts)
    return [
        Letter(
            "dispute-raised", f"dispute-raised:{dispute.public_id}:{one.account.public_id}", one.account.email,
            one.account.name, one.language or one.account.language,
            {"dispute": dispute.public_id, "organization": organization.name, "side": dispute.side,
             "person": dispute.raised_by_name, "country": one.account.country},
        ) for one in people.order_by(Account.id)
    ]


def _to_sides(row: Dispute, change: Change) -> list[Letter]:
    """Write to the customer and to the partner that it left, or came to if it left none."""
    customer = customer_addressees([change.organization])[change.organization_id]
    shared = {"organization": change.organization.name, "customer": change.organization.public_id,
              "change": change.public_id, "decision": row.decision, "decided_by": row.decided_by_name}
    letters = [Letter(
        "dispute-settled", f"dispute-settled:{row.public_id}:customer", customer.email, customer.name,
        customer.language, {**shared, "side": "customer", "country": customer.country},
    )]
    partner = change.from_partner_id or change.to_partner_id or 0
    return letters + [
        Letter(
            "dispute-settled", f"dispute-settled:{row.public_id}:{one.public_id}", one.email, one.name, one.language,
            {**shared, "side": "partner", "left": change.from_partner_id is not None, "country": one.country},
        ) for one in super_admins(partner)
    ]
