"""Changes of partner: announced, and carried out on their day where the organization is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from portal.audit import record
from portal.billing.commands.left import lift_what_others_owe
from portal.billing.models import Card, Charge, Order
from portal.consents.commands.asking import close
from portal.consents.models import Consent
from portal.core.context import Ctx
from portal.core.permissions import P
from portal.customers.models import Assignment, Organization
from portal.delegation.commands import revoke_access
from portal.delegation.models import Access, Invitation
from portal.directory.commands.holding import held_organization
from portal.domains.commands import stop_checks
from portal.jobs import enqueue
from portal.partners.models import Partner
from portal.partners.queries import addresses
from portal.relations.commands.telling import tell
from portal.relations.models import Change, Offer
from portal.relations.policy.changes import check_room
from portal.relations.queries.obligations import obligations
from portal.storage import command, locked
from portal.subscriptions.commands.keeping import change as change_subscription
from portal.subscriptions.models import ChangeRequest, Subscription

_REMINDED = timedelta(days=7)  # before the day
_TOGETHER = 100  # changes of one look


def announce(
    ctx: Ctx, organization: Organization, *, to_partner: Partner | None, by: str, effective_on: date,
    with_access: bool = False, subscriptions: str = "continue", reason: str = "",
    terms: Mapping[str, Any] | None = None, offer: Offer | None = None,
) -> Change:
    """Announce that an organization gets another partner or none, and tell everybody; part of other commands (S0.14).

    Carried out at once when the day has come where the organization is, else by the worker. Raises `AlreadyChanging`
    while another change is announced, unless that is a notice which gives way (`check_room`).
    """
    held = held_organization(organization.id)
    earlier: Change | None = Change.select().where(Change.organization == held, Change.state == "announced").first()
    if earlier is not None:
        _make_room(ctx, earlier, by, to_partner, effective_on)
    change = Change.create(
        organization=held, from_partner=held.partner_id, to_partner=to_partner, by=by, effective_on=effective_on,
        with_access=with_access, subscriptions=subscriptions, reason=reason, terms=terms, offer=offer,
        obligations=[json.loads(json.dumps(asdict(one), default=str)) for one in obligations(held.id)],
        decided_by=ctx.actor.account_id, decided_by_name=ctx.actor.name, created_at=ctx.now,
    )
    _note(ctx, change, "announced")
    if effective_on <= ctx.today(held.time_zone):
        _carry_out(ctx, held, change)
    else:
        tell(ctx, held, change, "announced")
    return Change.get_by_id(change.id)  # type: ignore[no-any-return]


def _make_room(ctx: Ctx, earlier: Change, by: str, to_partner: Partner | None, day: date) -> None:
    """Let a notice give way to the next partner that the customer has chosen; everybody hears of what comes instead."""
    following = to_partner.id if to_partner is not None else None
    check_room(earlier.by, earlier.to_partner_id, earlier.effective_on, by, following, day)
    Change.update(state="withdrawn", withdrawn_at=ctx.now).where(Change.id == earlier.id).execute()
    _note(ctx, earlier, "withdrawn")


def withdraw_change(ctx: Ctx, change: Change) -> None:
    """Take an announced change back, whose organization is held, and tell everybody; part of other commands."""
    Change.update(state="withdrawn", withdrawn_at=ctx.now).where(Change.id == change.id).execute()
    _note(ctx, change, "withdrawn")
    tell(ctx, Organization.get_by_id(change.organization_id), change, "withdrawn")


def cut_access(ctx: Ctx, organization: Organization) -> None:
    """End the partner's access to the actor's organization at once, if it has any; part of other commands (S3.6-7)."""
    if Access.select().where(Access.organization == organization).exists():
        revoke_access(ctx)


@command(P.JOB_RUN)
def carry_out_due(ctx: Ctx, change_id: int) -> None:
    """Carry an announced change out if its day has come where the organization is; twice is the same as once."""
    held = held_organization(Change.get_by_id(change_id).organization_id)
    change = locked(Change.select().where(Change.id == change_id)).get()
    if change.state == "announced" and change.effective_on <= ctx.today(held.time_zone):
        _carry_out(ctx, held, change)


def due(ctx: Ctx, after: int = 0) -> list[int]:
    """Return the next announced changes beyond a row number whose day has come somewhere."""
    query: Any = Change.select(Change.id).where(
        Change.state == "announced", Change.effective_on <= ctx.today() + timedelta(days=1), Change.id > after
    )
    return [row for (row,) in query.order_by(Change.id).limit(_TOGETHER).tuples()]


@command(P.JOB_RUN)
def remind(ctx: Ctx) -> None:
    """Tell both sides of changes that come within a week, once each."""
    soon = ctx.today() + _REMINDED
    coming = Change.select(Change, Organization).join(Organization).where(
        Change.state == "announced", Change.effective_on <= soon, Change.created_at < ctx.now - _REMINDED
    )
    for change in coming.order_by(Change.id):
        tell(ctx, change.organization, change, "coming")


def _carry_out(ctx: Ctx, organization: Organization, change: Change) -> None:
    """Let one partner go and the other in: access ends in the same moment, and a partner's card goes with it."""
    _shut_out(ctx, organization, change)
    _settle_business(ctx, organization, change)
    values = {"partner": change.to_partner_id, "access": _let_in(ctx, organization, change), **_card(organization)}
    Organization.update(**values).where(Organization.id == organization.id).execute()
    lift_what_others_owe(ctx, Organization.get_by_id(organization.id))
    Change.update(state="done", done_at=ctx.now).where(Change.id == change.id).execute()
    _note(ctx, change, "done")
    tell(ctx, organization, change, "done")


