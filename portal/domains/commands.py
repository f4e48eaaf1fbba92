"""What changes a domain: asking for a check, settling what it found, sending the link for whoever holds the DNS."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from peewee import IntegrityError

from portal import audit
from portal.accounts.commands import throttle
from portal.accounts.models import Account
from portal.accounts.policy import normalize_name
from portal.core.context import Ctx
from portal.core.ids import digest
from portal.core.permissions import P
from portal.customers.models import Organization
from portal.domains import queries
from portal.domains.models import Domain, DomainCheck
from portal.domains.policy import Finding, Method, Outcome, explain, retry_delay
from portal.jobs import enqueue
from portal.mail import post
from portal.partners.queries import language_at, works_at
from portal.storage import command, locked, transaction

LINK_LIFETIME = timedelta(days=14)
_LINKS_PER_DOMAIN = (10, timedelta(hours=1))
_LINKS_PER_ADDRESS = (5, timedelta(hours=1))
_SAME_MAIL = timedelta(minutes=10)  # the same address gets one mail in this time, however often one clicks
_BETWEEN_CHECKS = timedelta(seconds=10)
_GIVEN_UP_ON = timedelta(minutes=1)  # a check that takes longer may be asked for again


@command(P.DOMAIN_VERIFY)
def ask_check(ctx: Ctx, customer: str, method: Method) -> bool:
    """Ask for a check of the customer's domain (S0.25); False when the last one is only seconds old.

    While one is under way, and once the domain is verified, there is nothing to ask: the page shows how it is.
    Raises `NotFound` unless the actor's partner administers the customer.
    """
    domain = queries.verifiable(ctx.actor, customer)
    return _ask(ctx, domain, method, ctx.actor.email, ctx.actor.language)


@command(P.DOMAIN_EDIT)
def ask_check_inside(ctx: Ctx, domain: str, method: Method) -> bool:
    """Like `ask_check`, for any domain (by its public id) of the organization in whose console the actor stands."""
    return _ask(ctx, queries.inside(ctx.actor, domain), method, ctx.actor.email, ctx.actor.language)


@command(P.PUBLIC)
def ask_check_by_link(ctx: Ctx, token: str, method: Method) -> bool:
    """Like `ask_check`, for whoever got the link; the person who sent it hears of the outcome."""
    link = queries.link(ctx, token)
    return _ask(ctx, link.domain, method, link.sender.email, link.sender.language)


def _ask(ctx: Ctx, domain: Domain, method: Method, asked_by: str, language: str) -> bool:
    domain = locked(Domain.select().where(Domain.id == domain.id)).get()
    check = DomainCheck.get_or_none(DomainCheck.domain == domain, DomainCheck.method == method)
    age = ctx.now - check.asked_at if check else timedelta.max
    if domain.verified_at or (check and check.state == "asked" and age < _GIVEN_UP_ON):
        return True
    if age < _BETWEEN_CHECKS:
        return False
    check = check or DomainCheck(domain=domain, method=method)
    check.state, check.attempts, check.asked_at, check.next_at = "asked", 0, ctx.now, None
    check.asked_by, check.language = asked_by, language
    check.save()
    _enqueue(ctx, check)
    return True


def _enqueue(ctx: Ctx, check: DomainCheck) -> None:
    key = queries.round_key(check)
    enqueue(ctx, "domains.check", key, at=check.next_at, domain=check.domain_id, method=check.method)


@command(P.JOB_RUN)
def settle(ctx: Ctx, domain_id: int, method: Method, key: str, finding: Finding) -> None:
    """Store what the job `key` found and decide how it goes on. Settling the same job twice changes nothing."""
    known = Domain.get_or_none(Domain.id == domain_id)
    if known:  # held first, as everybody does
        locked(Organization.select(Organization.id).where(Organization.id == known.organization_id)).first()
    domain = locked(Domain.select().where(Domain.id == domain_id)).first()
    check = DomainCheck.get_or_none(DomainCheck.domain == domain_id, DomainCheck.method == method)
    if not domain or not check or check.state not in queries.OPEN_STATES or queries.round_key(check) != key:
        return
    if finding.outcome is Outcome.VERIFIED and not _take(ctx, domain, method):
        finding = Finding(Outcome.TAKEN)
    check.attempts, check.total, check.checked_at = check.attempts + 1, check.total + 1, ctx.now
    check.finding, check.next_at = finding.to_json(), None
    if finding.outcome is Outcome.VERIFIED:
        _verified(ctx, domain, check)
    else:
        _go_on(ctx, domain, check, finding)


def _take(ctx: Ctx, domain: Domain, method: Method) -> bool:
    """Mark the domain verified; False when another organization was first: a unique index decides."""
    try:
        with transaction():
            Domain.update(verified_at=ctx.now, verified_by=method).where(Domain.id == domain.id).execute()
    except IntegrityError:
        return False
    return True


def _verified(ctx: Ctx, domain: Domain, check: DomainCheck) -> None:
    check.state = "verified"
    check.save()
    others = (DomainCheck.domain == domain, DomainCheck.id != check.id)
    DomainCheck.update(state="stopped", next_at=None).where(*others).execute()
    kept = (Organization.id == domain.organization_id, Organization.domain == domain.name)
    Organization.update(domain_verified_at=ctx.now).where(*kept).execute()
    audit.record(
        ctx, "domain.verified", subject=domain.public_id, organization_id=domain.organization_id,
        name=domain.display, method=check.method, asked_by=check.asked_by,
    )
    _tell(ctx, "domain-verified", f"domain-verified:{domain.public_id}", domain, check)


def _go_on(ctx: Ctx, domain: Domain, check: DomainCheck, finding: Finding) -> None:
    """Plan the next check, or stop and say why."""
    delay = None if finding.outcome is Outcome.TAKEN else retry_delay(check.attempts)
    if delay:
        check.state, check.next_at = "waiting", ctx.now + delay
        check.save()
        _enqueue(ctx, check)
        return
    check.state = "stopped"
    check.save()
    message, params = explain(finding)
    _tell(ctx, "domain-stopped", f"stopped:{queries.round_key(check)}", domain, check, reason=message, given=params)


def _tell(ctx: Ctx, event: str, key: str, domain: Domain, check: DomainCheck, **params: object) -> None:
    """Mail the person who asked, in their language, with a link to a page that they may open."""
    account = Account.get_or_none(Account.email == check.asked_by)
    customer = Organization.get_by_id(domain.organization_id)
    partner = account is not None and works_at(account.id, customer.partner_id)
    language = language_at(account, customer.partner_id) if account and partner else check.language
    post(
        ctx, event, key, check.asked_by, account.name if account else "", language, domain=domain.display,
        customer=customer.public_id, organization=customer.name, method=check.method, partner=partner,
        # The primary domain is what opens the console to a partner: theirs is the page outside.
        inside="" if partner and domain.primary else domain.public_id, **params,
    )


def stop_checks(organization_id: int, addresses: Sequence[str]) -> None:
    """End the open checks of an organization's domains that the people at `addresses` have asked for.

    Part of other commands, which hold the organization. A check that is being made at this moment finds itself stopped
    when it settles.
    """
    domains = locked(Domain.select(Domain.id).where(Domain.organization == organization_id))
    ids = [domain.id for domain in domains.order_by(Domain.id)]
    theirs = (DomainCheck.domain.in_(ids), DomainCheck.asked_by.in_(addresses))
    open_ones = DomainCheck.state.in_(queries.OPEN_STATES)
    DomainCheck.update(state="stopped", next_at=None).where(*theirs, open_ones).execute()


@command(P.DOMAIN_VERIFY)
def send_domain_link(ctx: Ctx, customer: str, name: str, address: str, language: str) -> None:
    """Mail a link, valid for 14 days, to the person who holds the DNS of the customer's domain.

    Raises `NotFound` as `ask_check` does, `TooManyAttempts` when many were sent for this domain or to this address.
    """
    _send_link(ctx, queries.verifiable(ctx.actor, customer), name, address, language)


@command(P.DOMAIN_EDIT)
def send_domain_link_inside(ctx: Ctx, domain: str, name: str, address: str, language: str) -> None:
    """Like `send_domain_link`, for any domain (by its public id) of the organization in whose console one stands."""
    _send_link(ctx, queries.inside(ctx.actor, domain), name, address, language)


def _send_link(ctx: Ctx, domain: Domain, name: str, address: str, language: str) -> None:
    # The portal must not serve to pester strangers.
    throttle(ctx, f"domain-link:{domain.public_id}", *_LINKS_PER_DOMAIN)
    throttle(ctx, f"domain-link:{address.lower()}", *_LINKS_PER_ADDRESS)
    window = int(ctx.now.timestamp() // _SAME_MAIL.total_seconds())
    own, sender = ctx.actor.side == "organization", Account.get_by_id(ctx.actor.account_id)
    handle = queries.link_handle(domain, sender, None if own else ctx.actor.partner_id, ctx.now + LINK_LIFETIME)
    company = domain.organization.name if own else ctx.actor.partner_name
    post(
        ctx, "domain-link", f"domain-link:{domain.public_id}:{digest(address.lower())[:16]}:{window}", address,
        normalize_name(name), language, domain=domain.display, handle=handle, sender=ctx.actor.name,
        partner=company, days=LINK_LIFETIME.days,
    )
    audit.record(
        ctx, "domain.link-sent", subject=domain.public_id, organization_id=domain.organization_id,
        name=domain.display, address=address,
    )
