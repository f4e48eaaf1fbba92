"""Holding a partner's team while it changes, and what of it a change is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portal.core.context import Ctx
from portal.core.errors import Forbidden, NotFound
from portal.core.permissions import P, granted
from portal.customers.models import Assignment, Organization
from portal.customers.policy import spelled
from portal.customers.queries import visible_to
from portal.partners.models import Member, Partner
from portal.partners.policy import roles_of
from portal.storage import locked
from portal.team.models import Invitation
from portal.team.policy import Case, Grant, UnknownCustomers, check_chosen


@dataclass(frozen=True, slots=True)
class Team:
    """The actor's partner, held until the transaction ends, and the actor's own place in it as it is now."""

    partner: Partner
    mine: Member

    def case(self, member: Member | None, wanted: Grant | None) -> Case:
        """Return the case of a change to a member, or of an invitation where there is none yet."""
        if member is None:
            return Case(self.mine.role, None, wanted)
        return Case(self.mine.role, of_member(member), wanted, own=member.id == self.mine.id,
                    last=self._is_last(member))

    def member(self, public_id: str) -> Member:
        """Return a colleague, or raise `NotFound`."""
        found: Member | None = Member.get_or_none(Member.partner == self.partner, Member.public_id == public_id)
        if found is None:
            raise NotFound(public_id)
        return found

    def _is_last(self, member: Member) -> bool:
        others = Member.select().where(Member.partner == self.partner, Member.role == "super-admin",
                                       Member.id != member.id)
        return member.role == "super-admin" and not others.exists()


def held_team(ctx: Ctx, permission: P) -> Team:
    """Hold the team of the actor's partner; raise `NotFound` or `Forbidden` where their own place has changed
    meanwhile.
    """
    partner: Partner | None = locked(Partner.select().where(Partner.id == ctx.actor.partner_id)).first()
    mine: Member | None = Member.get_or_none(Member.id == ctx.actor.member_id)
    if partner is None or mine is None or mine.partner_id != partner.id:
        raise NotFound(ctx.actor.partner_id)
    roles = roles_of(mine.role, partner.console, mine.sees, mine.help_center, partner.state)
    if permission not in granted(roles):
        raise Forbidden(permission)
    return Team(partner, mine)


def of_member(row: Member) -> Grant:
    """Return what a member has."""
    return Grant(row.role, row.sees, row.help_center, row.expires_at)


def of_invitation(row: Invitation) -> Grant:
    """Return what an invitation promises."""
    return Grant(row.role, row.sees, row.help_center, row.member_until)


def chosen(ctx: Ctx, sees: str, domains: Iterable[str]) -> list[int]:
    """Return the row numbers of the customers that are named by their primary domains (ASCII).

    Raises a `DomainError` beside `customers`.
    """
    if sees != "chosen":
        return []
    names = list(dict.fromkeys(domains))
    check_chosen(sees, names)
    query: Any = visible_to(ctx.actor).select(Organization.domain, Organization.id).where(
        Organization.domain.in_(names))
    found: dict[str, list[int]] = {}
    for domain, organization_id in query.tuples():
        found.setdefault(domain, []).append(organization_id)
    if unknown := [name for name in names if name not in found]:
        raise UnknownCustomers(map(spelled, unknown))
    return sorted(organization_id for ids in found.values() for organization_id in ids)


def assign(member: Member, organizations: Iterable[int]) -> None:
    """Let these customers, and no others, be the chosen ones of a member."""
    Assignment.delete().where(Assignment.member == member).execute()
    rows = [{"member": member, "organization": organization_id} for organization_id in organizations]
    if rows:
        Assignment.insert_many(rows).execute()


def assigned_to(member: Member) -> list[int]:
    """Return the row numbers of a member's chosen customers that the partner still has."""
    query: Any = Assignment.select(Assignment.organization).join(Organization).where(
        Assignment.member == member, Organization.partner == member.partner_id
    )
    return sorted(organization_id for (organization_id,) in query.tuples())


def recorded(given: Grant, customers: int) -> dict[str, Any]:
    """Return a grant as the record keeps it."""
    return {"role": given.role, "sees": given.sees, "customers": customers, "help_center": given.help_center,
            "expires_at": given.expires_at.isoformat() if given.expires_at else None}
