"""The domains of an organization: more than one, of which one is the primary."""

from __future__ import annotations

from portal.audit import record
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.ids import random_token
from portal.core.permissions import P
from portal.customers.commands import reindex
from portal.customers.models import Organization
from portal.directory.commands.holding import held_organization, hold
from portal.directory.models import Address
from portal.directory.policy.domains import (
    DOMAINS_MAX,
    AlreadyThere,
    Elsewhere,
    InUse,
    IsPrimary,
    NotVerified,
    TooManyDomains,
)
from portal.domains.models import Domain
from portal.domains.policy import normalize
from portal.storage import command, locked


@command(P.DOMAIN_EDIT)
def add_domain(ctx: Ctx, name: str) -> Domain:
    """Add a further domain to the organization and return it; it serves once it is verified.

    Raises a `DomainError` for the field `domain`.
    """
    spelled = normalize(name)
    organization_id = hold(ctx)
    own = Domain.select().where(Domain.organization == organization_id)
    if own.where(Domain.name == spelled.ascii).exists():
        raise AlreadyThere
    if Domain.select().where(Domain.name == spelled.ascii, Domain.verified_at.is_null(False)).exists():
        raise Elsewhere(ctx.programme.vendor.help_email)
    if own.count() >= DOMAINS_MAX:
        raise TooManyDomains
    domain: Domain = Domain.create(
        organization=organization_id, name=spelled.ascii, display=spelled.display, token=random_token(),
        primary=False, created_at=ctx.now,
    )
    record(
        ctx, "domain.added", subject=domain.public_id, organization_id=organization_id, name=domain.display,
        after={"name": domain.name},
    )
    return domain


@command(P.DOMAIN_EDIT)
def make_primary(ctx: Ctx, domain: str) -> Domain:
    """Make a verified domain (by its public id) the one that names the organization, and return it.

    The former one stays. Raises `NotFound` and `NotVerified`; for the primary domain nothing happens.
    """
    row = _held(ctx, domain)
    if row.primary:
        return row
    if row.verified_at is None:
        raise NotVerified
    organization = held_organization(ctx.actor.organization_id)
    before = organization.domain
    Domain.update(primary=Domain.id == row.id).where(Domain.organization == organization).execute()
    Organization.update(domain=row.name, domain_verified_at=row.verified_at).where(
        Organization.id == organization.id
    ).execute()
    reindex(organization.id)
    record(
        ctx, "domain.made-primary", subject=row.public_id, organization_id=organization.id, name=row.display,
        before={"domain": before}, after={"domain": row.name},
    )
    return row


@command(P.DOMAIN_EDIT)
def remove_domain(ctx: Ctx, domain: str) -> Domain:
    """Remove a domain (by its public id) that no address ends in, and return what it was.

    Raises `NotFound`, `IsPrimary` and `InUse`.
    """
    row = _held(ctx, domain)
    organization_id = hold(ctx)
    if row.primary:
        raise IsPrimary
    used = Address.select().where(Address.organization == organization_id, Address.domain == row.name).count()
    if used:
        raise InUse(row.display, used)
    Domain.delete().where(Domain.id == row.id).execute()
    record(
        ctx, "domain.removed", subject=domain, organization_id=organization_id, name=row.display,
        before={"name": row.name, "verified_at": row.verified_at.isoformat() if row.verified_at else None},
    )
    return row


def _held(ctx: Ctx, public_id: str) -> Domain:
    """Return a domain of the actor's organization and hold all of them: before the organization, as checks do."""
    own = Domain.select().where(Domain.organization == ctx.actor.organization_id).order_by(Domain.id)
    for row in locked(own):
        if row.public_id == public_id:
            return row  # type: ignore[no-any-return]
    raise NotFound(public_id)
