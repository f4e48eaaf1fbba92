"""A partner's access to a customer's organization: given, suspended, revoked, asked for again, restored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from portal.accounts.models import Account
from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import NotFound, Stale
from portal.core.permissions import P
from portal.customers import queries as customers
from portal.customers.models import Organization
from portal.delegation.models import Access, Invitation
from portal.delegation.policy import ASK_LIFETIME, Act, check_pace, is_open, moved
from portal.domains.commands import stop_checks
from portal.mail import post
from portal.partners.queries import addresses, super_admins
from portal.storage import command, locked


@command(P.CUSTOMER_ADD)
def grant(ctx: Ctx, organization: Organization) -> None:
    """Make the actor's partner the partner administrator of the organization it has just added (S3.1)."""
    Access.create(organization=organization, partner=ctx.actor.partner_id, state="active", since=ctx.now)


@command(P.ACCESS_CONTROL)
def revoke_access(ctx: Ctx) -> None:
    """End the partner's access to the actor's organization; the commercial relation goes on (S3.6-7).

    Raises `NotFound` where no partner has had access.
    """
    _change(ctx, _access(ctx.actor.organization_id), Act.REVOKE, "revoked")


@command(P.ACCESS_SUSPEND)
def suspend_access(ctx: Ctx) -> None:
    """Close the console to the partner until the super administrator opens it again: any administrator may.

    Raises `NotFound` as `revoke_access` does, `Stale` once access is revoked.
    """
    _change(ctx, _access(ctx.actor.organization_id), Act.SUSPEND, "suspended")


@command(P.ACCESS_CONTROL)
def resume_access(ctx: Ctx) -> None:
    """Open the console again to a suspended partner. Raises `NotFound`, and `Stale` once access is revoked."""
    _change(ctx, _access(ctx.actor.organization_id), Act.RESUME, "resumed")


@command(P.ACCESS_ASK)
def ask_access(ctx: Ctx, customer: str, message: str) -> None:
    """Ask the super administrator of a customer of the actor's partner for access again, after a revocation.

    `customer` is a public id. One question at a time is open, for 15 days; sent twice by a double click it is one.
    Raises `NotFound`, `Stale` unless access is revoked and nothing else is asked, `AskedTooOften`.
    """
    organization = customers.find(ctx, customer)
    access = _access(organization.id)
    if access.state != "revoked" or access.partner_id != ctx.actor.partner_id:
        raise Stale
    asked = list(_invitations(access))
    waiting = [one for one in asked if is_open(one.state, one.expires_at, ctx.now)]
    if not waiting:
        check_pace([one.created_at for one in asked], ctx.now)
        _ask(ctx, access, organization, message)
    elif waiting[0].message != message:
        raise Stale


@command(P.ACCESS_ASK)
def withdraw_ask(ctx: Ctx, customer: str) -> None:
    """Take the question for access back. Raises `NotFound`, and `Stale` when it was answered or has expired."""
    access = _access(customers.find(ctx, customer).id)
    last = _invitations(access).where(Invitation.partner == ctx.actor.partner_id).first()
    if last is None:
        raise NotFound
    if _decide(ctx, last, "withdrawn"):
        _note(ctx, "withdrawn", access)


@command(P.ACCESS_CONTROL)
def accept_access(ctx: Ctx, invitation: str) -> None:
    """Give the partner that asks for it its access back. `invitation` is a public id.

    Raises `NotFound` for another organization's, `Stale` for one that was withdrawn, declined or has expired.
    """
    access = _access(ctx.actor.organization_id)
    if _decide(ctx, _invitation(access, invitation), "accepted"):
        _change(ctx, access, Act.RESTORE, "restored")


@command(P.ACCESS_CONTROL)
def decline_access(ctx: Ctx, invitation: str) -> None:
    """Leave access revoked and tell the partner so. Raises what `accept_access` does."""
    access = _access(ctx.actor.organization_id)
    if _decide(ctx, _invitation(access, invitation), "declined"):
        _note(ctx, "declined", access)
        _tell(ctx, "access-declined", access)


