"""Saying whose ticket it is: the fields that the classification rests on, and the choice where it is unclear."""

from __future__ import annotations

from portal.accounts.policy import normalize_code
from portal.core.context import Ctx
from portal.core.errors import DomainError, Stale
from portal.core.permissions import P
from portal.core.words import N_
from portal.customers.models import Organization
from portal.storage import command
from portal.support.commands.classification import choose, classify
from portal.support.commands.clocks import refresh
from portal.support.commands.history import add, held, settle
from portal.support.commands.opening import check_identity, check_service
from portal.support.models import Ticket
from portal.support.policy.tickets import NotThatState

_FIELDS = ("customer_email", "service_org", "service_user", "service")


@command(P.SUPPORT_WRITE)
def complete(ctx: Ctx, ticket: str, customer_email: str, service_org: str, service_user: str, seen: int) -> None:
    """Fill in, as its partner, whose ticket it is (S4.23).

    Raises `NotFound`, `Stale`, `NotThatState`, or a `DomainError` beside the field.
    """
    row = _seen(held(ctx, ticket), seen)
    _identify(ctx, row, {**check_identity(customer_email, service_org, service_user), "service": row.service})


@command(P.TICKET_WORK)
def identify(
    ctx: Ctx, ticket: str, customer_email: str, service_org: str, service_user: str, service: str, seen: int
) -> None:
    """Fill in, as staff, whose ticket it is: the workflow that may make it S1-Critical (S4.15-17, S4.39).

    Raises `NotFound`, `Stale`, `NotThatState`, or a `DomainError` beside the field.
    """
    row = _seen(held(ctx, ticket), seen)
    given = check_identity(customer_email, service_org, service_user)
    _identify(ctx, row, {**given, "service": check_service(ctx, service)})


@command(P.TICKET_WORK)
def choose_customer(ctx: Ctx, ticket: str, customer: str, seen: int) -> None:
    """Say which of several customers a ticket is about (G17); one of its partner's.

    It stands until the ticket names another. Raises `NotFound`, `Stale`, `NotThatState`, or a `DomainError` beside
    `customer`.
    """
    row = _seen(held(ctx, ticket), seen)
    organization = Organization.get_or_none(
        Organization.public_id == customer, Organization.partner == row.partner_id)
    if organization is None:
        raise DomainError(N_("Not a valid choice."), "customer")
    if row.organization_id == organization.id and (row.verdict_params or {}).get("chosen"):
        return
    add(ctx, row, "customer-chosen", customer=organization.name)
    choose(ctx, row, organization)
    refresh(ctx, row)
    settle(ctx, row)


def _seen(ticket: Ticket, seen: int) -> Ticket:
    if ticket.version != seen:
        raise Stale
    if ticket.outcome:
        raise NotThatState
    return ticket


def _identify(ctx: Ctx, ticket: Ticket, given: dict[str, str]) -> None:
    """Change the fields; what is the same after normalizing is no change and decides nothing anew.

    Another service is judged too, but it is no news about whose ticket it is: what people decided stands.
    """
    before = {name: str(getattr(ticket, name)) for name in _FIELDS}
    changed = [name for name in _FIELDS if _compared(name, before[name]) != _compared(name, given[name])]
    if not changed:
        return
    for name in changed:
        setattr(ticket, name, given[name])
    add(ctx, ticket, "identified", before={name: before[name] for name in changed},
        after={name: given[name] for name in changed})
    classify(ctx, ticket, field_changed=changed != ["service"])
    refresh(ctx, ticket)
    settle(ctx, ticket)


def _compared(name: str, value: str) -> str:
    """Return a field as the classification reads it: numbers are the same however they were typed."""
    return normalize_code(value) if name in {"service_org", "service_user"} else value
