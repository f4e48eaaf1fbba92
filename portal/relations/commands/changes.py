"""Changes of partner: announced, and carried out on their day where the organization is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from portal.core.context import Ctx
from portal.core.permissions import P
from portal.customers.models import Assignment, Organization
from portal.delegation.models import Access, Invitation
from portal.directory.commands.holding import held_organization
from portal.domains.commands import stop_checks
from portal.partners.models import Partner
from portal.partners.queries import addresses
from portal.relations.models import Change, Offer
from portal.relations.policy.changes import AlreadyChanging
from portal.relations.queries.obligations import obligations
from portal.storage import command, locked


def announce(
    ctx: Ctx, organization: Organization, *, to_partner: Partner | None, by: str, effective_on: date,
    with_access: bool = False, subscriptions: str = "continue", reason: str = "",
    terms: Mapping[str, Any] | None = None, offer: Offer | None = None,
) -> Change:
    """Announce that an organization gets another partner or none; part of other commands.

    Carried out at once when the day has come where the organization is, else by the daily job. Raises
    `AlreadyChanging` while another change is announced.
    """
    held = held_organization(organization.id)
    if Change.select().where(Change.organization == held, Change.state == "announced").exists():
        raise AlreadyChanging
    change = Change.create(
        organization=held, from_partner=held.partner_id, to_partner=to_partner, by=by, effective_on=effective_on,
        with_access=with_access, subscriptions=subscriptions, reason=reason, terms=terms, offer=offer,
        obligations=[json.loads(json.dumps(asdict(one), default=str)) for one in obligations(held.id)],
        decided_by=ctx.actor.account_id, decided_by_name=ctx.actor.name, created_at=ctx.now,
    )
    if effective_on <= ctx.today(held.time_zone):
        _carry_out(ctx, held, change)
    return Change.get_by_id(change.id)  # type: ignore[no-any-return]


@command(P.JOB_RUN)
def carry_out_due(ctx: Ctx, change_id: int) -> None:
    """Carry an announced change out if its day has come where the organization is; twice is the same as once."""
    held = held_organization(Change.get_by_id(change_id).organization_id)
    change = locked(Change.select().where(Change.id == change_id)).get()
    if change.state == "announced" and change.effective_on <= ctx.today(held.time_zone):
        _carry_out(ctx, held, change)


def due(ctx: Ctx) -> list[int]:
    """Return the announced changes whose day has come somewhere."""
    query: Any = Change.select(Change.id).where(
        Change.state == "announced", Change.effective_on <= ctx.today() + timedelta(days=1)
    )
    return [row for (row,) in query.order_by(Change.effective_on, Change.id).tuples()]


def _carry_out(ctx: Ctx, organization: Organization, change: Change) -> None:
    """Let one partner go and the other in: access ends in the same moment, and a partner's card goes with it."""
    Access.delete().where(Access.organization == organization).execute()
    if change.from_partner_id is not None:
        stop_checks(organization.id, addresses(change.from_partner_id))
    Assignment.delete().where(Assignment.organization == organization).execute()
    asked = (Invitation.organization == organization) & (Invitation.state == "open")
    Invitation.update(state="withdrawn", decided_at=ctx.now).where(asked).execute()
    enters = change.to_partner_id is not None and change.with_access
    if enters:
        Access.create(organization=organization, partner=change.to_partner_id, state="active", since=ctx.now)
    values: dict[str, Any] = {"partner": change.to_partner_id, "access": "active" if enters else "none"}
    if organization.card_kind == "reseller":
        values |= {"card_kind": "none", "card_id": None}
    Organization.update(**values).where(Organization.id == organization.id).execute()
    Change.update(state="done", done_at=ctx.now).where(Change.id == change.id).execute()