def _access(organization_id: int | None) -> Access:
    """Return the organization's access, held until the transaction's end: acts on it come one after the other.

    The organization is held first, as everybody does.
    """
    locked(Organization.select(Organization.id).where(Organization.id == organization_id)).first()
    access: Access | None = locked(Access.select().where(Access.organization == organization_id)).first()
    if access is None:
        raise NotFound
    return access


def _invitations(access: Access) -> Any:
    """Select what the partner has asked of this organization, the latest first."""
    asked = (Invitation.organization == access.organization_id, Invitation.partner == access.partner_id)
    return Invitation.select().where(*asked).order_by(Invitation.id.desc())


def _invitation(access: Access, public_id: str) -> Invitation:
    invitation: Invitation | None = _invitations(access).where(Invitation.public_id == public_id).first()
    if invitation is None:
        raise NotFound
    return invitation


def _change(ctx: Ctx, access: Access, act: Act, done: str) -> None:
    """Carry an act out with all that follows from it; where it holds already nothing happens a second time."""
    before, after = access.state, moved(access.state, act)
    if before == after:
        return
    Access.update(state=after, since=ctx.now).where(Access.id == access.id).execute()
    if after != "active":
        stop_checks(access.organization_id, addresses(access.partner_id))
    Organization.update(access=after).where(Organization.id == access.organization_id).execute()
    _note(ctx, done, access, before={"access": before}, after={"access": after})
    _tell(ctx, f"access-{done}", access)


def _ask(ctx: Ctx, access: Access, organization: Organization, message: str) -> None:
    # One that nobody has answered in time makes room for the next.
    lapsed = _invitations(access).where(Invitation.state == "open").select(Invitation.id)
    Invitation.update(state="withdrawn", decided_at=Invitation.expires_at).where(Invitation.id.in_(lapsed)).execute()
    Invitation.create(
        organization=organization, partner=access.partner_id, message=message, asked_by_name=ctx.actor.name,
        created_at=ctx.now, expires_at=ctx.now + ASK_LIFETIME,
    )
    _note(replace(ctx, reason=message), "asked", access)
    until = ctx.today(organization.time_zone) + ASK_LIFETIME
    _tell(ctx, "access-asked", access, message=message, until=until.isoformat())


def _decide(ctx: Ctx, invitation: Invitation, decision: str) -> bool:
    """Settle an open invitation; False when it is settled like this already, `Stale` when otherwise."""
    if invitation.state == decision:
        return False
    if not is_open(invitation.state, invitation.expires_at, ctx.now):
        raise Stale
    values = {"state": decision, "decided_by_name": ctx.actor.name, "decided_at": ctx.now}
    Invitation.update(**values).where(Invitation.id == invitation.id).execute()
    return True


def _note(ctx: Ctx, done: str, access: Access, **detail: object) -> None:
    """Put the act into the organization's record, under the partner's name."""
    partner = access.partner
    record(ctx, f"access.{done}", partner.public_id, access.organization_id, partner.name, **detail)


class _Reader(NamedTuple):
    """Who hears of an act, on which side, and in which language."""

    side: str
    email: str
    name: str
    language: str


def _tell(ctx: Ctx, event: str, access: Access, **params: object) -> None:
    """Mail both sides, each person in their own language."""
    organization: Organization = access.organization
    params |= {
        "organization": organization.name, "customer": organization.public_id, "country": organization.country,
        "partner": access.partner.name, "person": ctx.actor.name,
    }
    moment = f"{organization.public_id}:{int(ctx.now.timestamp() * 1000)}"
    for number, reader in enumerate(_readers(access)):
        key = f"{event}:{moment}:{number}"
        post(ctx, event, key, reader.email, reader.name, reader.language, side=reader.side, **params)


def _readers(access: Access) -> Iterator[_Reader]:
    """Yield the organization's super administrator and the partner's."""
    own: Organization = access.organization
    language = Account.select(Account.language).where(Account.email == own.admin_email).scalar()
    yield _Reader("organization", own.admin_email, own.admin_name, language or own.language)
    for account in super_admins(access.partner_id):
        yield _Reader("partner", account.email, account.name, account.language)