def _let_in(ctx: Ctx, organization: Organization, change: Change) -> str:
    """Give the new partner access if the customer wants so, else let it be asked for; return what lists show of it."""
    partner: Partner | None = Partner.get_or_none(Partner.id == change.to_partner_id, Partner.console)
    if partner is None:
        return "none"
    enters = change.with_access and partner.state == "active"
    Access.create(organization=organization, partner=partner, state="active" if enters else "revoked", since=ctx.now)
    return "active" if enters else "none"


def _shut_out(ctx: Ctx, organization: Organization, change: Change) -> None:
    """End all that the former partner may do and has under way in the organization."""
    Access.delete().where(Access.organization == organization).execute()
    if change.from_partner_id is not None:
        stop_checks(organization.id, addresses(change.from_partner_id))
    Assignment.delete().where(Assignment.organization == organization).execute()
    asked = (Invitation.organization == organization) & (Invitation.state == "open")
    Invitation.update(state="withdrawn", decided_at=ctx.now).where(asked).execute()
    waiting = Consent.select().where(Consent.organization == organization, Consent.state == "open")
    for consent in locked(waiting.order_by(Consent.id)):
        close(ctx, consent, "withdrawn")


def _settle_business(ctx: Ctx, organization: Organization, change: Change) -> None:
    """End what the former partner was about to do; what is paid is the vendor's to deliver, whoever sold it."""
    ours = (Order.organization == organization) & (Order.state == "pending")
    for charge in Charge.select().join(Order).where(ours, Charge.state == "action"):
        enqueue(ctx, "billing.cancel", key=f"billing.cancel:{charge.key}", charge=charge.key)
    if change.to_partner_id is None:
        unanswered = (ChangeRequest.organization == organization) & (ChangeRequest.state == "open")
        ChangeRequest.update(state="withdrawn", answered_at=ctx.now).where(unanswered).execute()
    if change.subscriptions == "end":
        _end_at_renewal(ctx, organization)


def _end_at_renewal(ctx: Ctx, organization: Organization) -> None:
    live = Subscription.select().where(
        Subscription.organization == organization, Subscription.state.in_(["paid", "suspended"]),
        Subscription.trial_days.is_null(), Subscription.renewal != "end",
    )
    for owned in locked(live.order_by(Subscription.id)):
        change_subscription(owned, renewal="end")
        record(ctx, "subscription.renewal-set", subject=owned.public_id, organization_id=organization.id,
               name=owned.plan, before={"renewal": owned.renewal}, after={"renewal": "end"})


def _card(organization: Organization) -> dict[str, Any]:
    """Return with which card an organization pays that loses its partner's: with its own, if it has one."""
    if organization.card_kind != "reseller":
        return {}
    theirs = Card.select().where(Card.organization == organization, Card.state == "active")
    own = theirs.order_by(Card.id.desc()).first()
    return {"card_kind": "customer", "card_id": own.id} if own else {"card_kind": "none", "card_id": None}


def _note(ctx: Ctx, change: Change, done: str) -> None:
    """Put it into the organization's record."""
    names: dict[int, str] = {row.id: row.name for row in Partner.select().where(
        Partner.id.in_([change.from_partner_id or 0, change.to_partner_id or 0]))}
    record(
        ctx, f"relation.{done}", change.public_id, change.organization_id, day=change.effective_on.isoformat(),
        before={"partner": names.get(change.from_partner_id or 0, "")},
        after={"partner": names.get(change.to_partner_id or 0, "")},
    )
