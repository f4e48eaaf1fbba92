"""Reads of recommendations, with what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from peewee import JOIN, ModelSelect

from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.core.paging import Page
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.customers.policy import spelled
from portal.domains.models import Domain
from portal.referrals.models import Referral, ReferralCode
from portal.referrals.policy import state_of
from portal.storage.paging import keyset

SIZE = 50


@dataclass(frozen=True, slots=True)
class Recommended:
    """A recommended organization; `by` is who recommended it, `state` one of `policy.STATES`."""

    company: str
    domain: str
    contact_name: str
    contact_email: str
    language: str
    created_at: datetime
    by: str
    by_domain: str
    state: str


def code_of(ctx: Ctx) -> str | None:
    """Return the code of the actor's organization, or None before it has opened the programme."""
    return ReferralCode.select(ReferralCode.code).where(  # type: ignore[no-any-return]
        ReferralCode.organization == ctx.actor.organization_id
    ).scalar()


def recommender(code: str) -> str:
    """Return the name of the organization that recommends by this code, or raise `NotFound`."""
    name = ReferralCode.select(Organization.name).join(Organization).where(ReferralCode.code == code).scalar()
    if name is None:
        raise NotFound
    return str(name)


def own(ctx: Ctx, after: str | None) -> Page[Recommended]:
    """Return one page of what the actor's organization recommended, newest first; one statement."""
    ctx.actor.require(P.REFERRAL_USE)
    return _page(_listed().where(Referral.organization == ctx.actor.organization_id), after)


def everybodys(ctx: Ctx, after: str | None) -> Page[Recommended]:
    """Return one page of all recommendations for the vendor's staff, newest first; one statement."""
    ctx.actor.require(P.REFERRAL_READ)
    return _page(_listed(), after)


def _listed() -> ModelSelect[Referral]:
    """Select recommendations with who made them and who has the domain now: a proved one has one owner."""
    customer = Organization.alias()
    columns = (
        Referral, Organization.name.alias("by"), Organization.domain.alias("by_domain"),
        customer.standing.alias("standing"), customer.created_at.alias("since"),
    )
    proved = (Domain.name == Referral.domain) & Domain.verified_at.is_null(False)
    return (
        Referral.select(*columns).join(Organization)
        .join(Domain, JOIN.LEFT_OUTER, on=proved)
        .join(customer, JOIN.LEFT_OUTER, on=(customer.id == Domain.organization))
    )


def _page(query: ModelSelect[Referral], after: str | None) -> Page[Recommended]:
    found = keyset(query.objects(), [Referral.id], lambda row: [row.id], after, SIZE, descending=True)
    return Page([_recommended(row) for row in found.rows], found.previous, found.next)


def _recommended(row: Any) -> Recommended:
    return Recommended(
        row.company, spelled(row.domain), row.contact_name, row.contact_email, row.language, row.created_at, row.by,
        spelled(row.by_domain), state_of(row.created_at, row.standing, row.since),
    )
