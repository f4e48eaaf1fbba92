"""What the consent page says, read at this moment: the same facts are shown, compared on consent, and kept with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from peewee import JOIN, fn

from portal.billing.models import Card
from portal.commissions.queries import known_tier, tier_column
from portal.core.context import Ctx
from portal.core.errors import NotFound
from portal.customers.models import Organization
from portal.partners.models import Partner
from portal.relations.models import Offer
from portal.relations.policy.offers import standing
from portal.relations.policy.terms import VERSION, fingerprint, pays, rights
from portal.relations.queries.obligations import obligations
from portal.subscriptions.models import Subscription

Former = Partner.alias()


@dataclass(frozen=True, slots=True)
class Reading:
    """An offer as the super administrator reads it; without `offer`, the general terms of a transfer token.

    `standing` is the offer's state or `expired`; `available` tells whether the partner takes customers now.
    """

    offer: Offer | None
    standing: str
    partner: Partner | None
    terms: dict[str, Any]

    @property
    def available(self) -> bool:
        return self.partner is None or self.partner.state == "active"

    @property
    def same(self) -> bool:
        """Whether the organization is this partner's already."""
        former = self.terms["from"]
        return self.partner is not None and former is not None and former["id"] == self.partner.public_id

    @property
    def seen(self) -> str:
        return fingerprint(self.terms)


def reading(ctx: Ctx, offer: str, language: str = "") -> Reading:
    """Return the code or request `offer` (public id) of the actor's organization with its terms, or raise `NotFound`.

    `language` is that of the page. One statement, and those of the open obligations where there is a partner now.
    """
    today = ctx.today(ctx.actor.time_zone)
    query: Any = _with_services(
        Offer.select(Offer, Partner, Organization, Former, Subscription.service.alias("service"),
                     tier_column(Partner.id, today).alias("tier"), _own_card())
        .join(Organization).switch(Offer).join(Partner)
    ).where(Offer.organization == ctx.actor.organization_id, Offer.public_id == offer, Offer.kind != "token")
    rows = list(query)
    if not rows:
        raise NotFound(offer)
    row, partner = rows[0], rows[0].partner
    rates = _rates(ctx, known_tier(ctx, row.tier), _services(rows))
    terms = {
        **_common(ctx, row.organization, language, row.own_card), **rights(partner.console),
        "partner": _called(partner), "commission": rates,
    }
    return Reading(row, standing(row.state, row.expires_at, ctx.now), partner, terms)


def general(ctx: Ctx, language: str = "") -> Reading:
    """Return the terms under which any partner may be attached that holds the actor's organization's token."""
    query: Any = _with_services(
        Organization.select(Organization, Former, Subscription.service.alias("service"), _own_card()))
    rows = list(query.where(Organization.id == ctx.actor.organization_id))
    if not rows:
        raise NotFound
    spans = [_span(ctx, service) for service in (*_services(rows), "")]
    terms = {
        **_common(ctx, rows[0], language, rows[0].own_card), **rights(console=True), "partner": None,
        "commission": {"tier": "", "rates": spans},
    }
    return Reading(None, "open", None, terms)


def present_rates(ctx: Ctx, partner: Partner, organization: Organization) -> dict[str, int]:
    """Return a partner's rates of today for the services that an organization has, and under "" for all others."""
    today = ctx.today(organization.time_zone)
    tier = known_tier(ctx, Partner.select(tier_column(Partner.id, today)).where(Partner.id == partner.id).scalar())
    live = Subscription.select(Subscription.service).where(
        Subscription.organization == organization, Subscription.state != "ended"
    )
    rule = ctx.programme.commission.rule
    return {service: rule(tier, service, today).rate for service in (*(row.service for row in live), "")}


def _with_services(query: Any) -> Any:
    """Add the organization's partner of now, and a row for each service that it has."""
    live = (Subscription.organization == Organization.id) & (Subscription.state != "ended")
    return (
        query.switch(Organization).join(Former, JOIN.LEFT_OUTER, on=Organization.partner == Former.id, attr="former")
        .switch(Organization).join(Subscription, JOIN.LEFT_OUTER, on=live, attr="held").order_by(Subscription.service)
    )


def _own_card() -> Any:
    """Return the column that tells whether an organization has a card of its own."""
    theirs = Card.select().where(Card.organization == Organization.id, Card.state == "active")
    return fn.EXISTS(theirs).alias("own_card")


def _services(rows: list[Any]) -> list[str]:
    """Return the services of joined rows, each once."""
    held = (_held(row) for row in rows)
    return list(dict.fromkeys(service for service in held if service))


def _held(row: Any) -> str | None:
    organization = row.organization if isinstance(row, Offer) else row
    return getattr(getattr(organization, "held", None), "service", None)


def _common(ctx: Ctx, organization: Any, language: str, own_card: bool) -> dict[str, Any]:
    former = getattr(organization, "former", None)
    return {
        "version": VERSION, "language": language,
        "organization": organization.name, "from": _called(former) if former is not None else None,
        "pays": pays(organization.card_kind, bool(own_card)),
        "obligations": _open(organization.id) if former is not None else [],
    }


def _open(organization_id: int) -> list[dict[str, Any]]:
    """Return the open obligations as they are kept: JSON has no days."""
    return [json.loads(json.dumps(asdict(one), default=str)) for one in obligations(organization_id)]


def _called(partner: Partner) -> Mapping[str, str]:
    return {"id": partner.public_id, "name": partner.name}


def _rates(ctx: Ctx, tier: str, services: list[str]) -> dict[str, Any]:
    """Return what a tier earns on each service that there is, and on all others, whose code is empty."""
    today, rule = ctx.today(ctx.actor.time_zone), ctx.programme.commission.rule
    rates = [(service, rule(tier, service, today).rate) for service in (*services, "")]
    return {"tier": tier, "rates": [{"service": service, "low": rate, "high": rate} for service, rate in rates]}


def _span(ctx: Ctx, service: str) -> dict[str, Any]:
    """Return the lowest and the highest rate of all tiers on a service."""
    commission, today = ctx.programme.commission, ctx.today(ctx.actor.time_zone)
    rates = [commission.rule(tier, service, today).rate for tier in commission.tiers]
    return {"service": service, "low": min(rates), "high": max(rates)}
