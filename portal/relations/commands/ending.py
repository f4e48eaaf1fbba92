"""The end of a relation: a customer leaves without asking anybody, a partner gives notice; both can think again."""

from __future__ import annotations

from datetime import timedelta

from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.queries import find
from portal.directory.commands.holding import held_organization
from portal.relations.commands.changes import announce, cut_access, withdraw_change
from portal.relations.models import Change
from portal.relations.policy.changes import AlreadyChanging
from portal.relations.policy.ending import (
    NoLongerToTakeBack,
    NoPartner,
    check_reason,
    check_still_announced,
    check_subscriptions,
)
from portal.storage import command


@command(P.PARTNER_CHOOSE)
def leave(ctx: Ctx, subscriptions: str, reason: str = "") -> Change:
    """End the relation of the actor's organization with its partner, who is not asked: fair exit.

    Access is cut at once; the relation ends after the cooling-off period. `subscriptions`: continue, or end at their
    renewals. Sent twice it is one. Raises `NoPartner`, `AlreadyChanging`, or a `DomainError` beside a field.
    """
    check_subscriptions(subscriptions)
    check_reason(reason, required=False)
    organization = held_organization(ctx.actor.organization_id)
    earlier = _announced(organization)
    if earlier is not None:
        return _repeated(earlier, "customer", reason, subscriptions)
    if organization.partner_id is None:
        raise NoPartner
    cut_access(ctx, organization)
    day = ctx.today(organization.time_zone) + timedelta(days=ctx.programme.relations.cooling_off_days)
    return announce(
        ctx, organization, to_partner=None, by="customer", effective_on=day, subscriptions=subscriptions, reason=reason,
    )


@command(P.PARTNER_CHOOSE)
def take_back(ctx: Ctx, change: str) -> None:
    """Take back, before its day, what the actor's organization has announced; access stays as it is.

    Raises `NotFound`, `NoLongerToTakeBack`.
    """
    organization = held_organization(ctx.actor.organization_id)
    row: Change | None = Change.select().where(
        Change.public_id == change, Change.organization == organization
    ).first()
    if row is None:
        raise NotFound(change)
    _take_back(ctx, organization, row, "customer")


@command(P.CUSTOMER_RELEASE)
def release_customer(ctx: Ctx, customer: str, reason: str) -> Change:
    """Announce the end of the relation with a customer of the actor's partner, with notice and a reason.

    Sent twice it is one. Raises `NotFound`, `AlreadyChanging`, or a `DomainError` beside the field.
    """
    check_reason(reason, required=True)
    organization = _held_customer(ctx, customer)
    earlier = _announced(organization)
    if earlier is not None:
        return _repeated(earlier, "partner", reason, "continue")
    day = ctx.today(organization.time_zone) + timedelta(days=ctx.programme.relations.partner_notice_days)
    return announce(ctx, organization, to_partner=None, by="partner", effective_on=day, reason=reason)


@command(P.CUSTOMER_RELEASE)
def withdraw_release(ctx: Ctx, customer: str) -> None:
    """Take the notice to a customer back, before its day. Raises `NotFound`, `NoLongerToTakeBack`."""
    organization = _held_customer(ctx, customer)
    row = _announced(organization)
    if row is None:
        raise NoLongerToTakeBack
    _take_back(ctx, organization, row, "partner")


def _held_customer(ctx: Ctx, customer: str) -> Organization:
    """Return a customer of the actor's partner, held; one that has moved while this waited is not there."""
    held = held_organization(find(ctx, customer).id)
    if held.partner_id != ctx.actor.partner_id:
        raise NotFound(customer)
    return held


def _announced(organization: Organization) -> Change | None:
    return Change.select().where(  # type: ignore[no-any-return]
        Change.organization == organization, Change.state == "announced"
    ).first()


def _repeated(earlier: Change, by: str, reason: str, subscriptions: str) -> Change:
    """Return what the same form has announced before; whatever else is announced comes first."""
    said = (earlier.by, earlier.reason, earlier.subscriptions)
    if earlier.to_partner_id is not None or said != (by, reason, subscriptions):
        raise AlreadyChanging
    return earlier


def _take_back(ctx: Ctx, organization: Organization, row: Change, by: str) -> None:
    """Withdraw an announced change of this side's own."""
    check_still_announced(row.state, row.effective_on, ctx.today(organization.time_zone))
    if row.by != by:
        raise NoLongerToTakeBack
    withdraw_change(ctx, row)
