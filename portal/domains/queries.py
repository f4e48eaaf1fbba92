"""Reads about domains: the page of one, the link for whoever holds its DNS, and what the worker is to look for."""

from __future__ import annotations

import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from peewee import ModelSelect

from portal.accounts.models import Account
from portal.core.context import Actor, Ctx
from portal.core.errors import NotFound
from portal.core.ids import derive
from portal.customers.models import Organization
from portal.customers.queries import one, open_to
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Expectation, Finding, Method, Outcome, expected, explain

LINK_PURPOSE = "domain-link-2"  # of the second form of the handle: links of the first one open nothing
OPEN_STATES = ("asked", "waiting")


@dataclass(frozen=True, slots=True)
class Check:
    """How far the checks by one method are. `message` and `params` say what the last one found, with what to do."""

    state: str
    total: int
    asked_at: datetime
    checked_at: datetime | None
    next_at: datetime | None
    outcome: Outcome | None = None
    message: str = ""
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def under_way(self) -> bool:
        return self.state == "asked"


@dataclass(frozen=True, slots=True)
class DomainView:
    """What a page about one domain shows for one method. `customer` and `organization` are for its partner only."""

    customer: str
    organization: str
    language: str
    display: str
    verified_at: datetime | None
    expectation: Expectation
    check: Check | None

    @property
    def method(self) -> Method:
        return self.expectation.method


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is genuine and still valid: its domain, and who sent it and hears of the outcome."""

    domain: Domain
    sender: Account


def verifiable(actor: Actor, customer: str) -> Domain:
    """Return the primary domain of a customer that the actor's partner administers, its organization loaded (S0.25).

    Raises `NotFound` for any other: a foreign, a guessed and a revoked one look the same.
    """
    organization = one(open_to(actor), customer)
    domain: Domain | None = Domain.get_or_none(Domain.organization == organization, Domain.primary)
    if domain is None:
        raise NotFound
    domain.organization = organization
    return domain


def of_organization(organization_id: int | None, public_id: str) -> ModelSelect[Domain]:
    """Select one of an organization's domains, its organization loaded; nothing for another organization's."""
    own = (Domain.organization == organization_id, Domain.public_id == public_id)
    return Domain.select(Domain, Organization).join(Organization).where(*own)


def inside(actor: Actor, public_id: str) -> Domain:
    """Return a domain of the organization in whose console the actor stands, or raise `NotFound`."""
    domain: Domain | None = of_organization(actor.organization_id, public_id).first()
    if domain is None:
        raise NotFound(public_id)
    return domain


def view(ctx: Ctx, domain: Domain, method: Method | None = None) -> DomainView:
    """Return what the domain's page shows; without `method`, for the one that was asked for last."""
    checks = {check.method: check for check in DomainCheck.select().where(DomainCheck.domain == domain.id)}
    latest = max(checks.values(), key=lambda check: check.asked_at, default=None)
    method = method or Method(domain.verified_by or (latest.method if latest else Method.TXT))
    organization = domain.organization
    return DomainView(
        organization.public_id, organization.name, organization.language, domain.display, domain.verified_at,
        expectation(ctx, domain, method), _check(checks.get(method)),
    )


def _check(row: DomainCheck | None) -> Check | None:
    if row is None:
        return None
    known: dict[str, Any] = {}
    if row.finding:
        finding = Finding.from_json(row.finding)
        message, params = explain(finding)
        known = {"outcome": finding.outcome, "message": message, "params": params}
    return Check(row.state, row.total, row.asked_at, row.checked_at, row.next_at, **known)


def expectation(ctx: Ctx, domain: Domain, method: Method) -> Expectation:
    """Return what must be published for `domain`, named after the vendor."""
    base_host = urlsplit(ctx.base_url).hostname or "localhost"
    return expected(method, domain.name, domain.token, _slug(ctx.programme.vendor.name), base_host)


def _slug(name: str) -> str:
    """Return a vendor's name as host names can hold it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:20].strip("-") or "portal"


def round_key(check: DomainCheck) -> str:
    """Return the key of the job that makes the next check: another one once it is settled or asked for anew."""
    return f"domain-check:{check.id}:{int(check.asked_at.timestamp() * 1000)}:{check.attempts}"


def wanted(ctx: Ctx, domain_id: int, method: Method, key: str) -> Expectation | None:
    """Return what the job `key` is to look for, or None when that is settled or asked for anew."""
    rows = DomainCheck.select(DomainCheck, Domain).join(Domain)
    check = rows.where(DomainCheck.domain == domain_id, DomainCheck.method == method).first()
    if check is None or check.state not in OPEN_STATES or round_key(check) != key:
        return None
    return expectation(ctx, check.domain, method)


def link_handle(domain: Domain, sender: Account, partner_id: int | None, expires: datetime) -> str:
    """Return the public half of a link; the secret half is derived from it when the mail goes out.

    `partner_id` is for whom the sender acts, None where it is the organization itself.
    """
    return f"{domain.public_id}-{sender.public_id}-{partner_id or 0:x}-{int(expires.timestamp()):x}"


def link(ctx: Ctx, token: str) -> Link:
    """Return what a link in a mail stands for; raises `NotFound` when it is not ours or no longer valid."""
    handle, _, secret = token.rpartition(".")
    if not hmac.compare_digest(derive(ctx.secret, LINK_PURPOSE, handle).encode(), secret.encode()):
        raise NotFound
    domain_id, sender_id, partner_id, expires = handle.split("-")
    if int(expires, 16) <= ctx.now.timestamp():
        raise NotFound
    domain = Domain.select(Domain, Organization).join(Organization).where(Domain.public_id == domain_id).first()
    sender = Account.get_or_none(Account.public_id == sender_id)
    if domain is None or sender is None or _shut_out(domain.organization, int(partner_id, 16)):
        raise NotFound
    return Link(domain, sender)


def _shut_out(organization: Organization, partner_id: int) -> bool:
    """Tell whether a partner has sent a link for an organization that has closed its console to it or left it since."""
    return bool(partner_id) and (organization.access != "active" or organization.partner_id != partner_id)


def unproven(limit: int) -> list[Domain]:
    """Return the first domains by name that are not verified, of all partners, for the tools of development mode."""
    query = Domain.select(Domain, Organization).join(Organization).where(Domain.verified_at.is_null())
    return list(query.order_by(Domain.name).limit(limit))


def any_domain(public_id: str) -> Domain:
    """Return a domain of any partner, for the tools of development mode; raises `NotFound`."""
    domain: Domain | None = Domain.get_or_none(Domain.public_id == public_id)
    if domain is None:
        raise NotFound
    return domain
